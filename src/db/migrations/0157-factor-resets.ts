import type { Kysely } from 'kysely';
import { idColumn } from './columns.ts';

/** Resets of users' factors that administrators have asked for, and that wait: the user can cancel them until then. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('factor_resets')
    .addColumn('id', ...idColumn(db))
    .addColumn('user_id', 'bigint', (column) =>
      column.notNull().unique().references('users.id').onDelete('cascade'),
    )
    .addColumn('requested_by', 'bigint')
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('requested_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('due_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('factor_resets_due_at_ms')
    .on('factor_resets')
    .column('due_at_ms')
    .execute();
}
