import { sql } from 'kysely';
import { type Migration, type MigrationResultSet, Migrator } from 'kysely/migration';
import { AppError } from '../errors/index.ts';
import { OperatorError } from '../lib/operator-error.ts';
import type { Database, Db } from './database.ts';
import { migrations } from './migrations/index.ts';
import { requireMigratable, requireUtf8 } from './postgres/prerequisites.ts';

/** The table that lists what was applied; Kysely keeps it. */
export const migrationTable = 'schema_migrations';

/** The name of a table that exists in the target of a move until all data is there. */
export const unfinishedMoveTable = 'unfinished_move';

/** The advisory lock of migrations in a PostgreSQL database: "latchkey" in ASCII. */
const migrationLock = '7809651199139603833';

type MigrationList = Readonly<Record<string, Migration>>;

function migrator(db: Db, list: MigrationList): Migrator {
  return new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...list }) },
    migrationTableName: migrationTable,
    migrationLockTableName: 'schema_migrations_lock',
  });
}

/** A database that this release must leave alone, and why. */
export class MigrationError extends OperatorError {
  override readonly name = 'MigrationError';
}

/** The migrations of this release, by whether a database has them. */
export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/**
 * Which of this release's migrations a database has.
 *
 * @param found the tables of the database, and the migrations that its list names
 * @throws MigrationError if a newer release, or another program, made it
 */
export function compareMigrations(
  location: string,
  found: { tables: ReadonlySet<string>; applied: readonly string[] },
  list: MigrationList = migrations,
): MigrationStatus {
  if (found.tables.size > 0 && !found.tables.has(migrationTable)) {
    throw new MigrationError(
      `${location} is the database of another program. Name another with --data or --database.`,
    );
  }
  if (found.tables.has(unfinishedMoveTable)) {
    throw new MigrationError(
      `${location} holds a part of a move that was broken off. Run "latchkey move" again, as before; ` +
        'it goes on where it was.',
    );
  }
  const unknown = found.applied.filter((name) => !Object.hasOwn(list, name));
  if (unknown.length > 0) {
    throw new MigrationError(
      `${location} was migrated by a newer release (${unknown.join(', ')}). Install that release, ` +
        'or a newer one.',
    );
  }
  const applied = new Set(found.applied);
  const names = Object.keys(list).sort();
  return {
    applied: names.filter((name) => applied.has(name)),
    pending: names.filter((name) => !applied.has(name)),
  };
}

/**
 * Which of this release's migrations this database has.
 *
 * @throws MigrationError if a newer release, or another program, made it
 */
export async function migrationStatus(
  database: Database,
  list = migrations,
): Promise<MigrationStatus> {
  const { db, location } = database;
  await requireUtf8(database);
  const tables = await findTables(database);
  if (!tables.has(migrationTable))
    return compareMigrations(location, { tables, applied: [] }, list);
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(migrationTable)}`.execute(db);
  return compareMigrations(location, { tables, applied: rows.map((row) => row.name) }, list);
}

/** The names of all tables of a database. */
export function findTables({ db, engine }: Database): Promise<Set<string>> {
  return engine === 'sqlite' ? sqliteTables(db) : postgresTables(db);
}

async function sqliteTables(db: Db): Promise<Set<string>> {
  const found = await db.introspection.getTables({ withInternalKyselyTables: true });
  return new Set(found.map((table) => table.name));
}

/** Of the schema that ours are made in; others may be in use by others. */
async function postgresTables(db: Db): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE'`.execute(db);
  return new Set(rows.map((row) => row.name));
}

/**
 * Runs the migrations. On PostgreSQL all of it is one transaction with one lock, which ends with it:
 * Kysely's own lock belongs to a session, and a transaction pooler would lose it.
 */
async function runMigrations(
  { db, engine }: Database,
  list: MigrationList,
): Promise<MigrationResultSet> {
  if (engine === 'sqlite') return migrator(db, list).migrateToLatest();
  let outcome: MigrationResultSet | undefined;
  try {
    await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(trx);
      // A statement that waits for a table makes all later ones wait. So it fails instead, and changes nothing.
      await sql`set local lock_timeout = '10s'`.execute(trx);
      outcome = await migrator(trx, list).migrateToLatest();
      if (outcome.error) throw outcome.error; // so that it is rolled back
    });
  } catch (error) {
    return { ...outcome, error };
  }
  return outcome ?? {};
}

/**
 * Applies what is pending, all of it or nothing.
 *
 * @returns the names of the migrations that were applied
 * @throws MigrationError if a newer release, or another program, made the database
 * @throws Error if one fails
 */
export async function applyMigrations(database: Database, list = migrations): Promise<string[]> {
  const { pending } = await migrationStatus(database, list);
  if (pending.length === 0) return [];
  await requireMigratable(database); // what fails in its midst is hard to understand
  const { error, results } = await runMigrations(database, list);
  const failed = results?.find((result) => result.status === 'Error');
  if (failed && error instanceof Error && !(error instanceof AppError)) {
    const message = `Migration ${failed.migrationName} failed, and nothing was changed: ${error.message}`;
    throw new MigrationError(message, { cause: error });
  }
  if (error) throw error;
  return (results ?? []).filter((r) => r.status === 'Success').map((r) => r.migrationName);
}
