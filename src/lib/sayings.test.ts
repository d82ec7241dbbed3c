import { expect, test } from 'vitest';
import { createSaying } from './sayings.ts';

test('the first time is said at once, and the rest with how often, once in its time', () => {
  let now = 5;
  const said: [number, number][] = [];
  const happens = createSaying(100, () => now);
  for (now of [5, 5, 104, 105, 106, 204, 500]) happens((times) => said.push([now, times]));
  expect(said).toEqual([
    [5, 1],
    [105, 3],
    [500, 3],
  ]);
});
