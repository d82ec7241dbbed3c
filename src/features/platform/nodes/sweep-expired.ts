import type { Database } from '../../../db/database.ts';
import { deleteExpired, type ExpiringTable } from '../../../db/delete-expired.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { BackgroundWork } from './background-work.ts';

/** How many rows one step removes. */
const stepSize = 1_000;

/**
 * Removes the rows of a table that have expired.
 *
 * @param pauseMs between one look and the next, where there is no more to remove
 * @param failure what the log says of a failure: `could not remove expired flows`
 */
export function sweepExpired(
  { database: { db }, clock }: { readonly database: Database; readonly clock: Clock },
  table: ExpiringTable,
  { pauseMs, failure }: { readonly pauseMs: number; readonly failure: string },
): BackgroundWork {
  return {
    name: 'sweep',
    firstPauseMs: pauseMs,
    retryPauseMs: pauseMs,
    failure,
    async run() {
      const removed = await deleteExpired(db, table, clock.nowMs(), stepSize);
      return removed === stepSize ? 'more' : pauseMs;
    },
  };
}
