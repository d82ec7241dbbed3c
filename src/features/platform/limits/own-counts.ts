import type { Clock } from '../../../lib/clock.ts';
import { createWindowCounters } from '../../../lib/window-counters.ts';
import type { GuessCounts } from './guesses.ts';
import {
  type EventCounts,
  type LimitKey,
  type LimitName,
  type LimitRules,
  limitNames,
  limitWindows,
} from './limit-windows.ts';

/** Counts in the memory of the one process that there is. */
export function createOwnCounts(
  clock: Clock,
  { allowedBy, refuse }: LimitRules,
  maxKeys: number,
): GuessCounts & EventCounts {
  const counters = Object.fromEntries(
    limitNames.map((name) => {
      const windowMs = limitWindows[name] * 1000;
      return [name, createWindowCounters<LimitKey>({ clock, windowMs, maxKeys })];
    }),
  ) as Record<LimitName, ReturnType<typeof createWindowCounters<LimitKey>>>;

  function left(name: LimitName, key: LimitKey): number {
    const allowed = allowedBy(name);
    if (allowed === 0) return Number.POSITIVE_INFINITY;
    const { events, endsInMs } = counters[name].look(key);
    if (events >= allowed) throw refuse(name, allowed, endsInMs);
    return allowed - events;
  }

  function count(name: LimitName, key: LimitKey): void {
    const allowed = allowedBy(name);
    if (allowed === 0) return;
    const waitMs = counters[name].count(key, allowed);
    if (waitMs !== undefined) throw refuse(name, allowed, waitMs);
  }

  return {
    count,
    left: (counted) => counted.map((each) => left(...each)),
    fail(counted) {
      for (const each of counted) count(...each);
    },
    forget([name, key]) {
      counters[name].forget(key);
    },
  };
}
