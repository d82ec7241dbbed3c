import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../engine.ts';

/**
 * What lists of users are read by, and when each signed in last.
 *
 * The indexes are made `if not exists`: on a large PostgreSQL an operator makes them before, without
 * a lock (docs/guide/upgrade.md).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('users').addColumn('last_sign_in_at_ms', 'bigint').execute();
  if (isPostgres(db)) {
    // The unique indexes are in the order of the database's locale, which no prefix is a range of.
    // SQLite's are in the order of the bytes already.
    await sql`create index if not exists users_email_order
      on users (email_normalized collate "C")`.execute(db);
    await sql`create index if not exists users_username_order
      on users (username collate "C") where username <> ''`.execute(db);
  }
  await sql`create index if not exists users_created_at on users (created_at_ms, id)`.execute(db);
  // The few that are looked for among many.
  await sql`create index if not exists users_superusers
    on users (id) where is_superuser = 1`.execute(db);
  await sql`create index if not exists users_inactive on users (id) where is_active = 0`.execute(
    db,
  );
}
