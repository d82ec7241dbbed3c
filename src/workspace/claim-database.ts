import { type ConfigFlags, ensureDataDir, readConfig } from '../config/config.ts';
import { isThere } from '../config/file-access.ts';
import type { Database } from '../db/database.ts';
import { isDamage } from '../db/errors.ts';
import { throwOnDamage } from '../db/sqlite/find-damage.ts';
import {
  acquireServerLock,
  type LockHolder,
  processWords,
  type ServedWith,
  type ServerLock,
} from '../db/sqlite/server-lock.ts';
import { CommandError } from '../terminal/command-error.ts';
import { explainDatabaseError } from '../terminal/explain-database-error.ts';
import { fileMigrations, refuseEmptied } from './open-database.ts';

/**
 * Makes this process the only server on the configured database. This happens before the database is opened: a newer
 * release must not migrate it while an older one runs.
 *
 * @throws CommandError if another server runs, or ConfigError
 */
export function lockDatabase(flags: ConfigFlags): ServerLock {
  const { database, dataDir, pinned, ...config } = readConfig(flags);
  if (database.engine === 'postgres') return { release() {} }; // it serves any number of servers
  const { path: databasePath } = database;
  const { host, port, publicUrl, passkeyRpId, formerRpIds } = config;
  ensureDataDir(dataDir);
  refuseEmptied(databasePath, dataDir);
  if (isThere(databasePath)) fileMigrations(databasePath); // what is not ours is not touched
  const lock = tryLock(databasePath, {
    isInMaintenance: pinned.MAINTENANCE_MODE ?? false,
    place: { host, port, publicUrl, passkeyRpId, formerRpIds },
  });
  if ('release' in lock) return lock;
  throw new CommandError(
    `Another server${processWords(lock)} runs on ${databasePath}. Stop it first, or name ` +
      'another folder with --data. SQLite serves one process; many nodes need PostgreSQL.',
  );
}

function tryLock(databasePath: string, served: ServedWith): ServerLock | LockHolder {
  const path = `${databasePath}.lock`;
  try {
    return acquireServerLock(databasePath, served);
  } catch (error) {
    if (!isDamage(error)) throw explainDatabaseError(error, path);
    throw new CommandError(`${path} is damaged. Delete it; nothing needs what is in it.`);
  }
}

/**
 * Looks for damage before any request is served.
 *
 * @throws CommandError if there is damage
 */
export async function refuseDamaged(database: Database): Promise<void> {
  if (database.engine === 'postgres') return;
  try {
    await throwOnDamage(database);
  } catch (error) {
    throw explainDatabaseError(error, database.location);
  }
}
