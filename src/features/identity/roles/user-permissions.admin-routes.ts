import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { declareBody, optional } from '../../../contract/declare-body.ts';
import { expectedVersion, orCurrent } from '../../../contract/expected-version.ts';
import type { Body } from '../../../contract/fields.ts';
import { listField, readId } from '../../../contract/list-fields.ts';
import { idSchema } from '../../../contract/value-fields.ts';
import type { Deps } from '../../../deps.ts';
import { errorAnswers, idPath, jsonOnly, versionSchema } from '../../../http/schemas.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { permissionName, permissionsField } from './permission-schemas.ts';
import {
  changeUserPermissions,
  maxRolesOfUser,
  readUserPermissions,
  type UserPermissions,
} from './user-permissions.ts';

const roleId = idSchema({ examples: [1] });

const userPermissions = Type.Object(
  {
    roles: Type.Array(
      Type.Object({
        id: roleId,
        name: Type.String({ examples: ['support'] }),
      }),
    ),
    permissions: Type.Array(permissionName, {
      description: 'The permissions that were granted directly, not by a role.',
    }),
    effective: Type.Array(permissionName, {
      description: 'All permissions of the user, by name; at most 1,000.',
    }),
    is_effective_complete: Type.Boolean({
      description: 'Whether `effective` is complete.',
      examples: [true],
    }),
    is_superuser: Type.Boolean({ examples: [false] }),
    version: versionSchema,
  },
  { title: 'UserPermissions', description: 'The roles and permissions of the user.' },
);

/** The roles and permissions of a user in a body. */
export const grantFields = {
  roles: optional(
    listField({
      ...{ items: roleId, readItem: readId },
      ...{ maxItems: maxRolesOfUser, examples: [[1]] },
    }),
  ),
  permissions: optional(permissionsField(['users.view'])),
};

const userGrants = declareBody(
  { ...grantFields, expected_version: expectedVersion },
  { title: 'UserGrants' },
);

const shared = { tags: ['Roles'], params: idPath };

export function userPermissionRoutes(app: FastifyInstance, deps: Deps): void {
  const url = '/api/admin/users/:id/permissions/';

  app.route<{ Params: Static<typeof idPath> }>({
    method: 'GET',
    url,
    config: { auth: { kind: 'admin', permission: 'roles.view' } },
    schema: {
      ...shared,
      operationId: 'readUserPermissions',
      summary: 'What a user may do',
      response: { 200: userPermissions, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: async ({ params }) => shown(await readUserPermissions(deps.database.db, params.id)),
  });

  app.route<{ Params: Static<typeof idPath> }>({
    method: 'PUT',
    url,
    config: {
      auth: { kind: 'admin', permission: 'roles.assign' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      ...jsonOnly,
      operationId: 'changeUserPermissions',
      summary: 'Set the roles and permissions of a user',
      description:
        'Each list replaces the current one; an absent list stays unchanged. Nobody can grant what ' +
        'they do not have, or change a user who has a permission that they lack.',
      body: userGrants.schema,
      response: {
        200: userPermissions,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'not_found', 'version_conflict'] as const),
        ),
      },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { roles, permissions, ...rest } = userGrants.read(request.body as Body);
      const grants = { roleIds: roles, permissions };
      const expected = rest.expected_version;
      const changed = changeUserPermissions(deps, actorOf(request), id, grants, expected);
      const readCurrent = async () => shown(await readUserPermissions(deps.database.db, id));
      return shown(await orCurrent(changed, readCurrent));
    },
  });
}

function shown({
  isSuperuser,
  isEffectiveComplete,
  ...rest
}: UserPermissions): Static<typeof userPermissions> {
  return { ...rest, is_effective_complete: isEffectiveComplete, is_superuser: isSuperuser };
}
