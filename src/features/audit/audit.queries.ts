import type { Insertable } from 'kysely';
import type { Db } from '../../db/database.ts';
import type { AuditEventTable } from '../../db/schema.ts';

export type NewEventRow = Omit<
  Insertable<AuditEventTable>,
  'id' | 'sequence' | 'hash' | 'seal' | 'key_id'
>;

export async function insertEvents(db: Db, events: readonly NewEventRow[]): Promise<void> {
  await db.insertInto('audit_events').values(events).execute();
}

/** Gives the event as it is stored. */
export function insertEvent(db: Db, event: NewEventRow) {
  return db.insertInto('audit_events').values(event).returningAll().executeTakeFirstOrThrow();
}
