import { AppError } from '../errors/index.ts';

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

/** Extended codes: writing, syncing and cutting a file. */
const sqliteWriteErrors: ReadonlySet<unknown> = new Set([778, 1034, 1290, 1546]);
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

/** Whether SQLite could not write a file: its disk is full, or fails. */
export function isWriteError(error: unknown): boolean {
  if (sqliteCode(error) === sqlite.full) return true;
  return error instanceof Error && 'errcode' in error && sqliteWriteErrors.has(error.errcode);
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const postgres = {
  readOnly: '25006',
  noSuchStatement: '26000',
  statementExists: '42P05',
  notSupported: '0A000',
  uniqueViolation: '23505',
  serializationFailure: '40001',
  deadlock: '40P01',
  tooManyConnections: '53300',
  lockTimeout: '55P03',
  statementTimeout: '57014',
  ioError: '58030',
} as const;

/** Class 08: the connection, 53: resources such as the disk, 57P: the server stops, or starts. */
const postgresPassing = new RegExp(
  `^(08...|53...|57P..|${postgres.readOnly}|${postgres.serializationFailure}|${postgres.deadlock}|` +
    `${postgres.lockTimeout}|${postgres.statementTimeout}|${postgres.ioError})$`,
);

/** The SQLSTATE of an error of PostgreSQL. */
export function sqlState(error: unknown): string | undefined {
  const cause = causeOf(error);
  if (!(cause instanceof Error) || !('code' in cause) || !('severity' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}

/** What lies under an error that was translated. */
function causeOf(error: unknown): unknown {
  return error instanceof AppError ? error.options.cause : error;
}

/** The connection to PostgreSQL broke, or its answer did not come in time. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
  /** Whether a commit was under way: whether it happened is not known. */
  readonly isAtCommit: boolean;

  constructor(cause: unknown, isAtCommit: boolean) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(message, { cause });
    this.isAtCommit = isAtCommit;
  }
}

function isConnectionLost(error: unknown): boolean {
  return causeOf(error) instanceof ConnectionLostError;
}

/** Whether a connection must not be used again: the server has left, or has become a replica. */
export function endsConnection(error: unknown): boolean {
  return isConnectionLost(error) || /^(08...|57P..|25006)$/.test(sqlState(error) ?? '');
}

/** Whether this server accepts no writes: it is a replica, or was the primary before a failover. */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === postgres.readOnly;
}

/** Whether all the server's connections are in use. The connections that we have go on working. */
export function isTooManyConnections(error: unknown): boolean {
  return sqlState(error) === postgres.tooManyConnections;
}

/** Whether a transaction gave way to a concurrent one. It changed nothing and can be run again. */
export function isConflict(error: unknown): boolean {
  const state = sqlState(error);
  return state === postgres.serializationFailure || state === postgres.deadlock;
}

/**
 * Whether a statement was not run because the server does not know it by the name that it was prepared
 * under, has another by that name, or the tables have changed since.
 */
export function isStatementLost(error: unknown): boolean {
  const state = sqlState(error);
  if (state === postgres.noSuchStatement || state === postgres.statementExists) return true;
  return state === postgres.notSupported && /cached plan/.test(String(causeOf(error)));
}

/** Whether a transaction certainly changed nothing, and may succeed when it is run again. */
export function isRepeatable(error: unknown): boolean {
  const cause = causeOf(error);
  if (isStatementLost(error)) return true;
  return isConflict(error) || (cause instanceof ConnectionLostError && !cause.isAtCommit);
}

/** Whether a write failed because it would have broken a unique index. */
export function isUniqueViolation(error: unknown): boolean {
  if (sqlState(error) === postgres.uniqueViolation) return true;
  return (
    error instanceof Error &&
    'errcode' in error &&
    (error.errcode === sqliteUnique || error.errcode === sqlitePrimaryKey)
  );
}

/** An error of an engine. One that may pass (a full disk, a lock, a restart) becomes a 503. */
export function translateDatabaseError(error: unknown): unknown {
  const isPassing =
    passing.has(sqliteCode(error)) ||
    isConnectionLost(error) ||
    postgresPassing.test(sqlState(error) ?? '');
  return isPassing ? unavailable(error) : error;
}

/** The database cannot be used now. */
export function unavailable(cause: unknown): AppError {
  return new AppError('database_unavailable', { cause, headers: { 'retry-after': '1' } });
}
