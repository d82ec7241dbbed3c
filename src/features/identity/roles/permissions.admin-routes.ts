import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../../deps.ts';
import { errorAnswers } from '../../../http/schemas.ts';
import { builtInNames, builtInPermissions, isBuiltIn } from './permissions.ts';
import { findPermissionsInUse } from './roles.queries.ts';

const permissionList = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        name: Type.String({ examples: ['users.view'] }),
        description: Type.String({
          description: "`''` for the application's own.",
          examples: ['See users and what is stored about them.'],
        }),
        is_builtin: Type.Boolean({
          description: "Whether it is one of the server's own.",
          examples: [true],
        }),
      }),
    ),
  },
  {
    title: 'PermissionList',
    description: "The server's own permissions, then those of the application that are in use.",
  },
);

export function permissionRoutes(app: FastifyInstance, { database }: Deps): void {
  app.route({
    method: 'GET',
    url: '/api/admin/permissions/',
    config: { auth: 'admin', permission: 'roles.view' },
    schema: {
      operationId: 'listPermissions',
      summary: 'List the permissions that there are',
      tags: ['Roles'],
      response: { 200: permissionList, ...errorAnswers({ admin: true }) },
    },
    handler: async (): Promise<Static<typeof permissionList>> => {
      const inUse = await findPermissionsInUse(database.db);
      const own = builtInNames.map((name) => ({
        name,
        description: builtInPermissions[name],
        is_builtin: true,
      }));
      const others = inUse
        .filter((name) => !isBuiltIn(name))
        .map((name) => ({ name, description: '', is_builtin: false }));
      return { items: [...own, ...others] };
    },
  });
}
