import type { Database } from '../db/database.ts';
import { applyMigrations } from '../db/migrate.ts';
import { openSqlite } from '../db/sqlite/sqlite-database.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { openSettings, type Settings } from '../settings/settings.ts';
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
 * @throws ConfigError, or Error where the database cannot be opened or migrated
 */
export async function openWorkspace(flags: ConfigFlags): Promise<Workspace> {
  const config = readConfig(flags);
  process.umask(0o077); // whatever is made from here on is its owner's alone
  ensureDataDir(config.dataDir);
  const database = openDatabase(config);
  try {
    await applyMigrations(database);
    const settings = await openSettings(database, config.pinned);
    return { config, database, settings, clock: systemClock };
  } catch (error) {
    await database.close();
    throw explainDatabaseError(error, config.databasePath);
  }
}

function openDatabase({ databasePath }: Config): Database {
  try {
    return openSqlite(databasePath);
  } catch (error) {
    throw explainDatabaseError(error, databasePath);
  }
}

/** Runs a task on the configured database and closes it again, whatever happens. */
export async function withWorkspace<T>(
  flags: ConfigFlags,
  task: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const workspace = await openWorkspace(flags);
  try {
    return await task(workspace);
  } finally {
    await workspace.database.close();
  }
}
