import { type Kysely, PostgresAdapter } from 'kysely';

/** Whether queries go to PostgreSQL; else to SQLite. For the few whose text differs. */
// biome-ignore lint/suspicious/noExplicitAny: whatever its tables are
export function isPostgres(db: Kysely<any>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
