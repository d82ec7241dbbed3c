import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';

/** How the sessions of a user that are over are removed before the user is. */

/** Whether a user has more than so many sessions, of whatever state. */
export async function hasMoreSessions(db: Db, userId: number, count: number): Promise<boolean> {
  const rows = await db
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .offset(count)
    .limit(1)
    .execute();
  return rows.length > 0;
}

/**
 * Removes some of a user's sessions that have ended or expired.
 *
 * @returns how many there were
 */
export async function removeEndedSessions(
  db: Db,
  userId: number,
  nowMs: number,
  limit: number,
): Promise<number> {
  const result = await db
    .deleteFrom('sessions')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('sessions as over')
        .select('over.id')
        .where('over.user_id', '=', userId)
        .where(sql<boolean>`(over.ended_at_ms is not null or over.expires_at_ms <= ${nowMs})`)
        .limit(limit),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
