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
): Promise<{ added: AddedTexts; problems: string[] }> {
  if (Object.keys(given).length === 0) return { added: {}, problems: [] };
  const { textProblem } = await loadTextRules();
  const problems: string[] = [];
  const added = Object.entries(given).map(([locale, texts]) => {
    const good = Object.entries(texts).filter(([name, text]) => {
      const problem = isTextName(name) ? textProblem(name, text, locale) : unknownText(name);
      if (problem !== undefined) problems.push(`${locale}, ${name}: ${problem}`);
      return problem === undefined;
    });
    return [locale, Object.fromEntries(good)];
  });
  return { added: Object.fromEntries(added), problems };
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
