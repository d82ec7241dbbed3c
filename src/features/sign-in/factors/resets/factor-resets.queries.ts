import { sql } from 'kysely';
import type { Db } from '../../../../db/database.ts';

/** Resets of factors that wait, one for each user. */

export interface FactorReset {
  readonly userId: number;
  /** The administrator; null: the operator. */
  readonly requestedBy: number | null;
  readonly reason: string;
  readonly requestedAtMs: number;
  readonly dueAtMs: number;
}

const columns = [
  'user_id as userId',
  'requested_by as requestedBy',
  'reason',
  'requested_at_ms as requestedAtMs',
  'due_at_ms as dueAtMs',
] as const;

/** What is told of a factor that was spent. */
export interface SpentFactor {
  /** Whether a reset of its user's factors waits, which they do not need. */
  readonly resetWaits: number | boolean;
}

/**
 * Whether a reset of a user waits, as a column of a statement that there is anyway: it costs those who wait for none no query.
 *
 * @param userId the column that says whose
 */
export const resetWaits = (userId: string) =>
  sql<number | boolean>`exists (
    select 1 from factor_resets where factor_resets.user_id = ${sql.ref(userId)}
  )`.as('resetWaits');

/** @returns false if one waits already */
export async function insertReset(trx: Db, reset: FactorReset): Promise<boolean> {
  const inserted = await trx
    .insertInto('factor_resets')
    .values({
      ...{ user_id: reset.userId, requested_by: reset.requestedBy, reason: reset.reason },
      ...{ requested_at_ms: reset.requestedAtMs, due_at_ms: reset.dueAtMs },
    })
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

export function findReset(db: Db, userId: number): Promise<FactorReset | undefined> {
  return db
    .selectFrom('factor_resets')
    .select(columns)
    .where('user_id', '=', userId)
    .executeTakeFirst();
}

/** Those that are to be done now, the oldest first. */
export async function findDueResets(db: Db, nowMs: number, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('factor_resets')
    .select('user_id as userId')
    .where('due_at_ms', '<=', nowMs)
    .orderBy('due_at_ms')
    .limit(limit)
    .execute();
  return rows.map(({ userId }) => userId);
}

/**
 * Deletes the reset of a user. The caller that gets the row carries it out, or has cancelled it.
 *
 * @param dueByMs only if it is due by then; absent: whenever it is
 */
export function takeReset(
  trx: Db,
  userId: number,
  dueByMs?: number,
): Promise<FactorReset | undefined> {
  const query = trx.deleteFrom('factor_resets').where('user_id', '=', userId);
  return (dueByMs === undefined ? query : query.where('due_at_ms', '<=', dueByMs))
    .returning(columns)
    .executeTakeFirst();
}
