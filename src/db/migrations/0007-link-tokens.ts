import type { Kysely } from 'kysely';
import { idColumn } from './columns.ts';

/** Links that work once: invitations, and the one of the first administrator. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('link_tokens')
    .addColumn('id', ...idColumn(db))
    .addColumn('token_hash', 'text', (column) => column.notNull())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('user_id', 'bigint', (column) => column.references('users.id').onDelete('cascade'))
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('link_tokens_token_hash')
    .unique()
    .on('link_tokens')
    .column('token_hash')
    .execute();
  await db.schema.createIndex('link_tokens_user_id').on('link_tokens').column('user_id').execute();
  await db.schema
    .createIndex('link_tokens_expires_at_ms')
    .on('link_tokens')
    .column('expires_at_ms')
    .execute();
}
