import { expect, test } from 'vitest';
import { possibleSigners } from './key-schedule.ts';

const older = { sequence: 1, activeAtMs: 0, revokedAtMs: null };

test.each([
  ['before it begins to sign: it never did', 9, [older]],
  ['in the millisecond in which it begins to sign: it may have', 10, []],
  ['later', 11, []],
])('after a key is revoked %s', (_when, revokedAtMs, signers) => {
  expect(possibleSigners([older, { sequence: 2, activeAtMs: 10, revokedAtMs }])).toEqual(signers);
});
