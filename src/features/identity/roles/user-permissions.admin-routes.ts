import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { orCurrent, readExpectedVersion } from '../../../contract/expected-version.ts';
import { type Body, type FieldErrors, throwFieldErrors } from '../../../contract/fields.ts';
import { listErrors, readId, readList } from '../../../contract/list-fields.ts';
import type { Deps } from '../../../deps.ts';
import {
  errorAnswers,
  expectedVersionSchema,
  idPath,
  jsonOnly,
  readByHand,
  versionSchema,
} from '../../../http/schemas.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { permissionName } from './permission-schemas.ts';
import { maxPermissions, readPermission } from './permissions.ts';
import {
  changeUserPermissions,
  maxRolesOfUser,
  readUserPermissions,
  type UserGrants,
  type UserPermissions,
} from './user-permissions.ts';

const roleId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [1] });

const userPermissions = Type.Object(
  {
    roles: Type.Array(
      Type.Object({
        id: roleId,
        name: Type.String({ examples: ['support'] }),
      }),
    ),
    permissions: Type.Array(permissionName, { description: 'Those beside the roles.' }),
    effective: Type.Array(permissionName, {
      description: 'What the user may do, by name; no more than 1,000 of it.',
    }),
    is_effective_complete: Type.Boolean({
      description: 'Whether that is all.',
      examples: [true],
    }),
    is_superuser: Type.Boolean({ examples: [false] }),
    version: versionSchema,
  },
  { title: 'UserPermissions', description: 'What the user has, and what comes of it.' },
);

/** The roles and permissions of a user in a body. */
export const grantFields = {
  roles: Type.Optional(Type.Array(roleId, { maxItems: maxRolesOfUser, examples: [[1]] })),
  permissions: Type.Optional(
    Type.Array(permissionName, { maxItems: maxPermissions, examples: [['users.view']] }),
  ),
};

const userGrants = Type.Object(
  { ...grantFields, expected_version: expectedVersionSchema },
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
    ...readByHand,
    schema: {
      ...shared,
      ...jsonOnly,
      operationId: 'changeUserPermissions',
      summary: 'Set the roles and permissions of a user',
      description:
        'Each list replaces the one that is there; one that is absent stays. Nobody can grant what ' +
        'they do not have, nor change a user who has a permission that they lack.',
      body: userGrants,
      response: {
        200: userPermissions,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'not_found', 'version_conflict'] as const),
        ),
      },
    },
    handler: async (request) => {
      const body = request.body as Body;
      const { id } = request.params;
      const { grants, errors } = readGrants(body);
      const version = readExpectedVersion(body);
      throwFieldErrors({ ...errors, ...listErrors({ expected_version: version }) });
      const changed = changeUserPermissions(deps, actorOf(request), id, grants, version.value);
      const readCurrent = async () => shown(await readUserPermissions(deps.database.db, id));
      return shown(await orCurrent(changed, readCurrent));
    },
  });
}

/**
 * What a body gives a user, and what is wrong with it.
 *
 * @throws AppError `invalid_body`
 */
export function readGrants(body: Body): { grants: UserGrants; errors: FieldErrors } {
  const roles = readList(body, 'roles', { maxItems: maxRolesOfUser, read: readId });
  const permissions = readList(body, 'permissions', {
    maxItems: maxPermissions,
    read: readPermission,
  });
  return {
    grants: { roleIds: roles.items, permissions: permissions.items },
    errors: listErrors({ roles, permissions }),
  };
}

function shown({
  isSuperuser,
  isEffectiveComplete,
  ...rest
}: UserPermissions): Static<typeof userPermissions> {
  return { ...rest, is_effective_complete: isEffectiveComplete, is_superuser: isSuperuser };
}
