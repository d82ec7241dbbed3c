import { type Kysely, sql } from 'kysely';
import { idColumn } from './columns.ts';

/**
 * Notices that were mailed, by whose link their readers say that it was not them; and which mails go first where many
 * wait.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('notices')
    .addColumn('id', ...idColumn(db))
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('user_id', 'bigint', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('email_normalized', 'text', (column) => column.notNull())
    .addColumn('session_id', 'bigint')
    .addColumn('tries', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('notices_user_id').on('notices').column('user_id').execute();
  await db.schema
    .createIndex('notices_expires_at_ms')
    .on('notices')
    .column('expires_at_ms')
    .execute();
  await db.schema
    .alterTable('outbox')
    .addColumn('priority', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.dropIndex('outbox_due_at_ms').execute();
  await db.schema
    .createIndex('outbox_priority')
    .on('outbox')
    .columns(['priority', 'due_at_ms'])
    .where(sql.ref('state'), '=', 'pending')
    .execute();
}
