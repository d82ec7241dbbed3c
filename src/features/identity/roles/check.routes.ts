import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { declareBody, optional } from '../../../contract/declare-body.ts';
import { type Body, bodyObject, completeFields } from '../../../contract/fields.ts';
import { exactText } from '../../../contract/text-fields.ts';
import { idField } from '../../../contract/value-fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { type Position, readCursor, writeCursor } from '../../../http/cursor.ts';
import { principalOf } from '../../../http/guards.ts';
import { errorAnswers, jsonOnly, nextCursor } from '../../../http/schemas.ts';
import type { RequestPrincipal } from '../../../http/types.ts';
import type { Answer } from '../../../lib/answer.ts';
import { type Authority, maxListed, requireHeld } from './authority.ts';
import { checkPermissions } from './check.ts';
import { permissionName, permissionsField } from './permission-schemas.ts';
import { findRolesOfUsers } from './roles.queries.ts';
import { listEffective } from './user-permissions.ts';

/** How many permissions one request may ask about. */
const maxChecked = 100;

const ownPermissions = Type.Object(
  {
    is_superuser: Type.Boolean({ examples: [false] }),
    roles: Type.Array(Type.String({ examples: ['support'] })),
    permissions: Type.Array(permissionName, { description: 'One page, by name.' }),
    next_cursor: nextCursor,
  },
  {
    title: 'OwnPermissions',
    description:
      'The permissions of the user, from roles and granted directly. For a superuser, who has every ' +
      "permission: all built-in ones, and all of the application's that anybody has.",
  },
);

const ownPermissionsQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: maxListed, default: maxListed }),
  cursor: Type.Optional(Type.String({ description: 'The `next_cursor` of the previous page.' })),
});

const checkBody = declareBody(
  {
    permissions: permissionsField(['users.view', 'invoices.approve'], maxChecked),
    token: optional(
      exactText(Type.String({ minLength: 1, description: 'An access token of the user.' })),
    ),
    user_id: optional(idField({ description: 'The id of the user.' })),
  },
  {
    title: 'PermissionCheck',
    not: { required: ['token', 'user_id'] },
    examples: [{ permissions: ['users.view', 'invoices.approve'] }],
  },
);

const checked = Type.Object(
  {
    user_id: Type.Integer({ examples: [7] }),
    results: Type.Record(Type.String(), Type.Boolean(), {
      examples: [{ 'users.view': true, 'invoices.approve': false }],
    }),
  },
  {
    title: 'CheckedPermissions',
    description: 'Whether the user has each permission. An unknown or deactivated user has none.',
  },
);

export interface CheckDeps {
  readonly authority: Authority;
  /** @throws AppError 401 */
  authenticate(authorization: string): Answer<Pick<RequestPrincipal, 'id'>>;
}

/** What users, and the applications that they use, ask: what somebody may do. */
export function checkRoutes(app: FastifyInstance, deps: Deps & CheckDeps): void {
  const { db } = deps.database;

  app.route<{ Querystring: Static<typeof ownPermissionsQuery> }>({
    method: 'GET',
    url: '/api/me/permissions/',
    config: { auth: { kind: 'user', isOpenToImpersonation: true } },
    schema: {
      operationId: 'readOwnPermissions',
      summary: 'What the user may do',
      description: 'As it is now. A change counts from the next request on.',
      tags: ['Profile'],
      querystring: ownPermissionsQuery,
      response: { 200: ownPermissions, ...errorAnswers({ user: true }, 'invalid_fields') },
    },
    handler: async (request): Promise<Static<typeof ownPermissions>> => {
      const { limit, cursor } = request.query;
      const [after] = cursor === undefined ? [''] : readCursor('own permissions', cursor, isName);
      const { id } = principalOf(request);
      const page = await listEffective(db, id, { after: String(after), limit });
      const roles = await findRolesOfUsers(db, [id]);
      const last = page.permissions.at(-1);
      return {
        is_superuser: page.isSuperuser,
        roles: roles.map(({ name }) => name),
        permissions: page.permissions,
        next_cursor: page.isLast || !last ? null : writeCursor('own permissions', [last]),
      };
    },
  });

  app.route({
    method: 'POST',
    url: '/api/check/',
    config: { auth: { kind: 'user', isOpenToImpersonation: true }, writes: false },
    schema: {
      ...jsonOnly,
      operationId: 'checkPermissions',
      summary: 'Ask whether a user has permissions',
      description:
        'About the caller, or about the user of a `token` or a `user_id`. For other users it needs ' +
        'the permission `permissions.check`.',
      tags: ['Profile'],
      body: checkBody.schema,
      response: {
        200: checked,
        ...errorAnswers(
          { body: true, user: true },
          ...(['invalid_fields', 'invalid_body', 'permission_denied'] as const),
        ),
      },
    },
    handler: async (request): Promise<Static<typeof checked>> => {
      const { token, user_id: userId, permissions } = readCheck(request.body as Body);
      const { id: ownId } = principalOf(request);
      const isAboutSelf =
        token === undefined
          ? userId === undefined || userId === ownId
          : request.headers.authorization === `Bearer ${token}`;
      if (!isAboutSelf) {
        const needed = ['permissions.check'];
        requireHeld(await deps.authority.findHeld(ownId, needed), needed);
      }
      const id = token === undefined ? (userId ?? ownId) : await userOf(token);
      return { user_id: id, results: await checkPermissions(deps, id, permissions) };
    },
  });

  async function userOf(token: string): Promise<number> {
    try {
      return (await deps.authenticate(`Bearer ${token}`)).id;
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 401) throw error;
      throw new AppError('invalid_fields', { members: { token: ['This token is not valid.'] } });
    }
  }
}

function isName([name, ...rest]: Position): boolean {
  return typeof name === 'string' && rest.length === 0;
}

/** @throws AppError `invalid_fields`, `invalid_body` */
function readCheck(body: Body) {
  const read = checkBody.check(body);
  const isThere = (name: string) => Object.hasOwn(bodyObject(body), name);
  const areBoth = isThere('token') && isThere('user_id');
  return completeFields(read, areBoth ? { user_id: ['Give this or a token.'] } : {});
}
