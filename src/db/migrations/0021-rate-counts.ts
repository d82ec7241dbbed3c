import type { Kysely } from 'kysely';

/** The counts of the rate limits, if several nodes count together. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('rate_counts')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('events', 'bigint', (column) => column.notNull())
    .addColumn('ends_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('rate_counts_end').on('rate_counts').column('ends_at_ms').execute();
}
