import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from '../errors.ts';
import { giveToOwnerOf } from './durable.ts';

/** Of two servers that start in the same instant one has to wait for the other to have its lock. */
const startLimitMs = 250;

/** Where a server listens, how others reach it, and whose passkeys it checks, as it was given. */
export interface ServerPlace {
  readonly host: string;
  readonly port: number;
  readonly publicUrl?: string | undefined;
  readonly passkeyRpId?: string | undefined;
  readonly formerRpIds?: readonly string[];
}

/** How a server was started. */
export interface ServedWith {
  /** It was started to change nothing. */
  readonly isInMaintenance: boolean;
  /** Where it is; undefined: nothing is said. */
  readonly place?: ServerPlace;
}

/** What the holder of the lock writes about itself. */
export interface LockHolder extends ServedWith {
  /** Undefined: it has only just taken the lock. */
  readonly pid: number | undefined;
}

/** Which process it is, to stand behind its name: ` (process 4711)`; nothing, as long as it has not said. */
export function processWords({ pid }: LockHolder): string {
  return pid === undefined ? '' : ` (process ${pid})`;
}

export interface ServerLock {
  release(): void;
}

/**
 * Makes this process the only server on a SQLite file. The lock is one of SQLite's locks on a file beside it, so the
 * kernel releases it when the process dies, in any way.
 *
 * @param databasePath where the database is, or will be; its folder must be there
 * @param served what others are told about this server
 * @returns the lock, or its holder
 * @throws Error if the file of the lock cannot be made or used
 */
export function acquireServerLock(
  databasePath: string,
  served: ServedWith = { isInMaintenance: false },
): ServerLock | LockHolder {
  const path = `${realPath(databasePath)}.lock`;
  const file = new DatabaseSync(path, { timeout: startLimitMs });
  giveToOwnerOf(dirname(path), path);
  try {
    file.exec('begin immediate; drop table if exists holder'); // whatever release has made it
    file.exec(
      'create table holder (pid integer not null, is_in_maintenance integer not null, place text)',
    );
    const { isInMaintenance, place = null } = served;
    file
      .prepare('insert into holder values (?, ?, ?)')
      .run(process.pid, isInMaintenance ? 1 : 0, JSON.stringify(place));
    file.exec('commit; begin immediate'); // others can read who it is, none can begin to write
    return { release: () => release(file) };
  } catch (error) {
    const holder = isBusy(error) ? readHolder(file) : undefined;
    file.close();
    if (!holder) throw error;
    return holder;
  }
}

/** Names no holder any more: in a container the process that asks next has the same id. */
function release(file: DatabaseSync): void {
  try {
    file.exec('delete from holder; commit');
  } catch {
    // It is as after a kill.
  } finally {
    file.close();
  }
}

/** The process that serves a SQLite file, as `runningServer` tells it. */
export function serverPid(databasePath: string): number | undefined {
  return runningServer(databasePath)?.pid;
}

/**
 * Who serves a SQLite file, as far as can be told without taking its lock; undefined if nobody seems to. Changes
 * nothing.
 */
export function runningServer(databasePath: string): LockHolder | undefined {
  const path = `${realPath(databasePath)}.lock`;
  if (!existsSync(path)) return undefined;
  const file = new DatabaseSync(path, { readOnly: true });
  try {
    const holder = readHolder(file);
    return holder.pid === undefined ? undefined : holder;
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

const unknownHolder: LockHolder = { pid: undefined, isInMaintenance: false };

/** What a process wrote that still runs: of one that was killed the row stays until the next has written its own. */
function readHolder(file: DatabaseSync): LockHolder {
  try {
    const row = file.prepare('select * from holder').get();
    if (!row || !isAlive(Number(row.pid))) return unknownHolder;
    const place = JSON.parse(String(row.place ?? 'null')); // an older release said none
    return {
      pid: Number(row.pid),
      isInMaintenance: row.is_in_maintenance === 1,
      ...(place && { place }),
    };
  } catch {
    return unknownHolder;
  }
}
