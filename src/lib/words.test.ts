import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';
import { bytesInWords, countOf, countOfUnits, durationInWords } from './words.ts';

test('durations are said in the largest units that say all of them', () => {
  expect(durationInWords(0)).toBe('0 seconds');
  expect(durationInWords(1)).toBe('1 second');
  expect(durationInWords(2_592_000)).toBe('30 days');
  expect(durationInWords(90_061)).toBe('1 day 1 hour 1 minute 1 second');
});

test('sizes and counts are said in words', () => {
  expect([0, 1_023, 1_024, 1_572_864, 3 * 1024 ** 5].map(bytesInWords)).toEqual([
    '0 bytes',
    '1023 bytes',
    '1.0 KiB',
    '1.5 MiB',
    '3072.0 TiB',
  ]);
  expect([0, 1, 2].map((n) => countOf(n, 'session'))).toEqual([
    '0 sessions',
    '1 session',
    '2 sessions',
  ]);
  const units = ['lanes', 'passes', 'KiB', 'processes', 'failures per 15 minutes'];
  expect(units.map((unit) => countOfUnits(1, unit))).toEqual([
    '1 lane',
    '1 pass',
    '1 KiB',
    '1 process',
    '1 failure per 15 minutes',
  ]);
  expect(countOfUnits(2, 'refreshes per minute')).toBe('2 refreshes per minute');
});

test('the name that was meant is found, and no name if no name is near', () => {
  const names = ['ACCESS_TOKEN_LIFETIME', 'REFRESH_TOKEN_LIFETIME', 'REFRESH_GRACE_MODE'];
  expect(nearest('ACCESS_TOKEN_LIFETIM', names)).toBe('ACCESS_TOKEN_LIFETIME');
  expect(nearest('refresh_lifetime', names)).toBe('REFRESH_TOKEN_LIFETIME');
  expect(nearest('refresh_grace_mdoe', names)).toBe('REFRESH_GRACE_MODE');
  expect(nearest('PORT', names)).toBeUndefined();
  expect(nearest('x'.repeat(100_000), names)).toBeUndefined();
  expect(nearest('', [])).toBeUndefined();
});
