import { type Kysely, sql } from 'kysely';

/**
 * The sessions of a user that have not ended, in the order of their ids: a sign-in looks at these only, however many
 * have ended. `ended_at_ms` is a column of it too, so that SQLite prefers it to the index on all sessions. A refresh
 * changes nothing in it.
 *
 * The index is made `if not exists`: on a large PostgreSQL an operator makes it before, without a lock
 * (docs/guide/upgrade.md).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index if not exists sessions_live
    on sessions (user_id, ended_at_ms, id) where ended_at_ms is null`.execute(db);
}
