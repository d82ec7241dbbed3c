import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../errors/index.ts';
import { OperatorError } from '../lib/operator-error.ts';
import { CommandError } from './command-error.ts';
import { explainPostgresError } from './explain-postgres.ts';

// https://sqlite.org/rescode.html
const sqliteProblems: Readonly<Record<number, (path: string) => string>> = {
  3: notOpened,
  5: (path) => `${path} is locked by another process. Try again when that is done.`,
  6: (path) => `${path} is locked by another process. Try again when that is done.`,
  8: notWritable,
  10: (path) =>
    isDirectory(path)
      ? notOpened(path) // SQLite opens it to read, and fails when it does
      : `The disk failed while ${path} was read or written. Look at the system's log.`,
  11: damaged,
  13: (path) => `The disk is full: ${path} cannot grow. Nothing was changed.`,
  14: notOpened,
  26: (path) =>
    `${path} is not a SQLite database, or its first page is damaged. Name another with --data or ` +
    '--database, or put a backup in its place: latchkey restore FILE --force',
};

/**
 * Turns an error of the database into one that names the file, or the location, and says what to do. Returns any
 * other error unchanged.
 */
export function explainDatabaseError(error: unknown, path: string): unknown {
  const cause = error instanceof AppError && error.options.cause ? error.options.cause : error;
  if (path.startsWith('postgres://')) {
    if (error instanceof OperatorError) return error;
    const text = explainPostgresError(error, path);
    return text === undefined ? error : new CommandError(text, { cause });
  }
  if (!(cause instanceof Error) || !('errcode' in cause)) return error;
  const explain = sqliteProblems[Number(cause.errcode) & 0xff];
  if (!explain) return error;
  return new CommandError(explain(path), { cause });
}

function damaged(path: string): string {
  return (
    `${path} is damaged. Stop the server and put the newest backup in its place: ` +
    'latchkey restore FILE --force. It keeps the damaged file. "latchkey doctor" says more.'
  );
}

/** Why a file cannot be opened, as far as looking at it tells. */
function notOpened(path: string): string {
  const folder = dirname(path);
  const isFolder = isDirectory(path);
  if (isFolder) return `Cannot open ${path}: it is a folder. Name a file with --database.`;
  const folderIsThere = isDirectory(folder);
  if (folderIsThere === undefined) {
    return `Cannot open ${path}: there is no folder ${folder}. Make it, or name another.`;
  }
  if (!folderIsThere) return `Cannot open ${path}: ${folder} is not a folder. Name another.`;
  return notWritable(path);
}

function notWritable(path: string): string {
  const folder = dirname(path);
  for (const place of [folder, path]) {
    const code = writeProblem(place);
    if (code === 'EROFS') return `Cannot write ${path}: the file system is read-only.`;
    if (code === 'EACCES' || code === 'EPERM') {
      return `Cannot write ${path}: this user cannot write to ${place}. Run the command as the owner of the file.`;
    }
  }
  return `Cannot open ${path} for writing. Check who may write to it and to ${folder}.`;
}

function writeProblem(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** Undefined if there is nothing. */
function isDirectory(path: string): boolean | undefined {
  try {
    return statSync(path).isDirectory();
  } catch {
    return undefined;
  }
}
