import type { DatabaseConfig } from '../config/database-config.ts';
import { isThere, lookAt } from '../config/file-access.ts';
import type { Database } from '../db/database.ts';
import type { MigrationStatus } from '../db/migrate.ts';
import { inspectSqlite } from '../db/sqlite/inspect.ts';
import { CommandError } from '../terminal/command-error.ts';
import { explainDatabaseError } from '../terminal/explain-database-error.ts';
import { secretKeyPath } from './secret-keys.ts';

/**
 * Opens the configured database. A SQLite file is made if there is none; PostgreSQL is connected to with the first
 * query.
 *
 * @throws OperatorError if it cannot be opened, or belongs to another program; then it is not touched
 */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  if (config.engine === 'sqlite') return openFile(config.path);
  // What only one of the engines needs, the other does not wait for.
  const { openPostgres } = await import('../db/postgres/postgres-database.ts');
  const { url, poolSize, statementLimitMs, lockLimitMs } = config;
  return openPostgres(url, { size: poolSize, statementLimitMs, lockLimitMs });
}

/** Opens the configured database for migrations, which take the time that they take. */
export async function openToMigrate(config: DatabaseConfig): Promise<Database> {
  if (config.engine === 'sqlite') return openDatabase(config);
  const { noLimits } = await import('../db/postgres/postgres-database.ts');
  return openDatabase({ ...config, ...noLimits });
}

/** Opens the configured database to be read as a whole, under a name that is not a server's. */
export async function openToMove(config: DatabaseConfig): Promise<Database> {
  if (config.engine === 'sqlite') return openFile(config.path);
  const { noLimits, openPostgres } = await import('../db/postgres/postgres-database.ts');
  const [first, ...others] = config.url.targets.map((target) => ({
    config: { ...target.config, application_name: 'latchkey move' },
  }));
  const targets = first ? ([first, ...others] as const) : config.url.targets;
  return openPostgres({ ...config.url, targets }, { size: 2, ...noLimits });
}

/**
 * SQLite takes a file of no bytes for a new database. If files beside it show that it was in use, it was cut:
 * starting with an empty one would lose the data without a word.
 *
 * @throws CommandError if the file was cut
 */
export function refuseEmptied(path: string, dataDir: string): void {
  if (lookAt(path)?.size !== 0) return;
  const trace = [secretKeyPath(dataDir), `${path}-wal`].find((beside) => lookAt(beside)?.size);
  if (trace === undefined) return;
  throw new CommandError(
    `${path} is empty, but ${trace} says that it was in use. Put the newest backup in its place: ` +
      'latchkey restore FILE. If a new database is meant, remove the empty file first.',
  );
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
 * Which of this release's migrations a database file has. Only looks.
 *
 * @throws OperatorError if it cannot be read, or is not ours
 */
export function fileMigrations(path: string): MigrationStatus {
  try {
    using file = inspectSqlite(path);
    return file.migrations();
  } catch (error) {
    throw explainDatabaseError(error, path);
  }
}
