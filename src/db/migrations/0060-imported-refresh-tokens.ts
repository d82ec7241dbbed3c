import type { Kysely } from 'kysely';
import { idColumn } from './columns.ts';

/**
 * Refresh tokens of the previous system, each with the session that it continues; and which users an import has
 * added.
 *
 * A row stays until its token expires, even if the session is gone: a token that was used must not become valid again
 * when the file is imported again.
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
