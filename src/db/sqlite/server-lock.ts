import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from '../errors.ts';
import { giveToOwnerOf } from './durable.ts';

/** Of two servers that start in the same instant one has to wait for the other to have its lock. */
const startLimitMs = 250;

/** What the holder of the lock writes about itself. */
export interface LockHolder {
  readonly pid: number;
  /** It was started to change nothing. */
  readonly isInMaintenance: boolean;
}

export interface ServerLock {
  release(): void;
}

/**
 * Makes this process the only server on a SQLite file. The lock is one of SQLite's locks on a file beside it, so the
 * kernel releases it when the process dies, in any way.
 *
 * @param databasePath where the database is, or will be; its folder must be there
 * @param isInMaintenance whether this server changes nothing while it runs
 * @returns the lock, or its holder
 * @throws Error if the file of the lock cannot be made or used
 */
export function acquireServerLock(
  databasePath: string,
  isInMaintenance = false,
): ServerLock | LockHolder {
  const path = `${realPath(databasePath)}.lock`;
  const file = new DatabaseSync(path, { timeout: startLimitMs });
  giveToOwnerOf(dirname(path), path);
  try {
    file.exec('begin immediate; drop table if exists holder'); // whatever release has made it
    file.exec('create table holder (pid integer not null, is_in_maintenance integer not null)');
    file.prepare('insert into holder values (?, ?)').run(process.pid, isInMaintenance ? 1 : 0);
    file.exec('commit; begin immediate'); // others can read who it is, none can begin to write
    return { release: () => file.close() };
  } catch (error) {
    const holder = isBusy(error) ? readHolder(file) : undefined;
    file.close();
    if (!holder) throw error;
    return holder;
  }
}

/**
 * The process that serves a SQLite file, as far as can be told without taking its lock; undefined if none seems to.
 * Changes nothing.
 */
export function serverPid(databasePath: string): number | undefined {
  const path = `${realPath(databasePath)}.lock`;
  if (!existsSync(path)) return undefined;
  const file = new DatabaseSync(path, { readOnly: true });
  try {
    const { pid } = readHolder(file);
    return pid > 0 && isAlive(pid) ? pid : undefined;
  } finally {
    file.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Without links, also of a file that is still to be made. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

function readHolder(file: DatabaseSync): LockHolder {
  try {
    const row = file.prepare('select * from holder').get();
    return { pid: Number(row?.pid ?? 0), isInMaintenance: row?.is_in_maintenance === 1 };
  } catch {
    return { pid: 0, isInMaintenance: false };
  }
}
