import type { Answer } from '../../../lib/answer.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';

/** What the policy of second factors says of sessions. A later feature makes it. */
export interface FactorPolicy {
  /** The highest level that anybody has to reach: whoever has reached it is not looked at. 1: there is no policy. */
  highestLevel(): Answer<AuthLevel>;
  /**
   * The level that a user has to reach now; 1: any is enough, or their time for it is not over. Whoever is seen to be
   * obliged for the first time is given that time.
   */
  dueLevel(userId: number): Promise<AuthLevel>;
}
