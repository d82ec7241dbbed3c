/** Language tags (BCP 47, RFC 5646), and which of several languages somebody is best served in. */

/** What RFC 5646 4.4.1 takes for enough. */
const maxTagLength = 35;

/**
 * A language tag in its canonical form; `de_AT`, as some systems write it, too.
 *
 * @returns undefined if it is not a language tag
 */
export function languageTag(text: string): string | undefined {
  if (text === '' || text.length > maxTagLength) return undefined;
  try {
    return Intl.getCanonicalLocales(text.replaceAll('_', '-'))[0];
  } catch {
    return undefined;
  }
}

/**
 * The language for somebody (RFC 4647 3.4, Lookup): `de` for `de-AT`.
 *
 * @param wanted language tags, the best first; null and undefined say nothing
 * @param languages the available ones, in canonical form
 * @returns undefined if none of them is wanted
 */
export function findLanguage<Language extends string>(
  wanted: readonly (string | null | undefined)[],
  languages: readonly Language[],
): Language | undefined {
  for (const tag of wanted) {
    for (let range = languageTag(tag ?? ''); range !== undefined; range = shorterRange(range)) {
      const found = languages.find((language) => language === range);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Without its last subtag, and without a single letter that would then be its last. */
function shorterRange(range: string): string | undefined {
  const shorter = range.replace(/(-[a-z\d])?-[^-]+$/i, '');
  return shorter === range ? undefined : shorter;
}
