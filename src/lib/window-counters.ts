import type { Clock } from './clock.ts';
import { createRecentMap } from './recent-map.ts';

/** How often something happened for each key, in a window that begins with its first event. */
export interface WindowCounters<Key> {
  /**
   * Counts one more event, unless the limit is reached.
   *
   * @returns undefined if it was counted; else in how many milliseconds the window ends
   */
  count(key: Key, allowed: number): number | undefined;
  /** How many events there were, and in how many milliseconds the window ends. */
  look(key: Key): { readonly events: number; readonly endsInMs: number };
  /** Takes back all that was counted. */
  forget(key: Key): void;
}

interface Window {
  readonly endsAtMs: number;
  events: number;
}

/**
 * Counts in bounded memory, and nothing runs in the background: a window that is over is noticed when
 * its key comes again, and the keys that were not used for the longest time are forgotten.
 */
export function createWindowCounters<Key>({
  clock,
  windowMs,
  maxKeys,
}: {
  readonly clock: Clock;
  readonly windowMs: number;
  readonly maxKeys: number;
}): WindowCounters<Key> {
  const windows = createRecentMap<Key, Window>(maxKeys);

  function current(key: Key, nowMs: number): Window | undefined {
    const window = windows.get(key);
    if (!window) return undefined;
    // The second condition: the clock was set back. That must not keep anybody out.
    const isOver = nowMs >= window.endsAtMs || nowMs < window.endsAtMs - windowMs;
    return isOver ? undefined : window;
  }

  return {
    count(key, allowed) {
      const nowMs = clock.nowMs();
      const window = current(key, nowMs);
      if (!window) {
        windows.set(key, { endsAtMs: nowMs + windowMs, events: 1 });
        return undefined;
      }
      if (window.events >= allowed) return window.endsAtMs - nowMs;
      window.events += 1;
      return undefined;
    },
    look(key) {
      const nowMs = clock.nowMs();
      const { events, endsAtMs } = current(key, nowMs) ?? { events: 0, endsAtMs: nowMs };
      return { events, endsInMs: endsAtMs - nowMs };
    },
    forget(key) {
      const window = windows.get(key);
      if (window) window.events = 0;
    },
  };
}
