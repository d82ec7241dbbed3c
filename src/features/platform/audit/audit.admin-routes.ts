import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { createSendExport, type ExportDeps } from '../../../http/export-stream.ts';
import { attachment, errorAnswers, nextCursor, orNull, pageQuery } from '../../../http/schemas.ts';
import { actorOf } from './actor.ts';
import { readEventFilter } from './event-filter.ts';
import { auditFieldTypes, auditKind, auditKindNames } from './kinds.ts';
import { exportEvents, followEvents, listEvents } from './list-events.ts';
import { record } from './record.ts';

const id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

const kindName = Type.String({
  enum: auditKindNames,
  title: 'AuditKind',
  description: 'The kind of an event.',
  examples: ['session.started'],
});

/** During an upgrade a newer node records kinds that this one does not know. */
export const eventKind = Type.Union([kindName, Type.String()], { examples: ['session.started'] });

const filters = {
  kind: Type.Optional({
    ...kindName,
    description: 'Only this kind; `GET /api/admin/audit/kinds/` lists them.',
  }),
  user_id: Type.Optional({ ...id, description: 'Only events about this user.' }),
  actor_id: Type.Optional({ ...id, description: 'Only actions of this user.' }),
  ip: Type.Optional(
    Type.String({ description: 'Only events from this IP.', examples: ['203.0.113.7'] }),
  ),
  since: Type.Optional(
    Type.String({
      description: 'From this time on (RFC 3339).',
      examples: ['2026-03-01T08:00:00Z'],
    }),
  ),
  until: Type.Optional(
    Type.String({
      description: 'Before this time (RFC 3339).',
      examples: ['2046-03-01T08:00:00Z'],
    }),
  ),
};
const exportQuery = Type.Object(filters);
const listQuery = Type.Object({
  ...filters,
  after: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description:
        'To follow the log: the sealed events after this `sequence`, the oldest first; 0: from the ' +
        'first. Not with `cursor` or a filter.',
    }),
  ),
  ...pageQuery,
});

const eventSchema = Type.Object(
  {
    id: Type.Integer({ examples: [4711] }),
    at: Type.String({ format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'] }),
    kind: eventKind,
    actor: Type.Object({
      kind: Type.String({ enum: ['user', 'cli', 'system', 'anonymous'], examples: ['user'] }),
      id: orNull(Type.Integer(), 1),
      name: orNull(Type.String(), null),
    }),
    user_id: orNull(Type.Integer(), 1),
    session_id: orNull(Type.Integer(), 7),
    ip: orNull(Type.String(), '203.0.113.7'),
    details: Type.Object(
      {},
      {
        additionalProperties: true,
        description: 'The fields of the kind.',
        examples: [{ device: 'Firefox on Linux' }],
      },
    ),
    sequence: orNull(
      Type.Integer(),
      4711,
      'The place in the chain; null until it is sealed, within about a second.',
    ),
  },
  { title: 'AuditEvent' },
);

const eventPage = Type.Object(
  { items: Type.Array(eventSchema), next_cursor: nextCursor },
  { title: 'AuditEventPage', description: 'A page of events, the newest first.' },
);

const kindList = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        kind: kindName,
        description: Type.String({ examples: ['A user signed in.'] }),
        details: Type.Array(
          Type.Object({
            name: Type.String({ examples: ['device'] }),
            type: Type.String({ enum: auditFieldTypes, examples: ['text'] }),
            is_nullable: Type.Boolean({ examples: [true] }),
            description: Type.String({ examples: ['the device in plain words'] }),
          }),
        ),
      }),
    ),
  },
  { title: 'AuditKindList', description: 'Every kind of event.' },
);

const shared = { tags: ['Audit log'] };
const fileName = 'latchkey-audit.jsonl';

/** Administrators read the audit log, and download it. */
export function auditRoutes(app: FastifyInstance, deps: Deps & ExportDeps): void {
  const sendExport = createSendExport(deps);

  app.route<{ Querystring: Static<typeof listQuery> }>({
    method: 'GET',
    url: '/api/admin/audit/',
    config: { auth: { kind: 'admin', permission: 'audit.view' } },
    schema: {
      ...shared,
      operationId: 'listAuditEvents',
      summary: 'List the events, newest first',
      querystring: listQuery,
      response: { 200: eventPage, ...errorAnswers({ admin: true }, 'invalid_fields') },
    },
    handler: async ({ query }) => {
      const { after, limit, ...others } = query;
      if (after !== undefined) {
        requireAlone(others);
        return { items: await followEvents(deps, { after, limit }), next_cursor: null };
      }
      const page = await listEvents(deps, readEventFilter(query), query);
      return { items: page.events, next_cursor: page.nextCursor ?? null };
    },
  });

  app.route({
    method: 'GET',
    url: '/api/admin/audit/kinds/',
    config: { auth: { kind: 'admin', permission: 'audit.view' } },
    schema: {
      ...shared,
      operationId: 'listAuditKinds',
      summary: 'List the kinds of events',
      response: { 200: kindList, ...errorAnswers({ admin: true }) },
    },
    handler: async () => ({ items: auditKindNames.map(shownKind) }),
  });

  app.route<{ Querystring: Static<typeof exportQuery> }>({
    method: 'GET',
    url: '/api/admin/audit/export/',
    config: {
      auth: { kind: 'admin', permission: 'audit.export' },
      writes: true, // that it was taken is recorded
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'exportAuditEvents',
      summary: 'Download the audit log',
      description:
        'JSON lines, as a stream, the newest first. The download is recorded. If the connection is ' +
        'reset, the log is not complete.',
      querystring: exportQuery,
      response: {
        200: {
          description: 'The events that match the filters.',
          headers: attachment(fileName),
          content: {
            'application/x-ndjson': { schema: Type.String({ examples: ['{"id":1}\n'] }) },
          },
        },
        ...errorAnswers({ admin: true }, 'invalid_fields', 'overloaded'),
      },
    },
    handler: async (request, reply) => {
      const filter = readEventFilter(request.query);
      return sendExport(request, reply, {
        type: 'application/x-ndjson; charset=utf-8',
        fileName,
        pages: exportEvents(deps, filter),
        record: () => recordExport(request.query, actorOf(request)),
      });
    },
  });

  function recordExport(query: object, actor: ReturnType<typeof actorOf>): Promise<void> {
    const details = { filter: new URLSearchParams(Object.entries(query)).toString() };
    const event = { actor, atMs: deps.clock.nowMs(), details };
    return deps.database.transact((trx) => record(trx, { kind: 'audit.exported', ...event }));
  }
}

/** @throws AppError `invalid_fields`: to filter along the chain could take long to find nothing */
function requireAlone(others: object): void {
  const names = Object.keys(others);
  if (names.length === 0) return;
  throw new AppError('invalid_fields', {
    members: { after: [`Not together with ${names.join(', ')}.`] },
  });
}

function shownKind(name: (typeof auditKindNames)[number]) {
  const { description, details } = auditKind(name);
  return {
    kind: name,
    description,
    details: Object.entries(details).map(([field, { type, isNullable, ...rest }]) => ({
      ...{ name: field, type, is_nullable: isNullable ?? false, description: rest.description },
    })),
  };
}
