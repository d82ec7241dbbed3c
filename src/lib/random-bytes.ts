import { randomFillSync } from 'node:crypto';

/** The bytes that were taken from the system and not handed out yet: from `used` on. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/**
 * Bytes that nobody can guess, for tokens and keys. Many are taken from the system at a time, because a call for each
 * costs more than all else that is done with them; what was handed out is wiped here. (`randomUUID` of Node does the
 * same.)
 *
 * @param size 4096 at most
 */
export function randomBytes(size: number): Buffer {
  if (used + size > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const taken = pool.subarray(used, used + size);
  const bytes = Buffer.from(taken);
  taken.fill(0);
  used += size;
  return bytes;
}
