import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { declareBody, optional } from '../../../contract/declare-body.ts';
import { expectedVersion, orCurrent } from '../../../contract/expected-version.ts';
import type { Body } from '../../../contract/fields.ts';
import { plainText, textField } from '../../../contract/text-fields.ts';
import { choiceField } from '../../../contract/value-fields.ts';
import type { Deps } from '../../../deps.ts';
import { readCursor, writeCursor } from '../../../http/cursor.ts';
import { locatedAt } from '../../../http/public-url.ts';
import {
  created,
  errorAnswers,
  idPath,
  jsonOnly,
  nextCursor,
  versionSchema,
} from '../../../http/schemas.ts';
import { acrOf, acrValues } from '../../../lib/auth-level.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { permissionName, permissionsField } from './permission-schemas.ts';
import { maxPermissions } from './permissions.ts';
import { descriptionMaxLength, roleNamePattern, roleNameProblem } from './role-name.ts';
import { changeRole, createRole, listRoles, type Role, readRole, removeRole } from './roles.ts';

const examples = ['users.view', 'sessions.end'];
const nameField = textField(
  { checks: [roleNameProblem] },
  Type.String({ pattern: roleNamePattern, examples: ['support'] }),
);
const descriptionField = plainText({
  ...{ maxLength: descriptionMaxLength, mayBeBlank: true },
  description: "For people. `''` if there is none.",
  examples: ['Answers the mail of customers.'],
});
const requiredAcrField = choiceField(acrValues, {
  description:
    'How strongly users of the role have to sign in: `aal1` as they like, `aal2` with a second factor, `phr` with a passkey. ' +
    'Nothing is required while `SECOND_FACTOR_POLICY` is `off`.',
  examples: ['aal1'],
});
const changeableFields = {
  description: optional(descriptionField),
  permissions: optional(permissionsField(examples)),
  required_acr: optional(requiredAcrField),
};

const roleSchema = Type.Object(
  {
    id: Type.Integer({ examples: [1] }),
    name: nameField.schema,
    description: descriptionField.schema,
    permissions: Type.Array(permissionName, { maxItems: maxPermissions, examples: [examples] }),
    required_acr: requiredAcrField.schema,
    user_count: Type.Integer({
      description: 'How many users have it; 1,000 means that many or more.',
      examples: [3],
    }),
    created_at: Type.String({ format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'] }),
    updated_at: Type.String({ format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'] }),
    version: versionSchema,
  },
  { title: 'Role', description: 'The role.' },
);

const rolePage = Type.Object(
  {
    items: Type.Array(roleSchema),
    next_cursor: nextCursor,
  },
  { title: 'RolePage', description: 'One page of roles, in the order of their ids.' },
);

const pageQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 25 }),
  cursor: Type.Optional(Type.String({ description: 'The `next_cursor` of the previous page.' })),
});

const newRole = declareBody({ name: nameField, ...changeableFields }, { title: 'NewRole' });
const roleChange = declareBody(
  { name: optional(nameField), ...changeableFields, expected_version: expectedVersion },
  { title: 'RoleChange' },
);

const deleted = Type.Object(
  { deleted: Type.Integer({ examples: [1] }) },
  { title: 'DeletedCount', description: 'The role is deleted, and nobody has it any more.' },
);

const shared = { tags: ['Roles'] };
const badBody = ['invalid_fields', 'invalid_body'] as const;
const onlyOwn =
  'You need every permission that the role has before and after: nobody can grant more than they have.';

type WithId = { Params: Static<typeof idPath> };

export function roleRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  app.route<{ Querystring: Static<typeof pageQuery> }>({
    method: 'GET',
    url: '/api/admin/roles/',
    config: { auth: { kind: 'admin', permission: 'roles.view' } },
    schema: {
      ...shared,
      operationId: 'listRoles',
      summary: 'List the roles',
      querystring: pageQuery,
      response: { 200: rolePage, ...errorAnswers({ admin: true }, 'invalid_fields') },
    },
    handler: async ({ query: { limit, cursor } }): Promise<Static<typeof rolePage>> => {
      const [afterId] = cursor === undefined ? [0] : readCursor('roles', cursor, isAfterId);
      const { roles, isLast } = await listRoles(deps, { afterId: Number(afterId), limit });
      const last = roles.at(-1);
      const next = isLast || !last ? null : writeCursor('roles', [last.id]);
      return { items: roles.map(shown), next_cursor: next };
    },
  });

  app.route({
    method: 'POST',
    url: '/api/admin/roles/',
    config: {
      auth: { kind: 'admin', permission: 'roles.change' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      ...jsonOnly,
      operationId: 'createRole',
      summary: 'Create a role',
      description: onlyOwn,
      body: newRole.schema,
      response: {
        201: created(roleSchema, '../../../api/admin/roles/1/'),
        ...errorAnswers({ body: true, admin: true }, ...badBody),
      },
    },
    handler: async (request, reply) => {
      const role = await createRole(deps, actorOf(request), newRole.read(request.body as Body));
      return reply
        .code(201)
        .headers(locatedAt(request, `api/admin/roles/${role.id}/`))
        .send(shown(role));
    },
  });

  app.route<WithId>({
    method: 'GET',
    url: '/api/admin/roles/:id/',
    config: { auth: { kind: 'admin', permission: 'roles.view' } },
    schema: {
      ...shared,
      operationId: 'readRole',
      summary: 'Read a role',
      params: idPath,
      response: { 200: roleSchema, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: async ({ params }) => shown(await readRole(db, params.id)),
  });

  app.route<WithId>({
    method: 'PATCH',
    url: '/api/admin/roles/:id/',
    config: {
      auth: { kind: 'admin', permission: 'roles.change' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      ...jsonOnly,
      operationId: 'changeRole',
      summary: 'Change a role for all who have it',
      description: `What is absent stays. ${onlyOwn}`,
      params: idPath,
      body: roleChange.schema,
      response: {
        200: roleSchema,
        ...errorAnswers({ body: true, admin: true }, ...badBody, 'not_found', 'version_conflict'),
      },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { expected_version: expected, ...change } = roleChange.read(request.body as Body);
      const changed = changeRole(deps, actorOf(request), id, change, expected);
      return shown(await orCurrent(changed, async () => shown(await readRole(db, id))));
    },
  });

  app.route<WithId>({
    method: 'DELETE',
    url: '/api/admin/roles/:id/',
    config: {
      auth: { kind: 'admin', permission: 'roles.change' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'deleteRole',
      summary: 'Delete a role. Users who have it lose it',
      description: onlyOwn,
      params: idPath,
      response: { 200: deleted, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: async (request) => {
      await removeRole(deps, actorOf(request), request.params.id);
      return { deleted: 1 };
    },
  });
}

function isAfterId([id, ...rest]: readonly unknown[]): boolean {
  return typeof id === 'number' && rest.length === 0;
}

function shown({
  requiredLevel,
  userCount,
  createdAtMs,
  updatedAtMs,
  ...rest
}: Role): Static<typeof roleSchema> {
  return {
    ...rest,
    required_acr: acrOf(requiredLevel),
    user_count: userCount,
    created_at: new Date(createdAtMs).toISOString(),
    updated_at: new Date(updatedAtMs).toISOString(),
  };
}
