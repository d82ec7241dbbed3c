import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { debuglog } from 'node:util';
import { AppError } from '../errors.ts';
import { OperatorError } from '../lib/operator-error.ts';
import { SettingValueError } from '../settings/registry.ts';
import { CommandError, exitStatus, UsageError } from './command-error.ts';
import { ConfigError } from './config.ts';
import { explainPostgresError } from './explain-postgres.ts';

/**
 * What went wrong, for whoever gave the command: never a stack. Whoever wants that sets
 * `NODE_DEBUG=latchkey`.
 */
export function explainError(error: unknown): { text: string; status: number } {
  debuglog('latchkey')('%O', error);
  if (error instanceof ConfigError) {
    const faults = error.faults.map((fault) => `  - ${fault}`).join('\n');
    return { text: `The configuration has faults:\n${faults}`, status: exitStatus.usage };
  }
  if (error instanceof UsageError || error instanceof SettingValueError) {
    return { text: error.message, status: exitStatus.usage };
  }
  if (error instanceof AppError && error.code === 'invalid_fields') {
    return { text: fieldFaults(error), status: exitStatus.usage };
  }
  return { text: textOf(error), status: exitStatus.failed };
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof OperatorError) return error.message;
  // Ctrl+C at a prompt.
  if (error.name === 'ExitPromptError') return 'Stopped. Nothing was changed.';
  return systemFault(error) ?? (firstLine(error.message) || error.name);
}

/** The flags that commands have for what HTTP calls otherwise. */
const flags: Readonly<Record<string, string>> = {
  cursor: '--after',
  search: '--search',
  address: '--address',
  since: '--since',
  until: '--until',
};

/** One line for each field: `email: Enter a valid email address.` */
function fieldFaults(error: AppError): string {
  const members = Object.entries(error.options.members ?? {}) as [string, readonly string[]][];
  return members
    .map(([field, messages]) => `${flags[field] ?? field}: ${messages.join(' ')}`)
    .join('\n');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

const systemFaults: Readonly<Record<string, string>> = {
  EACCES: 'permission denied. Run as the user whose file or folder it is',
  EPERM: 'the operation is not permitted. Run as the user whose file or folder it is',
  EROFS: 'the file system is read-only',
  ENOSPC: 'there is no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'no file may grow so large, by a limit of the system or of this user',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder, not a file',
  EMFILE: 'too many files are open',
  EIO: 'the disk failed',
};

const isOfWriting: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG']);

/** What an error of the operating system means; undefined for any other error. */
function systemFault(error: Error): string | undefined {
  const { code, path, dest, syscall, address, port, hostname } = error as NodeJS.ErrnoException &
    Partial<Record<'dest' | 'address' | 'port' | 'hostname', unknown>>;
  if (code === undefined) return undefined;
  if (syscall === 'listen' && code === 'EACCES') {
    return `Port ${port} takes rights that this user does not have. Choose one above 1023 with --port.`;
  }
  if (code === 'EADDRNOTAVAIL') {
    return `This machine does not have the address ${address}. Give one of its own with --host.`;
  }
  if (syscall === 'getaddrinfo') {
    return `No address is known for the host "${hostname}". Check --host / LATCHKEY_HOST.`;
  }
  const meaning = systemFaults[code];
  if (meaning === undefined) return undefined;
  // What is copied or renamed is read at its path, and written at its destination.
  const place = isOfWriting.has(code) ? (dest ?? path) : path;
  return `${place === undefined ? 'The system refused' : `Cannot use ${place}`}: ${meaning} (${code}).`;
}

// https://sqlite.org/rescode.html
const sqliteFaults: Readonly<Record<number, (path: string) => string>> = {
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
 * Turns an error of the database into one that names the file, or the location, and says what to do;
 * gives any other error back as it is.
 */
export function explainDatabaseError(error: unknown, path: string): unknown {
  const cause = error instanceof AppError && error.options.cause ? error.options.cause : error;
  if (path.startsWith('postgres://')) {
    if (error instanceof OperatorError) return error;
    const text = explainPostgresError(error, path);
    return text === undefined ? error : new CommandError(text, { cause });
  }
  if (!(cause instanceof Error) || !('errcode' in cause)) return error;
  const explain = sqliteFaults[Number(cause.errcode) & 0xff];
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
    const code = writeFault(place);
    if (code === 'EROFS') return `Cannot write ${path}: the file system is read-only.`;
    if (code === 'EACCES' || code === 'EPERM') {
      return `Cannot write ${path}: this user may not write to ${place}. Run as the user whose it is.`;
    }
  }
  return `Cannot open ${path} for writing. Check who may write to it and to ${folder}.`;
}

function writeFault(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** Undefined where there is nothing. */
function isDirectory(path: string): boolean | undefined {
  try {
    return statSync(path).isDirectory();
  } catch {
    return undefined;
  }
}
