import { chownSync, closeSync, constants, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Waits until the disk has a file, or the names in a folder. */
export function syncToDisk(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Waits until the disk has the name of a file: without this a rename may be undone by a crash. */
export function syncFolderOf(path: string): void {
  if (process.platform === 'win32') return; // cannot be asked for there
  syncToDisk(dirname(path));
}

/**
 * Gives a file to the owner of another file or folder. Only root can do this, and root must: the server's own user
 * could not open what root makes.
 */
export function giveToOwnerOf(model: string, path: string): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(model);
  chownSync(path, uid, gid);
}
