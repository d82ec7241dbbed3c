import { createHmac, hkdfSync } from 'node:crypto';
import type { Deps } from '../../../deps.ts';
import type { Answer } from '../../../lib/answer.ts';
import { createExchangedCounts } from './exchanged-counts.ts';
import { type CountedGuess, createGuesses, type Guess } from './guesses.ts';
import { createJointGuesses } from './joint-guesses.ts';
import type { CountedAs, LimitKey, LimitName, LimitRules } from './limit-windows.ts';
import { createOwnCounts } from './own-counts.ts';
import { createRefusals } from './refusals.ts';

/**
 * How many keys of each limit are remembered: some 4 MB if that many are in use. To make the server forget a key,
 * half as many others must come in the same window, each at its own cost.
 */
const maxKeys = 50_000;

/**
 * The rate limits. On SQLite they count in the memory of the one process that there is, on PostgreSQL
 * for all nodes: guesses in the database, everything else in memory and then added up.
 */
export interface Limits {
  /**
   * Counts one event of a key. Of any number at once on one node, no more than the limit allows get
   * through.
   *
   * @throws AppError `rate_limited`
   */
  count(limit: LimitName, key: LimitKey): Answer<void>;
  /**
   * Begins a guess at a password, which is counted by its outcome. It waits if others under way may use up the limit.
   *
   * @throws AppError `rate_limited`, or `overloaded` if too many wait
   */
  beginGuess(counted: CountedGuess): Promise<Guess>;
  /** Takes back what was counted for a key in guesses. */
  forget(limit: LimitName, key: LimitKey): Answer<void>;
  /** The key of an account: one for every email, whether or not an account has it. */
  accountKey(email: string): string;
  /** Done when nothing of it is under way any more. */
  close(): Promise<void>;
}

/** The limits of the live settings; 0, or `RATE_LIMITS_ENABLED` off, is none. */
export function createLimits(
  deps: Pick<Deps, 'database' | 'settings' | 'clock' | 'log' | 'metrics' | 'secretKey'>,
): Limits {
  const { settings, clock } = deps;
  const secret = Buffer.from(hkdfSync('sha256', deps.secretKey, '', 'latchkey rate limits', 32));
  const hash = (text: string) => createHmac('sha256', secret).update(text).digest('base64url');
  const rules: LimitRules = {
    allowedBy: (name) => (settings.get('RATE_LIMITS_ENABLED') ? settings.get(name) : 0),
    refuse: createRefusals(deps),
  };
  const { guesses, events, stop } =
    deps.database.engine === 'sqlite' ? own() : joint(([limit, key]) => hash(`${limit} ${key}`));

  function own() {
    const counts = createOwnCounts(clock, rules, maxKeys);
    return { guesses: counts, events: counts, stop: async () => undefined };
  }

  function joint(keyOf: (counted: CountedAs) => string) {
    const counts = createExchangedCounts(deps, rules, keyOf, maxKeys);
    return { guesses: createJointGuesses(deps, rules, keyOf), events: counts, stop: counts.stop };
  }

  return {
    count: events.count,
    beginGuess: createGuesses(guesses, events),
    forget: (limit, key) => guesses.forget([limit, key]),
    accountKey: hash,
    close: stop,
  };
}
