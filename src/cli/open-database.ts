import type { Database } from '../db/database.ts';
import type { MigrationStatus } from '../db/migrate.ts';
import { inspectSqlite } from '../db/sqlite/inspect.ts';
import type { DatabaseConfig } from './database-config.ts';
import { explainDatabaseError } from './explain-error.ts';
import { isThere } from './file-access.ts';

/**
 * Opens the configured database. A SQLite file is made where there is none; PostgreSQL is connected
 * to when it is first asked something.
 *
 * @throws OperatorError where it cannot be, or is not ours; then it is not touched
 */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  if (config.engine === 'sqlite') return openFile(config.path);
  // What only one of the engines needs, the other does not wait for.
  const { openPostgres } = await import('../db/postgres/postgres-database.ts');
  const { url, poolSize, statementLimitMs, lockLimitMs } = config;
  return openPostgres(url, { size: poolSize, statementLimitMs, lockLimitMs });
}

/** Opens the configured database for migrations, which take the time that they take. */
export function openToMigrate(config: DatabaseConfig): Promise<Database> {
  return openDatabase(
    config.engine === 'sqlite' ? config : { ...config, statementLimitMs: 0, lockLimitMs: 0 },
  );
}

/** Opens the configured database to be read as a whole, under a name that is not a server's. */
export async function openToMove(config: DatabaseConfig): Promise<Database> {
  if (config.engine === 'sqlite') return openFile(config.path);
  const { openPostgres } = await import('../db/postgres/postgres-database.ts');
  const [first, ...others] = config.url.targets.map((target) => ({
    config: { ...target.config, application_name: 'latchkey move' },
  }));
  const targets = first ? ([first, ...others] as const) : config.url.targets;
  return openPostgres({ ...config.url, targets }, { size: 2, statementLimitMs: 0, lockLimitMs: 0 });
}

async function openFile(path: string): Promise<Database> {
  if (isThere(path)) fileMigrations(path);
  const { openSqlite } = await import('../db/sqlite/sqlite-database.ts');
  try {
    return openSqlite(path);
  } catch (error) {
    throw explainDatabaseError(error, path);
  }
}

/**
 * What of this release's migrations a database file has. Only looks.
 *
 * @throws OperatorError where it cannot be read, or is not ours
 */
export function fileMigrations(path: string): MigrationStatus {
  try {
    using file = inspectSqlite(path);
    return file.migrations();
  } catch (error) {
    throw explainDatabaseError(error, path);
  }
}
