import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { findSettingChanges } from '../../../settings/settings.queries.ts';
import { deletePinnedSince, findPinnedSince, insertPinnedSince } from './required-since.queries.ts';

/**
 * Since when `REQUIRE_VERIFIED_EMAIL` is on. The history of the settings says it, but not of one that the environment
 * switches on: that is noted by the first start with it.
 */

const name = 'REQUIRE_VERIFIED_EMAIL';

/** Notes at a start whether the environment has the setting on, unless an earlier start did. */
export async function noteRequirement({
  database: { db },
  settings,
  clock,
}: Pick<Deps, 'database' | 'settings' | 'clock'>): Promise<void> {
  if (settings.isPinned(name) && settings.get(name)) {
    await insertPinnedSince(db, name, clock.nowMs());
  } else {
    await deletePinnedSince(db, name);
  }
}

/** 0: always. */
export async function requiredSinceMs(db: Db): Promise<number> {
  const [switchedOn] = await findSettingChanges(db, { name, limit: 1 });
  return Math.max(switchedOn?.changedAtMs ?? 0, await findPinnedSince(db, name));
}
