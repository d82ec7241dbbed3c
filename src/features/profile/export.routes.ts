import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Deps } from '../../deps.ts';
import { principalOf } from '../../http/guards.ts';
import { errorAnswers, neverStored } from '../../http/schemas.ts';
import { exportUser } from './export.ts';

const text = Type.String();
const time = Type.String({ format: 'date-time' });
const timeOrNull = Type.Union([time, Type.Null()]);
const textOrNull = Type.Union([text, Type.Null()]);

const exportSchema = Type.Object(
  {
    user: Type.Object({
      id: Type.Integer(),
      email: text,
      username: text,
      is_active: Type.Boolean(),
      is_superuser: Type.Boolean(),
      has_password: Type.Boolean(),
      created_at: time,
      updated_at: time,
    }),
    sessions: Type.Array(
      Type.Object({
        id: Type.Integer(),
        address: textOrNull,
        device: textOrNull,
        refreshes: Type.Integer({ description: 'How many times it was refreshed.' }),
        created_at: time,
        last_used_at: time,
        expires_at: time,
        ended_at: timeOrNull,
        end_cause: textOrNull,
      }),
    ),
  },
  { description: 'All that the server holds about the user, secrets left out.' },
);

/** Users take what is held about them with them. */
export function exportRoutes(app: FastifyInstance, deps: Deps): void {
  app.route({
    method: 'GET',
    url: '/api/me/export/',
    config: { auth: 'user' },
    schema: {
      operationId: 'exportProfile',
      summary: 'Export all that is held about oneself',
      tags: ['Profile'],
      security: [{ bearer: [] }],
      response: { 200: exportSchema, ...errorAnswers({ user: true }) },
    },
    handler: async (request, reply) => {
      reply.headers({
        ...neverStored,
        'content-disposition': 'attachment; filename="latchkey-export.json"',
      });
      return exportUser(deps, principalOf(request).id);
    },
  });
}
