import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperatorError } from '../../lib/operator-error.ts';
import { countOf } from '../../lib/words.ts';
import { isBusy, isDamage } from '../errors.ts';
import { compareMigrations } from '../migrate.ts';
import { giveToOwnerOf, syncFolderOf, syncToDisk } from './durable.ts';
import { appliedMigrations, checkPages, tableNames } from './inspect.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';
import { acquireServerLock, processWords } from './server-lock.ts';

export interface RestoreOptions {
  /** Whether a database that holds anything may be replaced. */
  readonly overwrite: boolean;
  /** Whether everybody must sign in again. */
  readonly endSessions: boolean;
  readonly nowMs: number;
}

export interface Restored extends Reconciliation {
  /** Where the replaced database is kept; undefined if there was none. */
  readonly keptAs: string | undefined;
  /** The migrations that the next start will apply. */
  readonly pending: readonly string[];
}

/** A backup that could not be restored, and why. The database is as it was. */
export class RestoreError extends OperatorError {
  override readonly name = 'RestoreError';
}

const busyLimitMs = 5_000;
/** What SQLite may keep beside a file. Left beside another file, they would be applied to it. */
const companions = ['-wal', '-shm', '-journal'];

/**
 * Puts a backup in the place of a database, all at once: after a crash at any moment there is the one or the other.
 * The previous database is kept.
 *
 * @param file the backup; it is only read
 * @param databasePath where the database is, or will be; its folder must be there
 * @throws RestoreError if it cannot be restored; then the database is unchanged
 */
export function restoreSqlite(
  file: string,
  databasePath: string,
  options: RestoreOptions,
): Restored {
  refuseSource(file, databasePath);
  const path = existsSync(databasePath) ? realpathSync(databasePath) : databasePath; // a link stays one
  const lock = acquireServerLock(path);
  if (!('release' in lock)) {
    throw new RestoreError(
      `A server${processWords(lock)} runs on ${path}. Stop it first; start it again afterwards.`,
    );
  }
  const candidate = `${path}.restoring`;
  try {
    removeWithCompanions(candidate); // of a restore that was cut off
    const pending = copyBackup(file, candidate);
    return { pending, ...replace(path, candidate, options) };
  } finally {
    removeWithCompanions(candidate);
    lock.release();
  }
}

function refuseSource(file: string, databasePath: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new RestoreError(`There is no file ${file}.`);
  if (!found.isFile()) throw new RestoreError(`${file} is not a file.`);
  if (existsSync(databasePath) && realpathSync(file) === realpathSync(databasePath)) {
    throw new RestoreError(`${file} is the database itself. Name a backup of it.`);
  }
  if (!existsSync(`${file}.lock`)) return;
  // The database of another server: what is copied while that one writes may be half of each.
  const lock = acquireServerLock(file);
  if (!('release' in lock)) {
    throw new RestoreError(
      `A server${processWords(lock)} runs on ${file}. Make a backup of it: latchkey backup`,
    );
  }
  lock.release();
}

/**
 * Copies a backup beside the database and looks whether it may take its place.
 *
 * @returns the migrations that it lacks
 */
