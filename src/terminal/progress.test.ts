import { expect, test } from 'vitest';
import { createProgress, progressLine } from './progress.ts';

const moment = { label: 'copying', done: 500, total: 1_000, unit: 'rows', rate: 10 };

test('a bar says how far, how fast and how long', () => {
  expect(progressLine(moment, 10)).toBe('copying  [#####-----]  50%  10 rows/s  50 seconds left');
  expect(progressLine({ ...moment, rate: 0 }, 0)).toBe('copying  50%');
  expect(progressLine({ ...moment, done: 0, total: 0, rate: Number.NaN }, 4)).toBe(
    'copying  [####]  100%',
  );
});

test('without a terminal there is no bar, and a short task says nothing', () => {
  const written: string[] = [];
  const progress = createProgress('rows', {
    isTTY: false,
    write: (text: unknown) => written.push(String(text)) > 0,
  });
  progress.update('copying', 1, 2);
  progress.update('copying', 2, 2);
  progress.end();
  expect(written).toEqual([]);
});
