import type { Kysely } from 'kysely';

/**
 * When the password of a session was last checked (null: when it was signed in), and which
 * administrator is at it in the name of its user.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('sessions').addColumn('authenticated_at_ms', 'bigint').execute();
  await db.schema.alterTable('sessions').addColumn('impersonator_id', 'bigint').execute();
}
