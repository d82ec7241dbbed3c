import { readFileSync } from 'node:fs';
import { isSource } from '../../../lib/own-package.ts';
import { foldCase } from '../../../lib/text.ts';

/**
 * The common passwords that we ship; see tools/blocklist.ts for their source.
 *
 * They are searched in the bytes of the file: those take 0.4 MB, a set of 49,000 strings takes 3 MB of heap. They are
 * read at the first use, because many processes never need them.
 */
let list: Buffer | undefined;

const listFile = isSource ? './blocklist.txt' : './assets/blocklist.txt';
const lineEnd = 0x0a;

/** Whether a password is a common one, in any letter case. */
export function isCommonPassword(password: string): boolean {
  list ??= readFileSync(new URL(listFile, import.meta.url));
  return hasLine(list, Buffer.from(foldCase(password)));
}

/** A binary search over lines that are in the order of their bytes, each with its end. */
function hasLine(lines: Buffer, wanted: Buffer): boolean {
  let low = 0; // where a line starts
  let high = lines.length; // where one has ended
  while (low < high) {
    const middle = (low + high) >> 1;
    const start = middle === 0 ? 0 : lines.lastIndexOf(lineEnd, middle - 1) + 1;
    const end = lines.indexOf(lineEnd, start);
    const order = lines.compare(wanted, 0, wanted.length, start, end);
    if (order === 0) return true;
    if (order < 0) low = end + 1;
    else high = start;
  }
  return false;
}
