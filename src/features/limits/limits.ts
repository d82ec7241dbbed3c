import { createHmac, hkdfSync } from 'node:crypto';
import type { Deps } from '../../deps.ts';
import type { Answer } from '../../lib/answer.ts';
import { createWindowCounters } from '../../lib/window-counters.ts';
import { type CountedAs, createGuesses, type Guess } from './guesses.ts';
import { type LimitKey, type LimitName, limitNames, limitWindows } from './limit-windows.ts';
import { createRefusals } from './refusals.ts';

/**
 * How many keys of each limit are remembered: some 4 MB where so many are at it. To make the server
 * forget a key one must come with half as many others in the same window, each at a cost of its own.
 */
const maxKeys = 50_000;

/**
 * The rate limits. Here they count in the memory of the one process that there is; where several
 * share a database, what counts for all of them takes the place of this, behind the same face.
 */
export interface Limits {
  /**
   * Counts one event of a key. Of any number at once, no more than the limit allows get through.
   *
   * @throws AppError `rate_limited`
   */
  count(limit: LimitName, key: LimitKey): Answer<void>;
  /**
   * Begins a guess at a password, which counts if it is wrong; waits where others under way may use up
   * what is left.
   *
   * @throws AppError `rate_limited`, or `overloaded` where too many wait
   */
  beginGuess(...counted: readonly CountedAs[]): Promise<Guess>;
  /** Takes back what was counted for a key. */
  forget(limit: LimitName, key: LimitKey): Answer<void>;
  /** The key of an account: one for every e-mail address, whether or not anybody has it. */
  accountKey(email: string): string;
}

/** The limits of the live settings; 0, or `RATE_LIMITS_ENABLED` off, is none. */
export function createLimits(
  deps: Pick<Deps, 'settings' | 'clock' | 'log' | 'metrics' | 'secretKey'>,
): Limits {
  const { settings, clock } = deps;
  const counters = Object.fromEntries(
    limitNames.map((name) => {
      const windowMs = limitWindows[name] * 1000;
      return [name, createWindowCounters<LimitKey>({ clock, windowMs, maxKeys })];
    }),
  ) as Record<LimitName, ReturnType<typeof createWindowCounters<LimitKey>>>;
  const refuse = createRefusals(deps);
  const secret = Buffer.from(hkdfSync('sha256', deps.secretKey, '', 'latchkey rate limits', 32));

  const allowedBy = (name: LimitName) =>
    settings.get('RATE_LIMITS_ENABLED') ? settings.get(name) : 0;

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
    beginGuess: createGuesses({ left, count }),
    forget(name, key) {
      counters[name].forget(key);
    },
    accountKey: (email) => createHmac('sha256', secret).update(email).digest('base64url'),
  };
}
