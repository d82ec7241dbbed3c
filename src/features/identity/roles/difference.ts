import { maxListLength } from '../../platform/audit/index.ts';

/** What has to be added to a list, and removed from it, to make it another one. */
export interface Difference<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

export function difference<T>(before: readonly T[], after: readonly T[]): Difference<T> {
  return {
    added: after.filter((item) => !before.includes(item)),
    removed: before.filter((item) => !after.includes(item)),
  };
}

/**
 * Splits a difference into as many parts as there are events to record it, because their lists are short.
 *
 * @param isAnyway whether there is a part even if there is no difference
 */
export function changesInParts<T>(
  { added, removed }: Difference<T>,
  isAnyway: boolean,
): Difference<T>[] {
  const parts: Difference<T>[] = [];
  const length = Math.max(added.length, removed.length, isAnyway ? 1 : 0);
  for (let from = 0; from < length; from += maxListLength) {
    const to = from + maxListLength;
    parts.push({ added: added.slice(from, to), removed: removed.slice(from, to) });
  }
  return parts;
}
