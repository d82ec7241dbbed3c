import type { Answer } from '../../../lib/answer.ts';
import {
  type LimitName,
  limitWindowSeconds,
  rateLimitSettings,
} from '../../../settings/rate-limits.ts';

export type { LimitName };

export const limitNames = Object.entries(rateLimitSettings)
  .filter(([, setting]) => 'unit' in setting && setting.unit in limitWindowSeconds)
  .map(([name]) => name as LimitName);

/** Every limit, and the window, in seconds, in which it counts: that of its setting's unit. */
export const limitWindows = Object.fromEntries(
  limitNames.map((name) => [name, limitWindowSeconds[rateLimitSettings[name].unit]]),
) as Readonly<Record<LimitName, number>>;

/** The thing that is counted: a network, an account, a session. */
export type LimitKey = string | number;

/** What something counts against. */
export type CountedAs = readonly [LimitName, LimitKey];

/** The facts about a limit, and its refusal. */
export interface LimitRules {
  /** How many a limit allows now; 0: any number. */
  allowedBy(limit: LimitName): number;
  /** @returns the error that says when the window is over */
  refuse(limit: LimitName, allowed: number, waitMs: number): Error;
}

/** Counts events that are not guesses. */
export interface EventCounts {
  /**
   * How many more may come, for each of these.
   *
   * @throws AppError `rate_limited` if none may
   */
  left(counted: readonly CountedAs[]): Answer<readonly number[]>;
  /**
   * Counts one event of a key.
   *
   * @throws AppError `rate_limited` if there were as many as are allowed
   */
  count(limit: LimitName, key: LimitKey): void;
}
