import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';

/** How often something happened. */
export interface ActivityCounts {
  readonly signIns: number;
  readonly failures: number;
  readonly refreshes: number;
}

/** Adds to the counts of the ten minutes that begin at a moment, whichever node has counted. */
export function addActivity(db: Db, fromMs: number, counts: ActivityCounts) {
  return db
    .insertInto('activity')
    .values({
      from_ms: fromMs,
      sign_ins: counts.signIns,
      failures: counts.failures,
      refreshes: counts.refreshes,
    })
    .onConflict((conflict) =>
      conflict.column('from_ms').doUpdateSet({
        sign_ins: sql`activity.sign_ins + excluded.sign_ins`,
        failures: sql`activity.failures + excluded.failures`,
        refreshes: sql`activity.refreshes + excluded.refreshes`,
      }),
    )
    .execute();
}

export function removeActivityBefore(db: Db, beforeMs: number) {
  return db.deleteFrom('activity').where('from_ms', '<', beforeMs).execute();
}

export function findActivitySince(db: Db, sinceMs: number) {
  return db
    .selectFrom('activity')
    .select(['from_ms as fromMs', 'sign_ins as signIns', 'failures', 'refreshes'])
    .where('from_ms', '>=', sinceMs)
    .orderBy('from_ms')
    .execute();
}
