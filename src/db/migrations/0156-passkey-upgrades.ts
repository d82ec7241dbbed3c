import type { Kysely } from 'kysely';

/** Whether a passkey was made without asking its user, who may not know of it: then the password alone still signs in. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('passkeys')
    .addColumn('is_upgrade', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
}
