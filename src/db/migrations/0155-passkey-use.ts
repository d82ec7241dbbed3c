import type { Kysely } from 'kysely';

/**
 * Whether a passkey has ever shown user verification; when a user was last offered to have one made for them
 * (conditional create); and how many there are for each RP ID, without reading all of them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('passkeys')
    .addColumn('is_user_verified', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.createIndex('passkeys_rp_id').on('passkeys').column('rp_id').execute();
  await db.schema.alterTable('users').addColumn('passkey_offered_at_ms', 'bigint').execute();
}
