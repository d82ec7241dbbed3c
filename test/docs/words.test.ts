import { expect, test } from 'vitest';
import { replacedWords } from '../replaced-words.ts';
import { readDocuments } from './documents.ts';

/** Where a replaced word is right: where it is explained, or the term of somebody else. */
const exceptions: readonly { readonly path: RegExp; readonly text: RegExp }[] = [
  { path: /^docs\/concepts\.md$/, text: /^\| email \| a mail address \|$/ },
];

/** The lines of prose, without code, links' targets and quoted text of the program. */
function proseLines(markdown: string): string[] {
  return markdown
    .replace(/^( *)```.*?^\1```$/gms, (block) => block.replace(/[^\n]/g, ''))
    .replace(/<!--.*?-->/gs, '')
    .replace(/`[^`]*`/g, (code) => code.replace(/[^\n]/g, '_'))
    .replace(/\]\([^)]*\)/g, ']')
    .split('\n');
}

/** A record of the past. */
const isLeftOut = (path: string) => path === 'CHANGELOG.md';

test('no document has a word that was replaced', () => {
  const found = readDocuments()
    .filter(({ path }) => !isLeftOut(path))
    .flatMap(({ path, text }) =>
      proseLines(text).flatMap((line, index) =>
        replacedWords.flatMap(({ words, use }) => {
          const word = words.exec(line)?.[0];
          const isAllowed = exceptions.some(
            (exception) => exception.path.test(path) && exception.text.test(line),
          );
          return word && !isAllowed ? [`${path}:${index + 1}: "${word}" (${use})`] : [];
        }),
      ),
    );
  expect(found).toEqual([]);
});

test('a decision is half a page', () => {
  const long = readDocuments()
    .filter(({ path }) => path.startsWith('docs/decisions/') && !path.endsWith('dependencies.md'))
    .map(({ path, text }) => ({ path, words: text.split(/\s+/).length }))
    .filter(({ words }) => words > 520);
  expect(long).toEqual([]);
});
