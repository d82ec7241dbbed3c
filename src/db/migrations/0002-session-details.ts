import type { Kysely } from 'kysely';

/** Where a session was started, for its user to recognise it; and how a retried refresh is known. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('sessions').addColumn('ip', 'text').execute();
  await db.schema.alterTable('sessions').addColumn('device', 'text').execute();
  await db.schema.alterTable('sessions').addColumn('retry_key', 'text').execute();
}
