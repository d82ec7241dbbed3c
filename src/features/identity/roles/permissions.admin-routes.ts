import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { type Position, readCursor, writeCursor } from '../../../http/cursor.ts';
import { errorAnswers, nextCursor } from '../../../http/schemas.ts';
import { findPermissionsInUse } from './grants.queries.ts';
import { builtInNames, builtInPermissions, isBuiltIn } from './permissions.ts';

const permissionPage = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        name: Type.String({ examples: ['users.view'] }),
        description: Type.String({
          description: "`''` for the permissions of the application.",
          examples: ['See users and what is stored about them.'],
        }),
        is_builtin: Type.Boolean({
          description: 'Whether it is built into the server.',
          examples: [true],
        }),
      }),
    ),
    next_cursor: nextCursor,
  },
  {
    title: 'PermissionPage',
    description:
      'One page of permissions: the built-in ones, then those of the application that are in use, ' +
      'by name.',
  },
);

const pageQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 100 }),
  cursor: Type.Optional(Type.String({ description: 'The `next_cursor` of the previous page.' })),
});

export function permissionRoutes(app: FastifyInstance, { database }: Deps): void {
  app.route<{ Querystring: Static<typeof pageQuery> }>({
    method: 'GET',
    url: '/api/admin/permissions/',
    config: { auth: { kind: 'admin', permission: 'roles.view' } },
    schema: {
      operationId: 'listPermissions',
      summary: 'List the permissions',
      tags: ['Roles'],
      querystring: pageQuery,
      response: { 200: permissionPage, ...errorAnswers({ admin: true }, 'invalid_fields') },
    },
    handler: async ({ query: { limit, cursor } }): Promise<Static<typeof permissionPage>> => {
      const [after] = cursor === undefined ? [''] : readCursor('permissions', cursor, isName);
      const names = await namesAfter(database.db, String(after), limit + 1);
      const shown = names.slice(0, limit);
      const last = names.length > limit ? shown.at(-1) : undefined;
      return {
        items: shown.map((name) => ({
          name,
          description: isBuiltIn(name) ? builtInPermissions[name] : '',
          is_builtin: isBuiltIn(name),
        })),
        next_cursor: last === undefined ? null : writeCursor('permissions', [last]),
      };
    },
  });
}

function isName([name, ...rest]: Position): boolean {
  return typeof name === 'string' && rest.length === 0;
}

/** The names after one: first the built-in ones, in their order, then the others. */
async function namesAfter(db: Db, after: string, limit: number): Promise<string[]> {
  const isAmongOthers = after !== '' && !isBuiltIn(after);
  const builtIn = isAmongOthers ? [] : builtInNames.slice(builtInNames.indexOf(after as never) + 1);
  // Built-in permissions may be in use as well.
  const page = { after: isAmongOthers ? after : '', limit: limit + builtInNames.length };
  const inUse = builtIn.length < limit ? await findPermissionsInUse(db, page) : [];
  return [...builtIn, ...inUse.filter((name) => !isBuiltIn(name))].slice(0, limit);
}
