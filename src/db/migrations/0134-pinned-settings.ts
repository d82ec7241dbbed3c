import type { Kysely } from 'kysely';

/** Since when the environment pins a setting: its history knows nothing of that. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pinned_settings')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('since_ms', 'bigint', (column) => column.notNull())
    .execute();
}
