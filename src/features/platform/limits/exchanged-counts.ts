import type { Database } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { createRecentMap, type RecentMap } from '../../../lib/recent-map.ts';
import {
  type CountedAs,
  type EventCounts,
  type LimitKey,
  type LimitName,
  type LimitRules,
  limitNames,
  limitWindows,
} from './limit-windows.ts';
import { addRateCounts } from './rate-counts.queries.ts';

/** How often the nodes tell each other what they have counted. */
const exchangeEveryMs = 500;
/** How many keys one statement takes. */
const maxBatch = 1_000;
/** How many keys wait to be told of; what is counted beyond is told of when they come again. */
const maxWaiting = 20_000;
/** A node reports a key when it has counted this part of its limit. */
const toldFrom = 1 / 16;

interface Window {
  readonly counted: CountedAs;
  endsAtMs: number;
  /** As far as this node knows: of all nodes, and its own. */
  events: number;
  /** The counts of this process. */
  own: number;
  /** What of that the others do not know. */
  untold: number;
}

/**
 * Counts in the memory of this process, and adds up with the other nodes in the background: for events that must cost
 * nothing (a refresh) or little. A limit holds with a tolerance, which docs/decisions/rate-limits.md states. A key
 * that a node has counted little is not reported: a client that refreshes as often as people do causes no write.
 */
export function createExchangedCounts(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  { allowedBy, refuse }: LimitRules,
  keyOf: (counted: CountedAs) => string,
  maxKeys: number,
): EventCounts & { readonly stop: () => Promise<void> } {
  const windows = Object.fromEntries(
    limitNames.map((name) => [name, createRecentMap<LimitKey, Window>(maxKeys)]),
  ) as Record<LimitName, RecentMap<LimitKey, Window>>;
  let toTell = new Set<Window>();
  let timer: NodeJS.Timeout | undefined;
  let underWay = Promise.resolve();
  let isStopped = false;

  function currentWindow(limit: LimitName, key: LimitKey, nowMs: number): Window | undefined {
    const window = windows[limit].get(key);
    if (!window) return undefined;
    // The second condition: the clock was set back. That must not keep anybody out.
    const isOver =
      nowMs >= window.endsAtMs || nowMs < window.endsAtMs - 2 * limitWindows[limit] * 1000;
    return isOver ? undefined : window;
  }

  function windowOf(limit: LimitName, key: LimitKey, nowMs: number): Window {
    const window = currentWindow(limit, key, nowMs);
    if (window) return window;
    const windowMs = limitWindows[limit] * 1000;
    const counted: CountedAs = [limit, key];
    const fresh = { counted, endsAtMs: nowMs + windowMs, events: 0, own: 0, untold: 0 };
    windows[limit].set(key, fresh);
    return fresh;
  }

  async function exchange(): Promise<void> {
    const telling = [...toTell];
    toTell = new Set();
    try {
      for (let from = 0; from < telling.length; from += maxBatch) {
        await tell(telling.slice(from, from + maxBatch));
      }
    } catch {
      // The database is away, and so is everything that is limited. Whether the others know of these
      // is not known, and it is not told twice: this node goes on counting them.
    }
    timer = undefined;
    if (toTell.size > 0) tellLater();
  }

  async function tell(telling: readonly Window[]): Promise<void> {
    const byKey = new Map(telling.map((window) => [keyOf(window.counted), window]));
    const news = [...byKey].map(([key, window]) => {
      const { untold: events, endsAtMs } = window;
      window.untold = 0;
      return { key, events, endsAtMs };
    });
    for (const row of await addRateCounts(database, news, clock.nowMs())) {
      const window = byKey.get(row.key);
      if (!window) continue;
      window.events = row.events + window.untold;
      window.endsAtMs = row.endsAtMs;
    }
  }

  function tellLater(): void {
    if (isStopped) return;
    timer ??= setTimeout(() => {
      underWay = exchange();
    }, exchangeEveryMs).unref();
  }

  function left(limit: LimitName, key: LimitKey): number {
    const allowed = allowedBy(limit);
    if (allowed === 0) return Number.POSITIVE_INFINITY;
    const nowMs = clock.nowMs();
    const window = currentWindow(limit, key, nowMs);
    if (!window) return allowed;
    if (window.events >= allowed) throw refuse(limit, allowed, window.endsAtMs - nowMs);
    return allowed - window.events;
  }

  return {
    left: (counted) => counted.map((each) => left(...each)),
    count(limit, key) {
      const allowed = allowedBy(limit);
      if (allowed === 0) return;
      const nowMs = clock.nowMs();
      const window = windowOf(limit, key, nowMs);
      if (window.events >= allowed) throw refuse(limit, allowed, window.endsAtMs - nowMs);
      window.events += 1;
      window.own += 1;
      window.untold += 1;
      if (window.own < allowed * toldFrom || toTell.size >= maxWaiting) return;
      toTell.add(window);
      tellLater();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      return underWay;
    },
  };
}
