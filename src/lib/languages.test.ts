import { expect, test } from 'vitest';
import { findLanguage, languageTag } from './languages.ts';

test.each([
  ['de', 'de'],
  ['DE-at', 'de-AT'],
  ['de_AT', 'de-AT'],
  ['zh-hant-tw', 'zh-Hant-TW'],
  ['en-US-u-ca-gregory', 'en-US-u-ca-gregory'],
])('a tag: %s', (text, tag) => {
  expect(languageTag(text)).toBe(tag);
});

test.each(['', '*', 'd', 'en US', 'en-', '12', `en-${'x'.repeat(40)}`, 'en-US@posix', '\0'])(
  'no tag: %j',
  (text) => {
    expect(languageTag(text)).toBeUndefined();
  },
);

test.each([
  [['de-AT'], 'de'],
  [['fr-CA', 'de'], 'de'],
  [['pt-PT'], undefined],
  [['pt-BR'], 'pt-BR'],
  [['en-u-ca-gregory'], 'en'],
  [['de-a-bcd'], 'de'],
  [[null, undefined, '*', 'en'], 'en'],
  [[], undefined],
])('the language for %j is %s', (wanted, found) => {
  expect(findLanguage(wanted, ['en', 'de', 'pt-BR'])).toBe(found);
});
