import type { Kysely } from 'kysely';

/** The addresses from which users have signed in, which failures from elsewhere do not keep out. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('known_addresses')
    .addColumn('user_id', 'bigint', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('network', 'text', (column) => column.notNull())
    .addColumn('last_used_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('known_addresses_key', ['user_id', 'network'])
    .execute();
}
