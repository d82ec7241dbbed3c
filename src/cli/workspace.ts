import { existsSync } from 'node:fs';
import type { Database } from '../db/database.ts';
import { applyMigrations, type MigrationStatus } from '../db/migrate.ts';
import { inspectSqlite } from '../db/sqlite/inspect.ts';
import { openSqlite } from '../db/sqlite/sqlite-database.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { countOf } from '../lib/words.ts';
import { openSettings, type Settings } from '../settings/settings.ts';
import { CommandError } from './command-error.ts';
import { type Config, type ConfigFlags, ensureDataDir, readConfig } from './config.ts';
import { explainDatabaseError } from './explain-error.ts';

/** What a command works on: the configured database, open and migrated. */
export interface Workspace {
  readonly config: Config;
  readonly database: Database;
  readonly settings: Settings;
  readonly clock: Clock;
}

/**
 * Opens the configured database, makes it where there is none, and applies what is pending.
 *
 * @throws ConfigError, or OperatorError where the database cannot be opened or migrated
 */
export async function openWorkspace(flags: ConfigFlags): Promise<Workspace> {
  const config = readConfig(flags);
  process.umask(0o077); // whatever is made from here on is its owner's alone
  ensureDataDir(config.dataDir);
  const database = openDatabase(config);
  try {
    await applyMigrations(database);
    return await workspaceOn(config, database);
  } catch (error) {
    await database.close();
    throw explainDatabaseError(error, config.databasePath);
  }
}

/**
 * Runs a task on the configured database and closes it again, whatever happens. It must be there
 * and be migrated: a command that makes or changes a database by the way hides a wrong `--data`.
 *
 * @throws ConfigError, or OperatorError where the database is missing or cannot be used
 */
export async function withWorkspace<T>(
  flags: ConfigFlags,
  task: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const config = readConfig(flags);
  process.umask(0o077);
  requireDatabase(config);
  requireMigrated(config.databasePath);
  const database = openDatabase(config);
  try {
    return await task(await workspaceOn(config, database));
  } catch (error) {
    throw explainDatabaseError(error, config.databasePath);
  } finally {
    await database.close();
  }
}

async function workspaceOn(config: Config, database: Database): Promise<Workspace> {
  const settings = await openSettings(database, config.pinned);
  return { config, database, settings, clock: systemClock };
}

/**
 * Opens the database, or makes it where there is none.
 *
 * @throws OperatorError where it cannot be, or is not ours; then it is not touched
 */
export function openDatabase({ databasePath }: Config): Database {
  if (existsSync(databasePath)) fileMigrations(databasePath);
  try {
    return openSqlite(databasePath);
  } catch (error) {
    throw explainDatabaseError(error, databasePath);
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

/** @throws CommandError where there is no database yet */
export function requireDatabase({ databasePath }: Config): void {
  if (existsSync(databasePath)) return;
  throw new CommandError(
    `There is no database at ${databasePath}. Name its folder with --data, or make one: ` +
      'latchkey migrate',
  );
}

function requireMigrated(path: string): void {
  const { pending } = fileMigrations(path);
  if (pending.length === 0) return;
  throw new CommandError(
    `${path} lacks ${countOf(pending.length, 'migration')} of this release. Apply with ` +
      '"latchkey migrate", or start the server, which does the same.',
  );
}
