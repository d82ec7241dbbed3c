import { maxListLength } from '../../platform/audit/index.ts';

/** What a list has to gain and to lose to become another. */
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
 * A difference in as many parts as the events take that record it, whose lists are short.
 *
 * @param isAnyway whether there is a part where there is no difference
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
