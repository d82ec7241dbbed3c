import { nearest } from '../../../../lib/nearest.ts';
import { type AddedTexts, createMailTexts, isTextName, textNames } from './mail-texts.ts';

/**
 * Checks the texts of an operator's file.
 *
 * @param given by language and name
 * @returns what can be used, and everything that is wrong with the rest
 */
export async function checkAddedTexts(
  given: AddedTexts,
): Promise<{ added: AddedTexts; faults: string[] }> {
  if (Object.keys(given).length === 0) return { added: {}, faults: [] };
  const { textFault } = await loadTextRules();
  const faults: string[] = [];
  const added = Object.entries(given).map(([locale, texts]) => {
    const good = Object.entries(texts).filter(([name, text]) => {
      const fault = isTextName(name) ? textFault(name, text, locale) : unknownText(name);
      if (fault !== undefined) faults.push(`${locale}, ${name}: ${fault}`);
      return fault === undefined;
    });
    return [locale, Object.fromEntries(good)];
  });
  return { added: Object.fromEntries(added), faults };
}

/** What a text may be: with the parser, which nothing else needs at the start. */
export const loadTextRules = () => import('./format-text.ts');

function unknownText(name: string): string {
  const meant = nearest(name, textNames);
  return `There is no such text.${meant === undefined ? '' : ` Did you mean ${meant}?`}`;
}

/** The texts that a language of a file lacks, and that so are in English. */
export function missingTexts(added: AddedTexts, locale: string): string[] {
  const texts = createMailTexts(undefined, added);
  return textNames.filter((name) => !locale.startsWith(texts.find(locale, name)[0]?.locale ?? ''));
}
