import type { Kysely } from 'kysely';

/** The figures of the last day on the overview: one row for every ten minutes, of all nodes together. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('activity')
    .addColumn('from_ms', 'bigint', (column) => column.primaryKey())
    .addColumn('sign_ins', 'bigint', (column) => column.notNull())
    .addColumn('failures', 'bigint', (column) => column.notNull())
    .addColumn('refreshes', 'bigint', (column) => column.notNull())
    .execute();
}
