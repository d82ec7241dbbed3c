import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSimilar } from './similarity.ts';

// As `quick_ratio` of Python's difflib, which Django's validator uses; except for the full width.
test.each([
  ['lovelace1', 'ada.lovelace@example.com', true],
  ['ECALEVOL', 'ada.lovelace@example.com', true],
  ['3xample.', 'ada.lovelace@example.com', true],
  ['ada.lovelace@example.com!', 'ada.lovelace@example.com', true],
  ['lovelace', 'ada_lovelace@x.org', true], // 16 of 20: an underscore is part of a word
  ['lovelady.1843', 'ada.lovelace@example.com', false],
  ['correct horse battery', 'ada.lovelace@example.com', false],
  ['adaadaada', 'ada@x.org', false],
  ['пушкин99', 'пушкин@example.org', true],
  ['ａｄａｌｏｖｅ１', 'adalove@example.org', true],
  ['lovelace', '', false],
  ['lovelace', '@.-', false],
])('%j and %j: %s', (password, text, expected) => {
  expect(isSimilar(password, text)).toBe(expected);
});

test('a text is like itself, in any letter case', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
  fc.assert(fc.property(text, (it) => isSimilar(it, it) && isSimilar(it.toUpperCase(), it)));
});
