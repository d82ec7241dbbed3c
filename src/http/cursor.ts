import { createHash } from 'node:crypto';
import { AppError } from '../errors/index.ts';

/**
 * Where a list goes on, as a text that clients hand back and never look into. It belongs to one list:
 * with another order or other filters it would skip or repeat rows, so then it is refused.
 */

/** A position in a list: the sort key of the last row, and what else the list needs to go on. */
export type Position = readonly (string | number)[];

/** Longer ones are not ours: the longest key is an email. */
const maxLength = 2_048;

/** @param list names the list with its order and filters */
export function writeCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify([markOf(list), ...position])).toString('base64url');
}

/**
 * Reads a cursor that `writeCursor` has made for the same list.
 *
 * @param isPosition whether the list can go on from there: cursors are not signed
 * @throws AppError `invalid_fields` if it is from another list, or not a cursor
 */
export function readCursor(
  list: string,
  cursor: string,
  isPosition: (position: Position) => boolean,
): Position {
  const [mark, ...position] = parse(cursor) ?? [];
  if (mark !== markOf(list) || !isPosition(position)) throw badCursor();
  return position;
}

/** A cursor that cannot be gone on from. */
export function badCursor(): AppError {
  return new AppError('invalid_fields', {
    members: { cursor: ['This cursor is not of this list. Begin again without one.'] },
  });
}

function parse(cursor: string): Position | undefined {
  if (cursor.length > maxLength) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.toString('base64url') !== cursor) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return Array.isArray(value) && value.every(isPart) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Values that a database can be asked for: no other number, and no text that it could not store. */
function isPart(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
}

/** Enough of SHA-256 to tell lists apart. */
function markOf(list: string): string {
  return createHash('sha256').update(list).digest('base64url').slice(0, 8);
}
