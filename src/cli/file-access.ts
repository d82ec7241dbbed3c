import { accessSync, constants } from 'node:fs';

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
