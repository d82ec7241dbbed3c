import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  newRecoveryCodes,
  readRecoveryCode,
  recoveryCodeCount,
  recoveryCodeText,
} from './recovery-code.ts';

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const code = fc.record({
  number: fc.integer({ min: 1, max: recoveryCodeCount }),
  secret: fc.string({ unit: fc.constantFrom(...letters), minLength: 16, maxLength: 16 }),
});

test('ten codes of 80 bits, numbered, none like another', () => {
  const codes = newRecoveryCodes();
  expect(codes.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(new Set(codes.map(({ secret }) => secret)).size).toBe(10);
  for (const one of codes) {
    expect(recoveryCodeText(one)).toMatch(/^\d{1,2}(-[0-9A-HJKMNP-TV-Z]{4}){4}$/);
  }
});

test('every letter comes up about as often as another', () => {
  const counts = new Map<string, number>();
  for (let n = 0; n < 1_000; n += 1) {
    for (const { secret } of newRecoveryCodes()) {
      for (const letter of secret) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
  }
  // 5,000 are expected of each; eight standard deviations are 560.
  expect(counts.size).toBe(32);
  for (const count of counts.values()) expect(Math.abs(count - 5_000)).toBeLessThan(560);
});

test('what is printed is read again, however it is typed', () => {
  const typed = [
    (text: string) => text,
    (text: string) => text.toLowerCase(),
    (text: string) => text.replaceAll('-', ''),
    (text: string) => ` ${text.replaceAll('-', ' – ')}\n`,
    (text: string) => text.replaceAll('0', 'o').replaceAll('1', 'l'),
    (text: string) => text.replaceAll('0', 'O').replaceAll('1', 'i'),
  ];
  fc.assert(
    fc.property(code, fc.constantFrom(...typed), (one, type) => {
      expect(readRecoveryCode(type(recoveryCodeText(one)))).toEqual(one);
    }),
  );
});

test('any text is read without an error, and what is read is a code', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...letters, '-', ' ', 'U', 'ı'), maxLength: 24 }),
  );
  fc.assert(
    fc.property(anything, (text) => {
      const read = readRecoveryCode(text);
      if (!read) return;
      expect(read.number).toBeGreaterThan(0);
      expect(read.number).toBeLessThanOrEqual(recoveryCodeCount);
      expect(read.secret).toMatch(/^[0-9A-HJKMNP-TV-Z]{16}$/);
    }),
  );
});

test.each(['', '0-7K3M-9QXW-2F5D-8ZRT', '11-7K3M-9QXW-2F5D-8ZRT', '7K3M-9QXW-2F5D-8ZRT', '123456'])(
  '%j is none',
  (text) => expect(readRecoveryCode(text)).toBeUndefined(),
);
