import type { Db } from '../../../db/database.ts';
import { compiledOnce } from '../../../db/prepared.ts';
import type { AuditKind } from './kinds.ts';

export interface NewEventRow {
  readonly atMs: number;
  readonly kind: string;
  readonly actorKind: string;
  readonly actorId: number | null;
  readonly actorName: string | null;
  readonly userId: number | null;
  readonly sessionId: number | null;
  readonly ip: string | null;
  /** JSON. */
  readonly details: string;
}

/** An event, as the table `audit_events` has it. */
export interface EventRow extends NewEventRow {
  readonly id: number;
  /** Its place in the chain; null, as the rest, until it is sealed. */
  readonly sequence: number | null;
  readonly hash: string | null;
  readonly seal: string | null;
  readonly keyId: string | null;
}

export const eventColumns = [
  ...(['id', 'at_ms as atMs', 'kind', 'actor_kind as actorKind', 'actor_id as actorId'] as const),
  ...(['actor_name as actorName', 'user_id as userId', 'session_id as sessionId', 'ip'] as const),
  ...(['details', 'sequence', 'hash', 'seal', 'key_id as keyId'] as const),
] as const;

const insertOne = compiledOnce<NewEventRow, unknown>((db, param) =>
  db.insertInto('audit_events').values({
    at_ms: param('atMs'),
    kind: param('kind'),
    actor_kind: param('actorKind'),
    actor_id: param('actorId'),
    actor_name: param('actorName'),
    user_id: param('userId'),
    session_id: param('sessionId'),
    ip: param('ip'),
    details: param('details'),
  }),
);

const valuesOf = (event: NewEventRow) => ({
  at_ms: event.atMs,
  kind: event.kind,
  actor_kind: event.actorKind,
  actor_id: event.actorId,
  actor_name: event.actorName,
  user_id: event.userId,
  session_id: event.sessionId,
  ip: event.ip,
  details: event.details,
});

export async function insertEvents(db: Db, events: readonly NewEventRow[]): Promise<void> {
  const [first, ...others] = events;
  if (first && others.length === 0) await insertOne(db, first);
  else await db.insertInto('audit_events').values(events.map(valuesOf)).execute();
}

/** Gives the event as it is stored. */
export function insertEvent(db: Db, event: NewEventRow) {
  return db
    .insertInto('audit_events')
    .values(valuesOf(event))
    .returning(eventColumns)
    .executeTakeFirstOrThrow();
}

/** When something happened last, in milliseconds since 1970; undefined if it never has. */
export async function findLastOfKind(db: Db, kind: AuditKind): Promise<number | undefined> {
  const row = await db
    .selectFrom('audit_events')
    .select('at_ms as atMs')
    .where('kind', '=', kind)
    .orderBy('at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.atMs;
}
