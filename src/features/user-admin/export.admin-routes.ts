import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../deps.ts';
import { AppError } from '../../errors.ts';
import { errorAnswers, neverStored, notStored } from '../../http/schemas.ts';
import { actorOf } from '../audit/index.ts';
import { userFilters } from './admin-schemas.ts';
import { exportUsers, recordExport } from './export-users.ts';
import { listUsers } from './list-users.ts';
import { userQueryOf } from './users.admin-routes.ts';

const exportQuery = Type.Object(userFilters);

/** How many exports one process sends at once; one more is refused. */
const maxAtOnce = 4;
/** Who takes nothing for as long is cut off. */
const stallLimitMs = 60_000;

/** Administrators take the list of users away. */
export function userExportRoutes(app: FastifyInstance, deps: Deps): void {
  let underWay = 0;

  app.route<{ Querystring: Static<typeof exportQuery> }>({
    method: 'GET',
    url: '/api/admin/users/export/',
    config: { auth: 'admin', permission: 'users.export' },
    schema: {
      operationId: 'exportUsers',
      summary: 'Download the list of users',
      description:
        'CSV with a header line, as a stream. A text that a spreadsheet would take for a formula ' +
        'has an apostrophe before it.',
      tags: ['Users'],
      querystring: exportQuery,
      response: {
        200: {
          description: 'The users that the filters leave.',
          headers: notStored,
          content: { 'text/csv': { schema: Type.String({ examples: ['id,email\r\n'] }) } },
        },
        ...errorAnswers({ admin: true }, 'invalid_fields', 'overloaded'),
      },
    },
    handler: async (request, reply) => {
      const query = userQueryOf(request.query);
      await listUsers(deps, query, { limit: 1 }); // what is wrong with it is said before the first line
      if (underWay >= maxAtOnce)
        throw new AppError('overloaded', { headers: { 'retry-after': '5' } });
      await recordExport(deps, query, actorOf(request));
      const lines = Readable.from(exportUsers(deps, query), { highWaterMark: 1 });
      underWay += 1;
      lines.once('close', () => {
        underWay -= 1;
      });
      reply.raw.setTimeout(stallLimitMs, () => lines.destroy(new Error('The reader has stalled.')));
      return reply
        .headers({
          ...neverStored,
          'content-disposition': 'attachment; filename="latchkey-users.csv"',
        })
        .type('text/csv; charset=utf-8; header=present')
        .send(lines);
    },
  });
}
