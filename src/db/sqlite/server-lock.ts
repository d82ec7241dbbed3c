import { realpathSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** What the holder of the lock says of itself. */
export interface LockHolder {
  readonly pid: number;
}

export interface ServerLock {
  release(): void;
}

/**
 * Makes this process the only server on a SQLite file. The lock is one of SQLite's own on a file
 * beside it, so the kernel lets go of it when the process dies, however it dies.
 *
 * @param databasePath an existing database file
 * @returns the lock, or who holds it
 */
export function acquireServerLock(databasePath: string): ServerLock | LockHolder {
  const file = new DatabaseSync(`${realpathSync(databasePath)}.lock`, { timeout: 0 });
  try {
    file.exec('create table if not exists holder (pid integer not null)');
    file.exec('begin immediate; delete from holder');
    file.prepare('insert into holder (pid) values (?)').run(process.pid);
    file.exec('commit; begin immediate'); // others can read who it is, none can begin to write
  } catch {
    const holder = readHolder(file);
    file.close();
    return holder;
  }
  return { release: () => file.close() };
}

function readHolder(file: DatabaseSync): LockHolder {
  try {
    const row = file.prepare('select pid from holder').get();
    return { pid: Number(row?.pid ?? 0) };
  } catch {
    return { pid: 0 };
  }
}
