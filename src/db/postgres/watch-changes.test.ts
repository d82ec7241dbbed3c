import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchChanges } from './watch-changes.ts';

/**
 * How soon a node knows that another one has changed a setting. Time is pretended here, so a busy machine changes nothing;
 * `test/postgres/two-nodes.test.ts` has that what a node knows is in force with its next request.
 */

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A database of one setting; each look at it takes a while, and may fail. */
function startDatabase(answerMs: number) {
  const database = { value: 'before', isAway: false, looks: 0 };
  const watch = watchChanges(async <Row>() => {
    database.looks += 1;
    const { value, isAway } = database;
    await new Promise((resolve) => setTimeout(resolve, answerMs));
    if (isAway) throw new Error('It does not answer.');
    return [{ key: 'SETTING', state: value }] as Row[];
  });
  watch.changes(); // from now on it looks
  return { database, watch };
}

test.each([0, 20, 200])(
  'with answers in %i ms a change is known within a second',
  async (answerMs) => {
    const { database, watch } = startDatabase(answerMs);
    await vi.advanceTimersByTimeAsync(5_000);
    // Wherever between two looks, or in the middle of one, it happens.
    for (let round = 1; round <= 40; round += 1) {
      await vi.advanceTimersByTimeAsync(37);
      const known = watch.changes();
      database.value = `value ${round}`;
      await vi.advanceTimersByTimeAsync(1_000);
      expect(watch.changes(), `round ${round}`).toBe(known + 1);
    }
    watch.stop();
  },
);

test('while the database is away nothing has changed, and afterwards it is known as soon', async () => {
  const { database, watch } = startDatabase(20);
  await vi.advanceTimersByTimeAsync(5_000);
  const known = watch.changes();
  Object.assign(database, { value: 'after', isAway: true });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(watch.changes()).toBe(known);
  database.isAway = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(watch.changes()).toBe(known + 1);
  watch.stop();
});

test.each([
  ['between two looks', 100],
  ['during a look', 5],
])('after a stop %s it looks no more', async (_when, afterMs) => {
  const { database, watch } = startDatabase(20);
  await vi.advanceTimersByTimeAsync(5_000);
  const begun = database.looks;
  while (database.looks === begun) await vi.advanceTimersByTimeAsync(1);
  await vi.advanceTimersByTimeAsync(afterMs);
  watch.stop();
  const { looks } = database;
  watch.changes();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(database.looks).toBe(looks);
});
