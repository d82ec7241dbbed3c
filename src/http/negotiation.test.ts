import { expect, test } from 'vitest';
import { acceptedLanguages, pickLanguage } from './negotiation.ts';

test.each([
  [undefined, []],
  ['*', []],
  ['de', ['de']],
  ['fr;q=0.5, de-AT, *;q=0.1, en;q=0.8', ['de-AT', 'en', 'fr']],
  ['de;q=0', []],
  [Array.from({ length: 100 }, (_, n) => `x${n}`).join(), expect.objectContaining({ length: 20 })],
])('%s asks for %j', (header, languages) => {
  expect(acceptedLanguages({ 'accept-language': header })).toEqual(languages);
});

test.each([
  [undefined, 'en'],
  ['*', 'en'],
  ['de-AT, en', 'de'],
  ['fr, de;q=0.1', 'de'],
  ['nonsense!', 'en'],
])('%s gets %s', (header, language) => {
  expect(pickLanguage({ 'accept-language': header }, ['en', 'de'])).toBe(language);
});
