import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenCipher, maxGeneration, maxSessionId } from './token-cipher.ts';

const cipher = createTokenCipher('one secret that is long enough for a test');
const other = createTokenCipher('another secret that is long enough for it');
const subjects = fc.record({
  sessionId: fc.integer({ min: 0, max: maxSessionId }),
  generation: fc.integer({ min: 0, max: maxGeneration }),
});

test('a sealed token is a version 4 UUID that opens to its subject, in any letter case', () => {
  fc.assert(
    fc.property(subjects, (subject) => {
      const token = cipher.seal(subject);
      expect(token).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      expect(cipher.open(token)).toEqual(subject);
      expect(cipher.open(token.toUpperCase())).toEqual(subject);
      expect(cipher.open(token.replaceAll('-', ''))).toEqual(subject);
      expect(cipher.open(`{${token}}`)).toEqual(subject);
      expect(cipher.open(`urn:uuid:${token}`)).toEqual(subject);
      expect(other.open(token)).toBeUndefined();
    }),
  );
});

test('no other token opens: not with one bit changed, not with the halves of two put together', () => {
  fc.assert(
    fc.property(subjects, subjects, fc.nat(127), (left, right, bit) => {
      const token = cipher.seal(left);
      const bytes = Buffer.from(token.replaceAll('-', ''), 'hex');
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(cipher.open(bytes.toString('hex'))).toBeUndefined();
      const spliced = token.slice(0, 18) + cipher.seal(right).slice(18);
      if (spliced !== token && spliced !== cipher.seal(right)) {
        expect(cipher.open(spliced)).toBeUndefined();
      }
    }),
  );
});

test('a text that is not a UUID is not a token', () => {
  const token = cipher.seal({ sessionId: 1, generation: 0 });
  for (const text of [
    '',
    ' ',
    'x',
    ` ${token}`,
    `${token} `,
    `${token}\n`,
    `${token}0`,
    token.slice(1),
    `({${token}})`,
    '-'.repeat(36),
    '-'.repeat(100_000),
  ]) {
    expect(cipher.open(text)).toBeUndefined();
  }
});
