import { type Config, type ConfigFlags, ensureDataDir, readConfig } from '../config/config.ts';
import { isThere } from '../config/file-access.ts';
import type { Database } from '../db/database.ts';
import { applyMigrations, type MigrationStatus, migrationStatus } from '../db/migrate.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { countOf } from '../lib/words.ts';
import { openSettings, type Settings } from '../settings/settings.ts';
import { CommandError } from '../terminal/command-error.ts';
import { explainDatabaseError } from '../terminal/explain-database-error.ts';
import {
  fileMigrations,
  openDatabase,
  openToMigrate,
  openToMove,
  refuseEmptied,
} from './open-database.ts';

/** The configured database, open and migrated, with its settings: for a command or a server. */
export interface Workspace {
  readonly config: Config;
  readonly database: Database;
  readonly settings: Settings;
  readonly clock: Clock;
}

/**
 * Opens the configured database. On SQLite it makes the database if there is none, and applies pending migrations. On
 * PostgreSQL, where other servers may run, it applies them only when told to.
 *
 * @throws ConfigError, or OperatorError if the database cannot be opened or migrated
 */
export async function openWorkspace(
  flags: ConfigFlags,
  { migrate }: { migrate: boolean },
): Promise<Workspace> {
  const config = readConfig(flags);
  ensureDataDir(config.dataDir);
  if (config.database.engine === 'postgres' && migrate) await migrateFirst(config);
  const database = await openDatabase(config.database);
  try {
    if (database.engine === 'sqlite') await applyMigrations(database);
    else requireMigrated(await migrationStatus(database), config, 'start with --migrate');
    return await workspaceOn(config, database);
  } catch (error) {
    await database.close();
    throw explainDatabaseError(error, config.database.location);
  }
}

async function migrateFirst({ database: at }: Config): Promise<void> {
  const database = await openToMigrate(at);
  try {
    await applyMigrations(database);
  } catch (error) {
    throw explainDatabaseError(error, at.location);
  } finally {
    await database.close();
  }
}

/**
 * Runs a task on the configured database and closes it again, whatever happens. The database must exist and be
 * migrated: if a command made or changed one, a wrong `--data` would go unnoticed.
 *
 * @param isMove the task reads all of it in one transaction
 * @throws ConfigError, or OperatorError if the database is missing or cannot be used
 */
export async function withWorkspace<T>(
  flags: ConfigFlags,
  task: (workspace: Workspace) => Promise<T>,
  { isMove = false } = {},
): Promise<T> {
  const config = readConfig(flags);
  if (config.database.engine === 'sqlite') {
    requireFile(config.database.path, config.dataDir);
    requireMigrated(fileMigrations(config.database.path), config, 'start the server');
  }
  const database = await (isMove ? openToMove : openDatabase)(config.database);
  try {
    if (database.engine === 'postgres') {
      requireMigrated(await migrationStatus(database), config, 'start a server with --migrate');
    }
    return await task(await workspaceOn(config, database));
  } catch (error) {
    throw explainDatabaseError(error, config.database.location);
  } finally {
    await database.close();
  }
}

async function workspaceOn(config: Config, database: Database): Promise<Workspace> {
  const settings = await openSettings(database, config.pinned);
  return { config, database, settings, clock: systemClock };
}

/** @throws CommandError if there is no database, or this user is not allowed to look for one */
export function requireFile(path: string, dataDir: string): void {
  refuseEmptied(path, dataDir);
  if (isThere(path)) return;
  throw new CommandError(
    `There is no database at ${path}. Name its folder with --data, or make one: latchkey migrate`,
  );
}

function requireMigrated(
  { pending }: MigrationStatus,
  { database }: Config,
  otherwise: string,
): void {
  if (pending.length === 0) return;
  throw new CommandError(
    `${database.location} lacks ${countOf(pending.length, 'migration')} of this release. Apply ` +
      `with "latchkey migrate", or ${otherwise}, which does the same.`,
  );
}
