import type { Kysely } from 'kysely';
import { idColumn } from './columns.ts';

/**
 * Refresh tokens of the system before, each with the session that it continues, and which users an import
 * has added.
 *
 * A row stays until its token expires, even when the session is gone: what was used once must not come to
 * life again when the file is imported again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('imported_refresh_tokens')
    .addColumn('id', ...idColumn(db))
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('session_id', 'bigint')
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.alterTable('users').addColumn('imported_at_ms', 'bigint').execute();
}
