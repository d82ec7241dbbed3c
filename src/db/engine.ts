import { type Kysely, PostgresAdapter, sql } from 'kysely';

/** Whether queries go to PostgreSQL; else to SQLite. For the few whose text differs. */
// biome-ignore lint/suspicious/noExplicitAny: whatever its tables are
export function isPostgres(db: Kysely<any>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/**
 * The time by the clock of the database, which all nodes share, as an expression of a statement. On SQLite it is the
 * clock of the machine.
 */
// biome-ignore lint/suspicious/noExplicitAny: whatever its tables are
export function databaseNowMs(db: Kysely<any>) {
  return isPostgres(db)
    ? sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`
    : sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;
}
