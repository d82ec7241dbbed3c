import { foldCase } from '../../../lib/text.ts';

/** From where on two texts are alike: at 1 they have the same letters, at 0 none in common. */
const threshold = 0.7;

/**
 * Whether a password is like another text, by the measure that Django has for it
 * (`UserAttributeSimilarityValidator`): the text as a whole, and each word of it, is held against the
 * password by the letters that they share, in whatever order. `ada.lovelace@example.com` is like
 * `lovelace1`, `ECALEVOL` and `3xample.` alike.
 *
 * Takes time linear in the lengths of both.
 */
export function isSimilar(password: string, text: string): boolean {
  const whole = foldCase(text);
  const letters = Array.from(foldCase(password));
  const has = new Map<string, number>();
  for (const letter of letters) has.set(letter, (has.get(letter) ?? 0) + 1);
  const words = [...whole.split(/[^\p{L}\p{N}_]+/u), whole].filter((word) => word !== '');
  return words.some((word) => likeness(letters.length, has, Array.from(word)) >= threshold);
}

/** Twice the letters that both have, over all letters of both. */
function likeness(
  length: number,
  has: ReadonlyMap<string, number>,
  word: readonly string[],
): number {
  const taken = new Map<string, number>();
  let shared = 0;
  for (const letter of word) {
    const count = (taken.get(letter) ?? 0) + 1;
    taken.set(letter, count);
    if (count <= (has.get(letter) ?? 0)) shared += 1;
  }
  return (2 * shared) / (length + word.length);
}
