import type { Logger } from 'pino';
import { AppError } from '../../../errors/index.ts';
import type { Metrics } from '../../../http/metrics.ts';
import type { Clock } from '../../../lib/clock.ts';
import { createSaying, type Saying } from '../../../lib/sayings.ts';
import { countOf } from '../../../lib/words.ts';
import { type LimitName, limitNames, limitWindows } from './limit-windows.ts';

/** A limit that refuses a flood says so in the log once in this time. */
const logEveryMs = 60_000;

interface Refusals {
  readonly counter: { inc(): void };
  readonly tell: Saying;
}

/**
 * Makes the answers to what is over a limit, counts them, and tells the log which limit it was and
 * how often, never whose.
 */
export function createRefusals({
  clock,
  log,
  metrics,
}: {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}): (name: LimitName, allowed: number, waitMs: number) => AppError {
  const refusals = new Map<LimitName, Refusals>();
  for (const limit of limitNames) {
    const counter = metrics.rateLimited.labels({ limit });
    counter.inc(0); // there from the start, at zero
    refusals.set(limit, { counter, tell: createSaying(logEveryMs, clock.nowMs) });
  }

  function tell(limit: LimitName): void {
    const refusal = refusals.get(limit) as Refusals;
    refusal.counter.inc();
    refusal.tell((refused) => log.warn({ limit, refused }, 'a rate limit is reached'));
  }

  return (name, allowed, waitMs) => {
    tell(name);
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    const policy = `"${name.toLowerCase()}"`;
    return new AppError('rate_limited', {
      detail: `Too many requests. Try again in ${countOf(seconds, 'second')}.`,
      headers: {
        'retry-after': String(seconds),
        // draft-ietf-httpapi-ratelimit-headers-11
        'ratelimit-policy': `${policy};q=${allowed};w=${limitWindows[name]}`,
        ratelimit: `${policy};r=0;t=${seconds}`,
      },
    });
  };
}
