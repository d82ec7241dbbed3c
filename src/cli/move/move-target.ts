import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { DatabaseConfig } from '../../config/database-config.ts';
import type { Database } from '../../db/database.ts';
import { acquireServerLock, processWords } from '../../db/sqlite/server-lock.ts';
import { CommandError, UsageError } from '../../terminal/command-error.ts';

/**
 * The target of a move.
 *
 * @throws UsageError if no target is named, or it is if the data is already
 */
export function requireMoveTarget({ moveTo, database }: Config): DatabaseConfig {
  if (!moveTo) throw new UsageError('Say where to: --to postgres://… or --to sqlite:…');
  if (moveTo.location !== database.location) return moveTo;
  throw new UsageError(`${moveTo.location} is where the data is. Name another with --to.`);
}

/** A database that a move fills. No server starts on it meanwhile. */
export interface OpenTarget extends AsyncDisposable {
  readonly database: Database;
}

/**
 * Opens the target of a move; a SQLite file is made if there is none.
 *
 * @throws CommandError if a server runs on it
 */
export async function openMoveTarget(target: DatabaseConfig): Promise<OpenTarget> {
  if (target.engine === 'postgres') {
    const { noLimits, openPostgres } = await import('../../db/postgres/postgres-database.ts');
    const database = openPostgres(target.url, { size: 2, ...noLimits });
    return { database, [Symbol.asyncDispose]: () => database.close() };
  }
  const { giveToOwnerOf } = await import('../../db/sqlite/durable.ts');
  const { openSqlite } = await import('../../db/sqlite/sqlite-database.ts');
  if (!existsSync(dirname(target.path))) {
    throw new CommandError(`There is no folder ${dirname(target.path)}. Make it, or name another.`);
  }
  const lock = acquireServerLock(target.path);
  if (!('release' in lock)) {
    throw new CommandError(`A server${processWords(lock)} runs on ${target.path}. Stop it first.`);
  }
  const isNew = !existsSync(target.path);
  const database = openSqlite(target.path);
  if (isNew) giveToOwnerOf(dirname(target.path), target.path);
  return {
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      lock.release();
    },
  };
}
