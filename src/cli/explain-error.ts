import { AppError } from '../errors.ts';
import { CommandError } from './command-error.ts';

// https://sqlite.org/rescode.html
const sqliteFaults: Readonly<Record<number, (path: string) => string>> = {
  5: (path) => `${path} is locked by another process. Try again when that is done.`,
  8: notWritable,
  10: (path) => `The disk failed while ${path} was read or written. Look at the system's log.`,
  11: (path) => `${path} is damaged. Put the newest backup in its place.`,
  13: (path) => `The disk is full: ${path} cannot grow. Nothing was changed.`,
  14: (path) => `Cannot open ${path}. Check that this user may read and write it and its folder.`,
  26: (path) =>
    `${path} is not a SQLite database, or its first page is damaged. Name another with --data or ` +
    '--database, or put a backup in its place.',
};

function notWritable(path: string): string {
  return `Cannot write ${path}. Run as the user whose file and folder it is.`;
}

/**
 * Turns an error of the database into one that names the file and says what to do; gives any other
 * error back as it is.
 */
export function explainDatabaseError(error: unknown, path: string): unknown {
  const cause = error instanceof AppError && error.options.cause ? error.options.cause : error;
  if (!(cause instanceof Error)) return error;
  if ('code' in cause && cause.code === 'EACCES') {
    return new CommandError(notWritable(path), { cause });
  }
  if (!('errcode' in cause)) return error;
  const explain = sqliteFaults[Number(cause.errcode) & 0xff];
  return explain ? new CommandError(explain(path), { cause }) : error;
}
