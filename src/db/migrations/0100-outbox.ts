import { type Kysely, sql } from 'kysely';
import { idColumn } from './columns.ts';

/** Mail that is to be sent, and its state. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('outbox')
    .addColumn('id', ...idColumn(db))
    .addColumn('message_id', 'text', (column) => column.notNull().unique())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('user_id', 'bigint', (column) => column.references('users.id').onDelete('cascade'))
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('locale', 'text', (column) => column.notNull())
    .addColumn('sealed_parameters', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('last_reply', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('due_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('leased_until_ms', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('finished_at_ms', 'bigint')
    .execute();
  await db.schema
    .createIndex('outbox_due_at_ms')
    .on('outbox')
    .column('due_at_ms')
    .where(sql.ref('state'), '=', 'pending')
    .execute();
  await db.schema.createIndex('outbox_user_id').on('outbox').column('user_id').execute();
  await db.schema
    .createIndex('outbox_finished_at_ms')
    .on('outbox')
    .column('finished_at_ms')
    .execute();
}
