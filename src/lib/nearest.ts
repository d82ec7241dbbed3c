/**
 * The candidate that somebody who typed `text` most likely meant, in any letter case; undefined if no candidate is
 * near.
 *
 * @param maxDistance how many letters may differ; by default two, or a third of a long candidate
 */
export function nearest<T extends string>(
  text: string,
  candidates: readonly T[],
  maxDistance?: number,
): T | undefined {
  const typed = text.toUpperCase().slice(0, 100);
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(typed, candidate.toUpperCase()) }))
    .sort((left, right) => left.distance - right.distance);
  const best = ranked[0];
  if (!best) return undefined;
  const most = maxDistance ?? Math.max(2, best.candidate.length / 3);
  return best.distance <= most ? best.candidate : undefined;
}

/** How many letters must be added, removed or replaced (Levenshtein). */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const replaced = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[right.length] as number;
}
