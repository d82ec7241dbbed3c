import { expect, test } from 'vitest';
import { randomBytes } from './random-bytes.ts';

test('no bytes are given out twice, whatever sizes they are taken in', () => {
  const seen = new Set<string>();
  for (let n = 0; n < 2_000; n += 1) {
    const bytes = randomBytes(16 + (n % 33));
    expect(bytes).toHaveLength(16 + (n % 33));
    seen.add(bytes.subarray(0, 16).toString('hex'));
  }
  expect(seen.size).toBe(2_000);
});

test('what was given out does not change afterwards', () => {
  const bytes = randomBytes(32);
  const before = bytes.toString('hex');
  for (let n = 0; n < 300; n += 1) randomBytes(32);
  expect(bytes.toString('hex')).toBe(before);
});
