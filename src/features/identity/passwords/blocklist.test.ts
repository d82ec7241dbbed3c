import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isCommonPassword } from './blocklist.ts';

const text = readFileSync(new URL('./blocklist.txt', import.meta.url), 'utf8');
const words = text.split('\n').slice(0, -1);

test('every password of the list is found, and nothing else', () => {
  const known = new Set(words);
  expect(known.size).toBeGreaterThan(40_000);
  expect(words.filter((word) => !isCommonPassword(word))).toEqual([]);
  const others = words.flatMap((word) => [`${word}~`, `~${word}`, word.slice(1)]);
  expect(others.filter((word) => !known.has(word) && isCommonPassword(word))).toEqual([]);
});

test.each(['PassWord', 'ＰＡＳＳＷＯＲＤ', 'qwertyuiop'])('%j is a common one', (password) => {
  expect(isCommonPassword(password)).toBe(true);
});

test.each(['', '\n', '!', '~'.repeat(128), 'password\nqwerty', '\u{10ffff}'])(
  '%j is none',
  (password) => {
    expect(isCommonPassword(password)).toBe(false);
  },
);