function copyBackup(file: string, candidate: string): readonly string[] {
  copyFileSync(file, candidate);
  chmodSync(candidate, 0o600);
  // Not of ours, but of a database file that was copied by hand: its last commits may be in there.
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${candidate}-wal`);
  try {
    const copy = new DatabaseSync(candidate);
    try {
      copy.exec('pragma journal_mode = delete');
      return checkCandidate(file, copy);
    } finally {
      copy.close();
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new RestoreError(`${file} is not a sound SQLite database (${(error as Error).message}).`);
  }
}

function checkCandidate(file: string, copy: DatabaseSync): readonly string[] {
  const problems = checkPages(copy, 'integrity_check');
  if (problems.length > 0) throw new RestoreError(`${file} is damaged: ${problems[0]}`);
  const tables = tableNames(copy);
  if (!tables.has('users') || !tables.has('sessions')) {
    throw new RestoreError(`${file} is not a database of Latchkey.`);
  }
  const { pending } = compareMigrations(file, { tables, applied: appliedMigrations(copy) });
  const orphans = copy.prepare('pragma foreign_key_check').all().length;
  if (orphans > 0) {
    throw new RestoreError(
      `${file} is damaged: ${countOf(orphans, 'row')} of it refer to what is not there.`,
    );
  }
  return pending;
}

/** Brings the candidate up to what must not be forgotten, and puts it in the database's place. */
function replace(
  path: string,
  candidate: string,
  options: RestoreOptions,
): Omit<Restored, 'pending'> {
  if (!existsSync(path)) {
    const result = reconcile(undefined, candidate, options);
    giveToOwnerOf(dirname(path), candidate);
    moveIntoPlace(candidate, path);
    return { ...result, keptAs: undefined };
  }
  const old = openAlone(path, options.overwrite);
  try {
    const result = reconcile(old, candidate, options);
    giveToOwnerOf(path, candidate);
    const keptAs = keep(path, options.nowMs);
    moveIntoPlace(candidate, path);
    return { ...result, keptAs };
  } finally {
    old?.close();
  }
}

/**
 * Opens the database that will be replaced, so that nobody else has it open until it is closed again, with all of it
 * in its one file.
 *
 * @returns undefined if it is too damaged to be opened
 */
function openAlone(path: string, overwrite: boolean): DatabaseSync | undefined {
  if (!isSqliteFile(path)) {
    if (!overwrite && statSync(path).size > 0) throw wouldBeReplaced(path);
    return undefined; // SQLite would remove the -wal beside it, which may be all that is left
  }
  const file = new DatabaseSync(path, { timeout: busyLimitMs });
  try {
    if (!overwrite && everHeldRows(file)) throw wouldBeReplaced(path);
    // Moves what is in the -wal into the file, and fails while anybody else has it open.
    file.exec('pragma journal_mode = delete');
    file.exec('pragma locking_mode = exclusive');
    file.exec('begin exclusive; commit');
    return file;
  } catch (error) {
    file.close();
    if (isBusy(error)) {
      throw new RestoreError(`Another command is at work on ${path}. Try again when it is done.`);
    }
    if (!isDamage(error)) throw error;
    if (!overwrite) throw wouldBeReplaced(path);
    return undefined;
  }
}

const magic = Buffer.from('SQLite format 3\0');

function isSqliteFile(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const start = Buffer.alloc(magic.length);
    readSync(fd, start, 0, start.length, 0);
    return start.equals(magic);
  } finally {
    closeSync(fd);
  }
}

/** Whether any user, session or change was ever stored. */
function everHeldRows(file: DatabaseSync): boolean {
  const isSequenced = file
    .prepare("select 1 from sqlite_schema where name = 'sqlite_sequence'")
    .get();
  if (!isSequenced) return tableNames(file).size > 0;
  return file.prepare('select 1 from sqlite_sequence where seq > 0 limit 1').get() !== undefined;
}

function wouldBeReplaced(path: string): RestoreError {
  return new RestoreError(`${path} holds a database. To replace it (it is kept beside): --force`);
}

/** Keeps what is at a path under another name, which says when it was replaced. */
function keep(path: string, nowMs: number): string {
  const keptAs = nameToKeep(path, nowMs);
  // First, and not with the rest: beside the restored file they would be applied to it.
  for (const suffix of companions) {
    if (existsSync(path + suffix)) renameSync(path + suffix, keptAs + suffix);
  }
  try {
    linkSync(path, keptAs); // so that there is a database under its name at every moment
  } catch {
    renameSync(path, keptAs); // a file system without links
  }
  syncFolderOf(path);
  return keptAs;
}

function nameToKeep(path: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const name = `${path}.before-restore-${time}`;
  return existsSync(name) ? `${name}-${process.pid}` : name;
}

function moveIntoPlace(candidate: string, path: string): void {
  syncToDisk(candidate);
  renameSync(candidate, path);
  syncFolderOf(path);
}

function removeWithCompanions(path: string): void {
  for (const suffix of ['', ...companions]) rmSync(path + suffix, { force: true });
}
