import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../../deps.ts';
import { createSendExport, type ExportDeps } from '../../../http/export-stream.ts';
import { attachment, errorAnswers } from '../../../http/schemas.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { userFilters } from './admin-schemas.ts';
import { exportUsers, recordExport } from './export-users.ts';
import { listUsers } from './list-users.ts';
import { userQueryOf } from './users.admin-routes.ts';

const exportQuery = Type.Object(userFilters);
const fileName = 'latchkey-users.csv';

/** Administrators take the list of users away. */
export function userExportRoutes(app: FastifyInstance, deps: Deps & ExportDeps): void {
  const sendExport = createSendExport(deps);

  app.route<{ Querystring: Static<typeof exportQuery> }>({
    method: 'GET',
    url: '/api/admin/users/export/',
    config: {
      auth: { kind: 'admin', permission: 'users.export' },
      writes: true, // that it was taken is recorded
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      operationId: 'exportUsers',
      summary: 'Download the list of users',
      description:
        'CSV with a header line, as a stream. A text that a spreadsheet would take for a formula ' +
        'has an apostrophe before it. If the connection is reset, the list is not complete.',
      tags: ['Users'],
      querystring: exportQuery,
      response: {
        200: {
          description: 'The users that match the filters.',
          headers: attachment(fileName),
          content: { 'text/csv': { schema: Type.String({ examples: ['id,email\r\n'] }) } },
        },
        ...errorAnswers({ admin: true }, 'invalid_fields', 'overloaded'),
      },
    },
    handler: async (request, reply) => {
      const query = userQueryOf(request.query);
      await listUsers(deps, query, { limit: 1 }); // what is wrong with it is said before the first line
      return sendExport(request, reply, {
        type: 'text/csv; charset=utf-8; header=present',
        fileName,
        pages: exportUsers(deps, query),
        record: () => recordExport(deps, query, actorOf(request)),
      });
    },
  });
}
