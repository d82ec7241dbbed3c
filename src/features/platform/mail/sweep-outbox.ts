import type { Deps } from '../../../deps.ts';
import type { BackgroundWork } from '../nodes/index.ts';
import { deleteOldMails, endExpiredMails } from './outbox.queries.ts';
import { notInTime } from './outbox.ts';

/** How many mails one step removes. */
const stepSize = 1_000;
const pauseMs = 15_000;

/** Wipes mails whose time is over, and removes old ones. */
export function sweepOutbox({
  database: { db },
  clock,
  settings,
  metrics,
}: Pick<Deps, 'database' | 'clock' | 'settings' | 'metrics'>): BackgroundWork {
  return {
    name: 'sweep',
    firstPauseMs: pauseMs,
    retryPauseMs: pauseMs,
    failure: 'could not remove old mail from the outbox',
    async run() {
      const nowMs = clock.nowMs();
      const expired = await endExpiredMails(db, nowMs, notInTime);
      metrics.mails.inc({ outcome: 'expired' }, expired);
      const finishedBeforeMs = nowMs - settings.get('MAIL_RETENTION') * 1000;
      const removed = await deleteOldMails(db, finishedBeforeMs, stepSize);
      return removed === stepSize ? 'more' : pauseMs;
    },
  };
}
