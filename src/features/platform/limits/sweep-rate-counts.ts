import type { Database } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { BackgroundWork } from '../nodes/index.ts';
import { deleteEndedRateCounts, keepRateCounts } from './rate-counts.queries.ts';

/** How many windows one step removes. */
const stepSize = 5_000;
const pauseMs = 30_000;
/** How many windows are kept at most: some 150 MB. The windows that end first are forgotten. */
const maxWindows = 1_000_000;

/** Removes the counts of windows that are over. */
export function sweepRateCounts(
  { database: { db }, clock }: { readonly database: Database; readonly clock: Clock },
  most = maxWindows,
): BackgroundWork {
  return {
    name: 'sweep',
    firstPauseMs: pauseMs,
    retryPauseMs: pauseMs,
    failure: 'could not remove old counts of the rate limits',
    async run() {
      if ((await deleteEndedRateCounts(db, clock.nowMs(), stepSize)) === stepSize) return 'more';
      await keepRateCounts(db, most);
      return pauseMs;
    },
  };
}
