import type { Kysely } from 'kysely';

/** When a user proved that the email is theirs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('users').addColumn('email_verified_at_ms', 'bigint').execute();
}
