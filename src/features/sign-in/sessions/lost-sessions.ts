import type { Db } from '../../../db/database.ts';
import { createSealKeys, findForeignStretches } from '../../platform/audit/index.ts';
import { countRefreshedBetween } from './sessions.queries.ts';

/** Sessions that live, and whose refresh tokens were made with a secret that is not here. */
export interface LostSessions {
  readonly count: number;
  /** When another secret took over for the last time; undefined: none has yet. */
  readonly sinceMs: number | undefined;
}

/**
 * Looks for secrets that the audit log names and that are not here.
 *
 * @returns undefined if no secret is missing
 */
export async function countLostSessions(
  db: Db,
  secretKeys: readonly string[],
  nowMs: number,
): Promise<LostSessions | undefined> {
  const stretches = await findForeignStretches(db, createSealKeys(secretKeys));
  const [newest] = stretches;
  if (!newest) return undefined;
  let count = 0;
  for (const stretch of stretches) count += await countRefreshedBetween(db, nowMs, stretch);
  return { count, sinceMs: newest.untilMs };
}
