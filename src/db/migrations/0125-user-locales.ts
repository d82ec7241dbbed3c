import type { Kysely } from 'kysely';

/** The language that a user reads. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('users').addColumn('locale', 'text').execute();
}
