import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../deps.ts';
import { AppError } from '../../errors.ts';
import { errorAnswers, idPath, nextCursor, pageQuery } from '../../http/schemas.ts';
import { userFilters, userJson, userSchema } from './admin-schemas.ts';
import { findUserRow } from './list-users.queries.ts';
import { listUsers, type UserQuery, type UserSort } from './list-users.ts';
import { viewUsers } from './user-view.ts';

const listQuery = Type.Object({ ...userFilters, ...pageQuery });

const userPage = Type.Object(
  { items: Type.Array(userSchema), next_cursor: nextCursor },
  { title: 'UserPage', description: 'A page of users.' },
);

const shared = { tags: ['Users'] };

/** Administrators see users, make them, change them and delete them. */
export function userAdminRoutes(app: FastifyInstance, deps: Deps): void {
  app.route<{ Querystring: Static<typeof listQuery> }>({
    method: 'GET',
    url: '/api/admin/users/',
    config: { auth: 'admin', permission: 'users.view' },
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

  app.route<{ Params: Static<typeof idPath> }>({
    method: 'GET',
    url: '/api/admin/users/:id/',
    config: { auth: 'admin', permission: 'users.view' },
    schema: {
      ...shared,
      operationId: 'readUser',
      summary: 'Read a user',
      params: idPath,
      response: { 200: userSchema, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: async ({ params }) => {
      const { db } = deps.database;
      const row = await findUserRow(db, params.id);
      const [user] = row ? await viewUsers(db, [row]) : [];
      if (!user) throw new AppError('not_found');
      return userJson(user);
    },
  });
}

/** What a query string asks for. */
export function userQueryOf(query: {
  search?: string;
  is_active?: boolean;
  is_superuser?: boolean;
  role?: number;
  sort?: string;
}): UserQuery {
  return {
    search: query.search,
    isActive: query.is_active,
    isSuperuser: query.is_superuser,
    roleId: query.role,
    sort: query.sort as UserSort | undefined,
  };
}
