import { debuglog } from 'node:util';
import { AppError } from '../errors/index.ts';
import { InputError, OperatorError } from '../lib/operator-error.ts';
import { exitStatus, TryLater } from './command-error.ts';

/**
 * What went wrong, for the user of the command: never a stack. To see the stack, set
 * `NODE_DEBUG=latchkey`.
 */
export function explainError(error: unknown): { text: string; status: number } {
  debuglog('latchkey')('%O', error);
  if (error instanceof TryLater) return { text: error.message, status: exitStatus.tryLater };
  if (error instanceof InputError) return { text: error.message, status: exitStatus.usage };
  if (error instanceof AppError && error.code === 'invalid_fields') {
    return { text: fieldProblems(error), status: exitStatus.usage };
  }
  return { text: textOf(error), status: exitStatus.failed };
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof OperatorError) return error.message;
  // Ctrl+C at a prompt.
  if (error.name === 'ExitPromptError') return 'Stopped. Nothing was changed.';
  return missingPackage(error) ?? systemProblem(error) ?? (firstLine(error.message) || error.name);
}

/** After an upgrade of a checkout, the installed packages are still the previous ones. */
function missingPackage(error: Error & { readonly code?: unknown }): string | undefined {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const [, name] = /^Cannot find package '([^']+)'/.exec(error.message) ?? [];
  return name && `The package ${name} is not installed. Install what this version needs: npm ci`;
}

/** The flags that commands have for what HTTP calls otherwise. */
const flags: Readonly<Record<string, string>> = {
  cursor: '--after',
  search: '--search',
  ip: '--ip',
  since: '--since',
  until: '--until',
};

/** One line for each field: `email: Enter a valid email address.` */
function fieldProblems(error: AppError): string {
  const members = Object.entries(error.options.members ?? {}) as [string, readonly string[]][];
  return members
    .map(([field, messages]) => `${flags[field] ?? field}: ${messages.join(' ')}`)
    .join('\n');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

const systemProblems: Readonly<Record<string, string>> = {
  EACCES: 'permission denied. Run as the owner of the file or folder',
  EPERM: 'the operation is not allowed. Run as the owner of the file or folder',
  EROFS: 'the file system is read-only',
  ENOSPC: 'there is no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than a limit of the system or of this user allows',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder, not a file',
  EMFILE: 'too many files are open',
  EIO: 'the disk failed',
};

const isOfWriting: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG']);

/** The meaning of an error of the operating system; undefined for any other error. */
function systemProblem(error: Error): string | undefined {
  const { code, path, dest, syscall, address, port, hostname } = error as NodeJS.ErrnoException &
    Partial<Record<'dest' | 'address' | 'port' | 'hostname', unknown>>;
  if (code === undefined) return undefined;
  if (syscall === 'listen' && code === 'EACCES') {
    return `This user is not allowed to listen on port ${port}. Choose one above 1023 with --port.`;
  }
  if (code === 'EADDRNOTAVAIL') {
    return `This machine does not have the IP ${address}. Choose one that it has with --host.`;
  }
  if (syscall === 'getaddrinfo') {
    return `The host "${hostname}" has no IP. Check --host / LATCHKEY_HOST.`;
  }
  const meaning = systemProblems[code];
  if (meaning === undefined) return undefined;
  // A file that is copied or renamed is read at its path, and written at its destination.
  const place = isOfWriting.has(code) ? (dest ?? path) : path;
  return `${place === undefined ? 'The system refused' : `Cannot use ${place}`}: ${meaning} (${code}).`;
}
