import { AppError } from '../errors.ts';

/** What errors of the engines mean to the rest of the program. */

// https://sqlite.org/rescode.html
const sqlite = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  notADatabase: 26,
} as const;

const sqliteUnique = 2067;
const sqlitePrimaryKey = 1555;

const passing: ReadonlySet<number | undefined> = new Set([
  sqlite.busy,
  sqlite.locked,
  sqlite.readOnly,
  sqlite.ioError,
  sqlite.full,
  sqlite.cannotOpen,
  sqlite.protocol,
]);

/** The primary result code of a SQLite error: the low byte of the extended one. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** Whether another connection holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === sqlite.busy || code === sqlite.locked;
}

/** Whether what was read is not what SQLite writes. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === sqlite.corrupt || code === sqlite.notADatabase;
}

/** Whether a write failed because it would have broken a unique index. */
export function isUniqueViolation(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    (error.errcode === sqliteUnique || error.errcode === sqlitePrimaryKey)
  );
}

/** An error of an engine; one that may pass (a full disk, a lock) becomes a 503. */
export function translateDatabaseError(error: unknown): unknown {
  if (!passing.has(sqliteCode(error))) return error;
  return new AppError('database_unavailable', { cause: error, headers: { 'retry-after': '1' } });
}
