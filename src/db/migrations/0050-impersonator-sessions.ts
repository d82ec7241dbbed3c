import type { Kysely } from 'kysely';

/**
 * The session of an administrator in which an impersonation was begun, and with which it ends. No foreign
 * key: where that session is gone, the impersonation has ended.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('sessions').addColumn('impersonator_session_id', 'bigint').execute();
}
