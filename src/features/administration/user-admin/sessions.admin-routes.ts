import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { endCauseSchema } from '../../../http/problem-schema.ts';
import {
  errorAnswers,
  idPath,
  nextCursor,
  orNull,
  pageQuery,
  timeOrNull,
} from '../../../http/schemas.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { time, timeText } from './admin-schemas.ts';
import { findUserRow } from './list-users.queries.ts';
import { asAnswer } from './refusals.ts';
import type { SessionOwners } from './sessions-admin.queries.ts';
import {
  endOneSession,
  endSessionsOf,
  type ListedSession,
  listSessions,
} from './sessions-admin.ts';

const sessionSchema = Type.Object(
  {
    id: Type.Integer({ examples: [7] }),
    user_id: Type.Integer({ examples: [1] }),
    email: Type.String({ examples: ['ada@example.com'] }),
    created_at: time('2026-03-01T08:00:00.000Z', 'When the user signed in.'),
    last_used_at: time('2026-03-02T09:30:00.000Z', 'When it was last refreshed.'),
    expires_at: time('2026-04-01T09:30:00.000Z', 'When it ends if it is not refreshed.'),
    ended_at: timeOrNull(null),
    end_cause: orNull(endCauseSchema, null),
    ip: orNull(Type.String(), '203.0.113.7'),
    device: orNull(Type.String(), 'Firefox on Linux'),
    impersonator_id: orNull(
      Type.Integer({ description: 'The administrator who acts in it in the name of the user.' }),
      null,
    ),
  },
  { title: 'AdminSession' },
);

const sessionPage = Type.Object(
  { items: Type.Array(sessionSchema), next_cursor: nextCursor },
  { title: 'SessionPage', description: 'A page of sessions, the newest first.' },
);

const state = Type.String({
  enum: ['live', 'ended', 'all'],
  default: 'live',
  description: 'An expired session counts as ended.',
});

const userIds = { minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const ofUserQuery = Type.Object({ state, ...pageQuery });
const allQuery = Type.Object({
  user_id: Type.Optional(Type.Integer(userIds)),
  impersonator_id: Type.Optional(
    Type.Integer({
      ...userIds,
      description: 'Only those in which this administrator acts in the name of a user.',
    }),
  ),
  ...ofUserQuery.properties,
});

const endedSessions = Type.Object(
  { ended: Type.Integer({ description: 'How many sessions ended.', examples: [2] }) },
  {
    title: 'EndedSessions',
    description: 'The sessions have ended; their tokens are refused from the next request on.',
  },
);

const shared = { tags: ['Users'] };
type ById = { Params: Static<typeof idPath> };
type State = 'live' | 'ended' | 'all';

/** Administrators see the sessions of all users, and end them. */
export function userSessionRoutes(app: FastifyInstance, deps: Deps): void {
  app.route<{ Querystring: Static<typeof allQuery> }>({
    method: 'GET',
    url: '/api/admin/sessions/',
    config: { auth: { kind: 'admin', permission: 'sessions.view' } },
    schema: {
      ...shared,
      operationId: 'listAllSessions',
      summary: 'List the sessions of all users',
      querystring: allQuery,
      response: { 200: sessionPage, ...errorAnswers({ admin: true }, 'invalid_fields') },
    },
    handler: ({ query }) =>
      page({ userId: query.user_id, impersonatorId: query.impersonator_id }, query),
  });

  app.route<ById & { Querystring: Static<typeof ofUserQuery> }>({
    method: 'GET',
    url: '/api/admin/users/:id/sessions/',
    config: { auth: { kind: 'admin', permission: 'sessions.view' } },
    schema: {
      ...shared,
      operationId: 'listUserSessions',
      summary: 'List the sessions of a user',
      params: idPath,
      querystring: ofUserQuery,
      response: {
        200: sessionPage,
        ...errorAnswers({ admin: true }, 'invalid_fields', 'not_found'),
      },
    },
    handler: async ({ params, query }) => {
      if (!(await findUserRow(deps.database.db, params.id))) throw new AppError('not_found');
      return page({ userId: params.id }, query);
    },
  });

  app.route<ById>({
    method: 'DELETE',
    url: '/api/admin/users/:id/sessions/',
    config: {
      auth: { kind: 'admin', permission: 'sessions.end' },
      recentAuth: false,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'endUserSessions',
      summary: 'End all sessions of a user',
      params: idPath,
      response: { 200: endedSessions, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: async (request) => ({
      ended: await asAnswer(endSessionsOf(deps, request.params.id, actorOf(request))),
    }),
  });

  app.route<ById>({
    method: 'DELETE',
    url: '/api/admin/sessions/:id/',
    config: {
      auth: { kind: 'admin', permission: 'sessions.end' },
      recentAuth: false,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'endSessionOfUser',
      summary: 'End a session of any user',
      params: idPath,
      response: { 200: endedSessions, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: async (request) => {
      const ended = await asAnswer(endOneSession(deps, request.params.id, actorOf(request)));
      if (ended === 0) throw new AppError('not_found'); // it had ended before
      return { ended };
    },
  });

  async function page(
    owners: SessionOwners,
    query: Static<typeof ofUserQuery>,
  ): Promise<Static<typeof sessionPage>> {
    const { limit, cursor } = query;
    const wanted = { ...owners, state: query.state as State };
    const { sessions, nextCursor: next } = await listSessions(deps, wanted, { limit, cursor });
    return { items: sessions.map(sessionJson), next_cursor: next ?? null };
  }
}

function sessionJson(session: ListedSession): Static<typeof sessionSchema> {
  return {
    id: session.id,
    user_id: session.userId,
    email: session.email,
    created_at: timeText(session.createdAtMs),
    last_used_at: timeText(session.lastUsedAtMs),
    expires_at: timeText(session.expiresAtMs),
    ended_at: timeText(session.endedAtMs),
    end_cause: session.endCause,
    ip: session.ip,
    device: session.device,
    impersonator_id: session.impersonatorId,
  };
}
