import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { principalOf } from '../../../http/guards.ts';
import { errorAnswers, idPath, orNull } from '../../../http/schemas.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { endUserSessions } from './end-sessions.ts';
import { findLiveSessions } from './sessions.queries.ts';

/** More than anybody has; a limit on what one answer holds. */
const maxListed = 200;

const time = (description: string, example: string) =>
  Type.String({ format: 'date-time', description, examples: [example] });

const sessionSchema = Type.Object({
  id: Type.Integer({ examples: [7] }),
  created_at: time('When the user signed in.', '2026-03-01T08:00:00.000Z'),
  last_used_at: time('When it was last refreshed.', '2026-03-02T09:30:00.000Z'),
  expires_at: time('When it ends if it is not refreshed.', '2026-04-01T09:30:00.000Z'),
  ip: orNull(Type.String(), '203.0.113.7', 'The IP of the sign-in.'),
  device: orNull(Type.String(), 'Firefox on Linux', 'The device, in words.'),
  is_support_access: Type.Boolean({
    description: 'Whether an administrator acts in it in the name of the user.',
    examples: [false],
  }),
  is_current: Type.Boolean({
    description: 'Whether it is the session of this access token.',
    examples: [true],
  }),
});

const sessionList = Type.Object(
  { sessions: Type.Array(sessionSchema) },
  { title: 'SessionList', description: 'The active sessions, the last used first.' },
);

const whichSessions = Type.Object({
  keep_current: Type.Boolean({
    default: true,
    description: 'Whether the session of this access token stays.',
  }),
});

const endedCount = Type.Object(
  { ended: Type.Integer({ description: 'How many sessions ended.', examples: [2] }) },
  {
    title: 'EndedCount',
    description: 'The sessions have ended; their tokens are refused from the next request on.',
  },
);

const shared = { tags: ['Sessions'] };

/** What users do with their own sessions: see them, and end them. */
export function ownSessionRoutes(app: FastifyInstance, { database, clock }: Deps): void {
  app.route({
    method: 'GET',
    url: '/api/sessions/',
    config: { auth: { kind: 'user', isOpenToImpersonation: true } },
    schema: {
      ...shared,
      operationId: 'listSessions',
      summary: 'List your sessions',
      response: { 200: sessionList, ...errorAnswers({ user: true }) },
    },
    handler: async (request): Promise<Static<typeof sessionList>> => {
      const { id: userId, sessionId } = principalOf(request);
      const rows = await findLiveSessions(database.db, userId, clock.nowMs(), maxListed);
      return {
        sessions: rows.map((row) => ({
          id: row.id,
          created_at: new Date(row.createdAtMs).toISOString(),
          last_used_at: new Date(row.refreshedAtMs).toISOString(),
          expires_at: new Date(row.expiresAtMs).toISOString(),
          ip: row.ip,
          device: row.device,
          is_support_access: row.impersonatorId !== null,
          is_current: row.id === sessionId,
        })),
      };
    },
  });

  app.route<{ Querystring: Static<typeof whichSessions> }>({
    method: 'DELETE',
    url: '/api/sessions/',
    config: { auth: { kind: 'user' }, recentAuth: false, limits: ['SECURITY_CHANGES_PER_SESSION'] },
    schema: {
      ...shared,
      operationId: 'endSessions',
      summary: 'End all other sessions, or all',
      querystring: whichSessions,
      response: { 200: endedCount, ...errorAnswers({ owner: true }, 'invalid_fields') },
    },
    handler: async (request) => {
      const { id: userId, sessionId } = principalOf(request);
      const exceptId = request.query.keep_current ? sessionId : undefined;
      const by = { actor: actorOf(request), nowMs: clock.nowMs() };
      const ended = await database.transact((trx) =>
        endUserSessions(trx, userId, 'session_revoked', by, { exceptId }),
      );
      return { ended };
    },
  });

  app.route<{ Params: Static<typeof idPath> }>({
    method: 'DELETE',
    url: '/api/sessions/:id/',
    config: { auth: { kind: 'user' }, recentAuth: false, limits: ['SECURITY_CHANGES_PER_SESSION'] },
    schema: {
      ...shared,
      operationId: 'endSession',
      summary: 'End one of your sessions',
      params: idPath,
      response: { 200: endedCount, ...errorAnswers({ owner: true }, 'not_found') },
    },
    handler: async (request) => {
      const { id: userId, sessionId } = principalOf(request);
      const { id } = request.params;
      const cause = id === sessionId ? 'logged_out' : 'session_revoked';
      const by = { actor: actorOf(request), nowMs: clock.nowMs() };
      const ended = await database.transact((trx) =>
        endUserSessions(trx, userId, cause, by, { id }),
      );
      if (ended === 0) throw new AppError('not_found');
      return { ended };
    },
  });
}
