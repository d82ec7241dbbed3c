import type { Kysely } from 'kysely';
import { idColumn } from './columns.ts';

/** Attempts to prove that somebody reads the mail of an email: a code and a link token each. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('flows')
    .addColumn('id', ...idColumn(db))
    .addColumn('flow_hash', 'text', (column) => column.notNull().unique())
    .addColumn('code_hash', 'text', (column) => column.notNull())
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('user_id', 'bigint', (column) => column.references('users.id').onDelete('cascade'))
    .addColumn('email_normalized', 'text', (column) => column.notNull())
    .addColumn('network', 'text', (column) => column.notNull())
    .addColumn('wrong_codes', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('flows_user_id').on('flows').column('user_id').execute();
  await db.schema.createIndex('flows_expires_at_ms').on('flows').column('expires_at_ms').execute();
}
