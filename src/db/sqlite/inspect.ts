import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { Kysely } from 'kysely';
import type { Db } from '../database.ts';
import { isDamage } from '../errors.ts';
import { compareMigrations, type MigrationStatus, migrationTable } from '../migrate.ts';
import type { Schema } from '../schema.ts';
import { readOnlyDialect } from './dialect.ts';

/** A SQLite file that is looked at and not touched. Every question may throw on a damaged one. */
export interface SqliteInspection extends Disposable {
  /** The errors in its pages and indexes; empty if there are none. Reads the whole file. */
  integrityProblems(): string[];
  /** How many rows refer to a row that is not there. */
  foreignKeyProblems(): number;
  /** @throws MigrationError if a newer release, or another program, made it */
  migrations(): MigrationStatus;
  /** The newest time that any row has, in milliseconds since 1970; undefined if no row has one. */
  newestRowMs(): number | undefined;
  /** For queries, which must be such as only read. */
  readonly db: Db;
  /** The value of a setting as it is stored, as JSON. */
  storedSetting(name: string): string | undefined;
}

/** How long to wait for a server that holds the lock, as it does for an instant when it starts. */
const busyLimitMs = 5_000;
/** How many errors of a damaged file are listed. */
const maxProblems = 10;

/**
 * Opens a SQLite file to look at it. Neither the file nor its folder changes.
 *
 * @throws Error if it is not there, or cannot be read
 */
export function inspectSqlite(path: string): SqliteInspection {
  const file = openUntouched(path);
  const tables = () => tableNames(file);
  return {
    db: new Kysely<Schema>({ dialect: readOnlyDialect(file) }),
    integrityProblems: () => checkPages(file, 'quick_check'),
    foreignKeyProblems: () => file.prepare('pragma foreign_key_check').all().length,
    migrations: () =>
      compareMigrations(path, { tables: tables(), applied: appliedMigrations(file) }),
    newestRowMs: () => newestRowMs(file, tables()),
    storedSetting(name) {
      if (!tables().has('settings')) return undefined;
      const row = file.prepare('select value from settings where name = ?').get(name);
      return row === undefined ? undefined : String(row.value);
    },
    [Symbol.dispose]: () => file.close(),
  };
}

function openUntouched(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  // To read a file in WAL mode SQLite makes -wal and -shm beside it, and leaves them there, unless it
  // is told that nobody writes. With no -wal there nobody does: the last to close it removes it.
  if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true, timeout: busyLimitMs });
}

/** The errors that SQLite finds in the pages of a file. `integrity_check` also compares indexes. */
export function checkPages(file: DatabaseSync, check: 'quick_check' | 'integrity_check'): string[] {
  try {
    const rows = file.prepare(`pragma ${check}(${maxProblems})`).all();
    // A row may name first, in a line before, the attached database that it is about.
    const problems = rows.flatMap((row) => String(row[check]).split('\n'));
    return problems.filter((problem) => problem !== 'ok' && !problem.startsWith('***'));
  } catch (error) {
    if (isDamage(error)) return [(error as Error).message]; // too bad to go on
    throw error;
  }
}

export function tableNames(file: DatabaseSync): Set<string> {
  const rows = file
    .prepare(
      `select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'`,
    )
    .all();
  return new Set(rows.map((row) => String(row.name)));
}

/** The migrations that its list names; none where it has no list. */
export function appliedMigrations(file: DatabaseSync): string[] {
  if (!tableNames(file).has(migrationTable)) return [];
  const rows = file.prepare(`select name from ${migrationTable} order by name`).all();
  return rows.map((row) => String(row.name));
}

const momentColumns = [
  ['users', 'updated_at_ms'],
  ['sessions', 'refreshed_at_ms'],
  ['setting_changes', 'changed_at_ms'],
] as const;

/** The newest time that any row has, in milliseconds since 1970; undefined if no row has one. */
export function newestRowMs(file: DatabaseSync, tables: ReadonlySet<string>): number | undefined {
  const moments = momentColumns
    .filter(([table]) => tables.has(table))
    .map(([table, column]) => file.prepare(`select max(${column}) as ms from ${table}`).get()?.ms)
    .filter((ms) => typeof ms === 'number');
  return moments.length === 0 ? undefined : Math.max(...moments);
}
