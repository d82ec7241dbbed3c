import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { OperatorError } from '../../lib/operator-error.ts';
import { isWriteError } from '../errors.ts';
import { syncFolderOf } from './durable.ts';
import { checkPages, tableNames } from './inspect.ts';

/** The contents of a backup. */
export interface BackupContents {
  readonly bytes: number;
  readonly users: number;
  readonly sessions: number;
}

/** A backup that could not be made, and why. */
export class BackupError extends OperatorError {
  override readonly name = 'BackupError';
}

/** What went wrong with the copy: the database is as well as it was. */
export class CopyError extends Error {
  override readonly name = 'CopyError';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const busyLimitMs = 5_000;
const pagesPerStep = 4_000;

/**
 * Copies a database to a file while others read and write it. The copy is the database at one moment. It is checked,
 * and appears under its name only when it is complete and on the disk.
 *
 * @param databasePath an existing database
 * @param file the path of the copy; its folder must be there
 * @throws BackupError, or CopyError if the file cannot be written
 */
export async function backUpSqlite(
  databasePath: string,
  file: string,
  options: { overwrite: boolean },
): Promise<BackupContents> {
  refuseTarget(databasePath, file, options.overwrite);
  const partial = `${file}.partial`;
  rmSync(partial, { force: true }); // of a backup that was cut off
  const fd = openSync(partial, 'wx', 0o600);
  try {
    await copySnapshot(databasePath, partial);
    const contents = completeCopy(partial, fd);
    if (!isSameFile(fd, partial)) {
      throw new BackupError(`Another backup to ${file} began meanwhile. Make one at a time.`);
    }
    if (!options.overwrite && existsSync(file)) throw alreadyThere(file);
    renameSync(partial, file);
    syncFolderOf(file);
    return { ...contents, bytes: statSync(file).size };
  } catch (error) {
    if (isSameFile(fd, partial)) rmSync(partial);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function isSameFile(fd: number, path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
}

function refuseTarget(databasePath: string, file: string, overwrite: boolean): void {
  const folder = dirname(file);
  if (!existsSync(folder)) {
    throw new BackupError(`There is no folder ${folder}. Make it, or name another.`);
  }
  if (!existsSync(file)) return;
  if (!statSync(file).isFile()) {
    throw new BackupError(`${file} is not a file. Name one: ${join(file, 'latchkey.backup')}`);
  }
  if (realpathSync(file) === realpathSync(databasePath)) {
    throw new BackupError(`${file} is the database itself. Name another file.`);
  }
  if (!overwrite) throw alreadyThere(file);
}

function alreadyThere(file: string): BackupError {
  return new BackupError(
    `${basename(file)} is there already. Name another, or replace it: --force`,
  );
}

/**
 * Copies the database as it is now. The open transaction keeps that moment: without it every commit of the server
 * would make the copy start again, and under load it would never end.
 */
async function copySnapshot(databasePath: string, target: string): Promise<void> {
  const source = new DatabaseSync(databasePath, { timeout: busyLimitMs });
  try {
    source.exec('begin');
    source.prepare('select count(*) from sqlite_schema').get();
    await backup(source, target, { rate: pagesPerStep }).catch((error) => {
      throw isWriteError(error) ? new CopyError(error) : error; // of the database it only reads
    });
    source.exec('rollback');
  } finally {
    source.close();
  }
}

/** Makes one plain file of the copy, without a -wal beside it, looks whether it is sound, and syncs it. */
function completeCopy(path: string, fd: number): Omit<BackupContents, 'bytes'> {
  try {
    const contents = checkCopy(path);
    fsyncSync(fd);
    return contents;
  } catch (error) {
    throw error instanceof BackupError ? error : new CopyError(error);
  }
}

function checkCopy(path: string): Omit<BackupContents, 'bytes'> {
  const copy = new DatabaseSync(path);
  try {
    copy.exec('pragma journal_mode = delete');
    const problems = checkPages(copy, 'integrity_check');
    if (problems.length > 0) {
      throw new BackupError(
        `The database is damaged (${problems[0]}), and so is this copy, which was not kept. Restore an ` +
          'older backup, or copy the database file by hand while the server is stopped.',
      );
    }
    const tables = tableNames(copy);
    if (!tables.has('users') || !tables.has('sessions')) {
      throw new BackupError('The database is not one of Latchkey. Name another with --data.');
    }
    return { users: countRows(copy, 'users'), sessions: countRows(copy, 'sessions') };
  } finally {
    copy.close();
  }
}

function countRows(file: DatabaseSync, table: 'users' | 'sessions'): number {
  return Number(file.prepare(`select count(*) as n from ${table}`).get()?.n);
}
