import type { Insertable } from 'kysely';
import type { Db } from '../../../db/database.ts';
import { compiledOnce } from '../../../db/prepared.ts';
import type { AuditEventTable } from '../../../db/schema.ts';
import type { AuditKind } from './kinds.ts';

export type NewEventRow = Required<
  Omit<Insertable<AuditEventTable>, 'id' | 'sequence' | 'hash' | 'seal' | 'key_id'>
>;

const insertOne = compiledOnce<NewEventRow, never>((db, param) =>
  db.insertInto('audit_events').values({
    at_ms: param('at_ms'),
    kind: param('kind'),
    actor_kind: param('actor_kind'),
    actor_id: param('actor_id'),
    actor_name: param('actor_name'),
    user_id: param('user_id'),
    session_id: param('session_id'),
    ip: param('ip'),
    details: param('details'),
  }),
);

export async function insertEvents(db: Db, events: readonly NewEventRow[]): Promise<void> {
  const [first, ...others] = events;
  if (first && others.length === 0) await insertOne(db, first);
  else await db.insertInto('audit_events').values(events).execute();
}

/** Gives the event as it is stored. */
export function insertEvent(db: Db, event: NewEventRow) {
  return db.insertInto('audit_events').values(event).returningAll().executeTakeFirstOrThrow();
}

/** When something happened last, in milliseconds since 1970; undefined if it never has. */
export async function findLastOfKind(db: Db, kind: AuditKind): Promise<number | undefined> {
  const row = await db
    .selectFrom('audit_events')
    .select('at_ms')
    .where('kind', '=', kind)
    .orderBy('at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.at_ms;
}
