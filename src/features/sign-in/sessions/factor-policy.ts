import type { Answer } from '../../../lib/answer.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';

/** What the policy of second factors says of sessions. A later feature makes it. */
export interface FactorPolicy {
  /** The highest level that any user must reach: users at this level need no look-up. 1: there is no policy. */
  highestLevel(): Answer<AuthLevel>;
  /**
   * The level that a user has to reach now; 1: any is enough, or their time for it is not over. The time begins when
   * a user is first seen to be obliged.
   */
  dueLevel(userId: number): Promise<AuthLevel>;
  /**
   * What the factors of a user are good for on this server, which may have had another RP ID when they were added. Ask for
   * `highestLevel` before.
   */
  usableLevel(user: {
    readonly userId: number;
    readonly factorLevel: AuthLevel;
  }): Answer<AuthLevel>;
}

/**
 * What a user has to reach now, as `dueLevel` of the policy. Nothing is looked up where the level that they have reached is
 * enough for anybody.
 *
 * @param level what they have reached
 */
export async function dueLevelAbove(
  policy: FactorPolicy,
  userId: number,
  level: AuthLevel,
): Promise<AuthLevel> {
  return level >= (await policy.highestLevel()) ? 1 : policy.dueLevel(userId);
}
