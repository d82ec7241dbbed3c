import { expect, test } from 'vitest';
import { readDocuments } from './documents.ts';

/**
 * Words and turns of phrase that were replaced, so that they do not come back: one word for each concept
 * (docs/concepts.md), and sentences that are understood at the first reading.
 */

interface Replaced {
  readonly words: RegExp;
  readonly use: string;
}

const replaced: readonly Replaced[] = [
  { words: /\b(?:e-mail|mail) address(?:es)?\b|\be-mails?\b/i, use: 'email' },
  {
    words: /\b(?:IP|IPv[46]) address(?:es)?\b|\baddress(?:es)?\b/i,
    use: 'email, ip, network or URL',
  },
  { words: /\bone-time tokens?\b/i, use: 'link token' },
  {
    words: /\b(?:gives?|giving|given|gave|takes?|took) (?:\w+ ){0,2}(?:roles?|permissions?)\b/i,
    use: 'grant, assign, need',
  },
  { words: /\b(?:permits|forbids)\b/i, use: 'grant, revoke' },
  { words: /\bdangerous\b/i, use: 'needs recent authentication' },
  { words: /\bwho(?:m|so)?ever\b/i, use: 'anyone who, users who' },
  { words: /(?:^|[.;:] )Who (?!\w+(?: \w+)*\?)/, use: 'Anyone who' },
  { words: /\bas (?:it|they) comes?\b/i, use: 'by default' },
  { words: /\b(?:un)?mends?\b|\bmended\b/i, use: 'fix' },
  { words: /\bthe own\b|\bof one's own\b|\bunder the own\b/i, use: 'their, your' },
  { words: /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b)\w+/i, use: 'is not a …' },
  { words: /\b(?:has|have|had) not got\b|\b(?:has|have) not the\b/i, use: 'does not have' },
  {
    words:
      /\b(?:was|were|is) (?:faster|quicker) than (?:you|us|me)\b|\bsomebody (?:else )?was faster\b/i,
    use: 'has used it since',
  },
  { words: /\bwhose (?:it|they) (?:is|are)\b(?! *\?)/i, use: 'its owner' },
  { words: /\bmay not enter\b|\bwho may,? who may not\b/i, use: 'is not allowed to' },
  { words: /\b(?:the )?system before(?: us)?\b/i, use: 'the previous system' },
  { words: /\bby (?:itself|themselves)\b/i, use: 'automatically, alone' },
  { words: /\bunless set\b/i, use: 'by default' },
  { words: /\banew\b/i, use: 'again' },
  { words: /\bfaults?\b/i, use: 'error, problem' },
];

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

/** Written from the program, whose texts have a test of their own kind, or a record of the past. */
const isLeftOut = (path: string) => path.startsWith('docs/reference/') || path === 'CHANGELOG.md';

test('no document has a word that was replaced', () => {
  const found = readDocuments()
    .filter(({ path }) => !isLeftOut(path))
    .flatMap(({ path, text }) =>
      proseLines(text).flatMap((line, index) =>
        replaced.flatMap(({ words, use }) => {
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
