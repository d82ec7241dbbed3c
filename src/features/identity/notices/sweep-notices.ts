import type { Deps } from '../../../deps.ts';
import type { BackgroundWork } from '../../platform/nodes/index.ts';
import { deleteExpiredNotices } from './notices.queries.ts';

const stepSize = 1_000;
const pauseMs = 60_000;

/** Removes the links of notices that have expired. */
export function sweepNotices({
  database: { db },
  clock,
}: Pick<Deps, 'database' | 'clock'>): BackgroundWork {
  return {
    name: 'sweep',
    firstPauseMs: pauseMs,
    retryPauseMs: pauseMs,
    failure: 'could not remove expired notices',
    async run() {
      const removed = await deleteExpiredNotices(db, clock.nowMs(), stepSize);
      return removed === stepSize ? 'more' : pauseMs;
    },
  };
}
