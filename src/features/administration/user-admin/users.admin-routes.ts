import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { orCurrent } from '../../../contract/expected-version.ts';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { principalOf } from '../../../http/guards.ts';
import { locatedAt } from '../../../http/public-url.ts';
import {
  created,
  errorAnswers,
  idPath,
  jsonOnly,
  nextCursor,
  pageQuery,
} from '../../../http/schemas.ts';
import type { Authorization } from '../../../http/types.ts';
import type { Acr } from '../../../lib/auth-level.ts';
import type { Notices } from '../../identity/notices/index.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { addUser } from './add-user.ts';
import { userFilters, userJson, userSchema } from './admin-schemas.ts';
import { changeUser } from './change-user.ts';
import { findUserRow } from './list-users.queries.ts';
import { listUsers, type UserQuery, type UserSort } from './list-users.ts';
import { asAnswer } from './refusals.ts';
import type { PasswordDeps } from './set-user-password.ts';
import { newUserBody, readNewAccount, readUserChange, userChangeBody } from './user-bodies.ts';
import { removeUser } from './user-state.ts';
import { viewUsers } from './user-view.ts';

export type UserRouteDeps = Deps &
  PasswordDeps & { readonly authorization: Authorization; readonly notices: Notices };

const listQuery = Type.Object({ ...userFilters, ...pageQuery });

const userPage = Type.Object(
  { items: Type.Array(userSchema), next_cursor: nextCursor },
  { title: 'UserPage', description: 'A page of users.' },
);

const deleted = Type.Object(
  { deleted: Type.Integer({ examples: [1] }) },
  { title: 'DeletedCount', description: 'The user is deleted, with all their data.' },
);

const shared = { tags: ['Users'] };
type ById = { Params: Static<typeof idPath> };

/** Administrators see users, make them, change them and delete them. */
export function userRoutes(app: FastifyInstance, deps: UserRouteDeps): void {
  const { authorization } = deps;

  app.route<{ Querystring: Static<typeof listQuery> }>({
    method: 'GET',
    url: '/api/admin/users/',
    config: { auth: { kind: 'admin', permission: 'users.view' } },
    schema: {
      ...shared,
      operationId: 'listUsers',
      summary: 'List and search users',
      querystring: listQuery,
      response: { 200: userPage, ...errorAnswers({ admin: true }, 'invalid_fields') },
    },
    handler: async ({ query }): Promise<Static<typeof userPage>> => {
      const { limit, cursor } = query;
      const page = await listUsers(deps, userQueryOf(query), { limit, cursor });
      return { items: page.users.map(userJson), next_cursor: page.nextCursor ?? null };
    },
  });

  app.route({
    method: 'POST',
    url: '/api/admin/users/',
    config: {
      auth: { kind: 'admin', permission: 'users.create' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      ...jsonOnly,
      operationId: 'createUser',
      summary: 'Create a user',
      description:
        'Roles and permissions also need `roles.assign`, and nobody can grant what they do not have.',
      body: newUserBody.schema,
      response: {
        201: created(userSchema, '../../../api/admin/users/7/'),
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'overloaded'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const account = await readNewAccount(deps, request.body as Body);
      if (account.grants) await authorization.authorize(principalOf(request), ['roles.assign']);
      const { id } = await asAnswer(addUser(deps, account, actorOf(request)));
      return reply
        .code(201)
        .headers(locatedAt(request, `api/admin/users/${id}/`))
        .send(await readUser(deps, id));
    },
  });

  app.route<ById>({
    method: 'GET',
    url: '/api/admin/users/:id/',
    config: { auth: { kind: 'admin', permission: 'users.view' } },
    schema: {
      ...shared,
      operationId: 'readUser',
      summary: 'Read a user',
      params: idPath,
      response: { 200: userSchema, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: ({ params }) => readUser(deps, params.id),
  });

  app.route<ById>({
    method: 'PATCH',
    url: '/api/admin/users/:id/',
    config: {
      auth: { kind: 'admin', permission: 'users.change' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      ...jsonOnly,
      operationId: 'changeUser',
      summary: 'Change a user',
      description:
        'What is absent stays unchanged. Only superusers can change `is_superuser`, and the last ' +
        'active superuser stays one.',
      params: idPath,
      body: userChangeBody.schema,
      response: {
        200: userSchema,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'not_found'] as const),
          ...(['last_superuser', 'version_conflict'] as const),
        ),
      },
    },
    handler: async (request) => {
      const change = readUserChange(request.body as Body);
      const { id } = request.params;
      const changed = asAnswer(changeUser(deps, id, change, actorOf(request)));
      await orCurrent(changed, () => readUser(deps, id));
      return readUser(deps, id);
    },
  });

  app.route<ById>({
    method: 'DELETE',
    url: '/api/admin/users/:id/',
    config: {
      auth: { kind: 'admin', permission: 'users.delete' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'deleteUser',
      summary: 'Delete a user',
      description: 'For good, with all their data. The id is never used again.',
      params: idPath,
      response: {
        200: deleted,
        ...errorAnswers({ admin: true }, 'not_found', 'last_superuser'),
      },
    },
    handler: async (request) => {
      await asAnswer(removeUser(deps, request.params.id, actorOf(request)));
      return { deleted: 1 };
    },
  });
}

/**
 * A user as the routes answer them.
 *
 * @throws AppError `not_found`
 */
export async function readUser(
  { database: { db } }: Pick<Deps, 'database'>,
  id: number,
): Promise<Static<typeof userSchema>> {
  const row = await findUserRow(db, id);
  const [user] = row ? await viewUsers(db, [row]) : [];
  if (!user) throw new AppError('not_found');
  return userJson(user);
}

/** The filters of a query string. */
export function userQueryOf(query: {
  search?: string;
  ids?: string;
  is_active?: boolean;
  is_superuser?: boolean;
  role?: number;
  acr?: Acr;
  sort?: string;
}): UserQuery {
  return {
    search: query.search,
    ids: query.ids?.split(',').map(Number),
    isActive: query.is_active,
    isSuperuser: query.is_superuser,
    roleId: query.role,
    acr: query.acr,
    sort: query.sort as UserSort | undefined,
  };
}
