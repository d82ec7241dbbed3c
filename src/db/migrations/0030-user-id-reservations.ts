import type { Kysely } from 'kysely';

/** The ids that imports of users keep for the users of their files. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('user_id_reservations')
    .addColumn('through_id', 'bigint', (column) => column.primaryKey())
    .addColumn('after_id', 'bigint', (column) => column.notNull())
    .addColumn('reserved_at_ms', 'bigint', (column) => column.notNull())
    .execute();
}
