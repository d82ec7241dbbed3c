import { createBatcher } from '../../../db/batcher.ts';
import type { Database } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { GuessCounts } from './guesses.ts';
import { type CountedAs, type LimitRules, limitWindows } from './limit-windows.ts';
import {
  addRateCounts,
  deleteRateCount,
  prepareFindRateCounts,
  type RateCount,
} from './rate-counts.queries.ts';

/** Past so many that wait to be looked up the server is busy. */
const maxWaiting = 10_000;
const maxBatch = 1_000;

/**
 * Counts guesses for all nodes at once, in the database, exactly: a wrong one is counted before it is
 * answered, and of any number on any nodes no more are answered than are allowed. What a look-up and a
 * commit cost is little beside the hash of a password.
 */
export function createJointGuesses(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  { allowedBy, refuse }: LimitRules,
  keyOf: (counted: CountedAs) => string,
): GuessCounts {
  const findRateCounts = prepareFindRateCounts(database);
  // All waiting guesses ask again at once.
  const look = createBatcher<string, RateCount | undefined>({
    maxBatch,
    maxWaiting,
    async run(keys) {
      const found = await findRateCounts([...new Set(keys)], clock.nowMs());
      const byKey = new Map(found.map((row) => [row.key, row]));
      return keys.map((key) => byKey.get(key));
    },
  });

  return {
    left: (counted) =>
      Promise.all(
        counted.map(async (each) => {
          const allowed = allowedBy(each[0]);
          if (allowed === 0) return Number.POSITIVE_INFINITY;
          const row = await look(keyOf(each));
          if (!row) return allowed;
          if (row.events >= allowed) {
            throw refuse(each[0], allowed, row.endsAtMs - clock.nowMs());
          }
          return allowed - row.events;
        }),
      ),

    async fail(counted) {
      const nowMs = clock.nowMs();
      const news = counted
        .map((each) => ({ limit: each[0], key: keyOf(each), allowed: allowedBy(each[0]) }))
        .filter(({ allowed }) => allowed > 0)
        .map((each) => ({ ...each, events: 1, endsAtMs: nowMs + limitWindows[each.limit] * 1000 }));
      if (news.length === 0) return;
      const rows = await addRateCounts(database, news, nowMs);
      const taken = new Set(rows.map(({ key }) => key));
      const over = news.find(({ key }) => !taken.has(key));
      if (!over) return;
      const [row] = await findRateCounts([over.key], nowMs);
      throw refuse(over.limit, over.allowed, (row?.endsAtMs ?? nowMs) - nowMs);
    },

    async forget(counted) {
      await deleteRateCount(database.db, keyOf(counted));
    },
  };
}
