import { accessSync, constants, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandError } from '../terminal/command-error.ts';

/** Whether this user may read and write a file or folder. */
export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a mode gives others any of some rights. Windows keeps rights elsewhere. */
export function isOpenTo(mode: number, rights: number): boolean {
  return process.platform !== 'win32' && (mode & rights) !== 0;
}

/**
 * Whether there is a file or folder. (`existsSync` says no if this user is not allowed to look.)
 *
 * @throws CommandError if this user is not allowed to look; it says who is
 */
export function isThere(path: string): boolean {
  return lookAt(path) !== undefined;
}

/** As `isThere`, with the information that the system has about it. */
export function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code !== 'EACCES') throw error;
    throw new CommandError(closedTo(path), { cause: error });
  }
}

/** Which of the folders above a path is closed to this user, and to whom it is not. */
function closedTo(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const { uid } = statSync(folder);
      const owner = userName(uid);
      return (
        `This user cannot read ${folder}, which belongs to ${owner ?? `user id ${uid}`}. ` +
        `Run as that user: sudo -u ${owner ?? `'#${uid}'`} latchkey …`
      );
    } catch {
      if (folder === dirname(folder)) return `This user cannot read the folder of ${path}.`;
    }
  }
}

/** Undefined if the system's list does not have the user. */
function userName(uid: number): string | undefined {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    return lines.map((line) => line.split(':')).find(([, , id]) => id === String(uid))?.[0];
  } catch {
    return undefined;
  }
}
