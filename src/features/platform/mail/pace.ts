import { setTimeout as sleep } from 'node:timers/promises';

/** Between the beginnings of two mails there is at least so long: other work comes between. */
const pauseMs = 1;
/** How much of its time the process may be at work before mails wait. */
const busyShare = 0.7;
/** Over how long that is measured. */
const windowMs = 20;
/** A mail waits no longer than this, however busy the process is: 100 a second go anyhow. */
const longestMs = 10;

/**
 * Lets requests go before mails: users wait for the one, and nobody sees whether the other leaves some milliseconds later.
 *
 * @returns waits until the next mail may be begun
 */
export function createPace(): () => Promise<void> {
  let mark = performance.eventLoopUtilization();
  let markedAt = performance.now();
  let isBusy = false;

  function look(): void {
    if (performance.now() - markedAt < windowMs) return;
    const now = performance.eventLoopUtilization();
    isBusy = performance.eventLoopUtilization(now, mark).utilization > busyShare;
    mark = now;
    markedAt = performance.now();
  }

  return async () => {
    const giveUpAt = performance.now() + longestMs;
    do {
      await sleep(pauseMs);
      look();
    } while (isBusy && performance.now() < giveUpAt);
  };
}
