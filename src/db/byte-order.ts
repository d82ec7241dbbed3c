import { type RawBuilder, sql } from 'kysely';
import { isPostgres } from './engine.ts';

/**
 * A column of texts in the order of their UTF-8 bytes, which is that of their code points: SQLite's own,
 * and on PostgreSQL that of the indexes that were made for it. A prefix is a range in no other.
 */
// biome-ignore lint/suspicious/noExplicitAny: whatever its tables are
export function byteOrder(db: Parameters<typeof isPostgres>[0], column: string): RawBuilder<any> {
  return isPostgres(db) ? sql`${sql.ref(column)} collate "C"` : sql`${sql.ref(column)}`;
}
