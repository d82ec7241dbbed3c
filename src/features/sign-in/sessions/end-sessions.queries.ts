import type { Db } from '../../../db/database.ts';
import { compiledOnce } from '../../../db/prepared.ts';
import type { EndCause } from '../../../errors/index.ts';

/** Ends the sign-ins of a user that wait for a second factor. */
export async function deleteSignInFlows(trx: Db, userId: number): Promise<void> {
  await trx.deleteFrom('sign_in_flows').where('user_id', '=', userId).execute();
}

/** Ends one session; undefined if it had ended. */
export function endSession(db: Db, id: number, cause: EndCause, nowMs: number) {
  return db
    .updateTable('sessions')
    .set({ ended_at_ms: nowMs, end_cause: cause })
    .where('id', '=', id)
    .where('ended_at_ms', 'is', null)
    .returning('user_id as userId')
    .executeTakeFirst();
}

/**
 * Ends sessions of a user: all, one, or all but one; those that have expired too, whose access tokens
 * may be good for a while, and which a node whose clock is late would still refresh.
 *
 * @returns which of them lived
 */
export async function endSessionsOfUser(
  db: Db,
  userId: number,
  cause: EndCause,
  nowMs: number,
  which: { readonly id?: number; readonly exceptId?: number | undefined },
): Promise<number[]> {
  let update = db
    .updateTable('sessions')
    .set({ ended_at_ms: nowMs, end_cause: cause })
    .where('user_id', '=', userId)
    .where('ended_at_ms', 'is', null);
  if (which.id !== undefined) update = update.where('id', '=', which.id);
  if (which.exceptId !== undefined) update = update.where('id', '<>', which.exceptId);
  const ended = await update.returning(['id', 'expires_at_ms']).execute();
  return idsOf(ended.filter((session) => session.expires_at_ms > nowMs));
}

const idsOf = (rows: readonly { id: number }[]) => rows.map(({ id }) => id).sort((a, b) => a - b);

const endOldest = compiledOnce<
  { userId: number; limit: number; nowMs: number; cause: EndCause },
  { id: number }
>((db, param) =>
  db
    .updateTable('sessions')
    .set({ ended_at_ms: param('nowMs'), end_cause: param('cause') })
    .where('user_id', '=', param('userId'))
    .where('ended_at_ms', 'is', null)
    .where('expires_at_ms', '>', param('nowMs'))
    .where('impersonator_id', 'is', null) // which is not a device of the user
    .where('id', '<=', (eb) =>
      eb
        .selectFrom('sessions as newer')
        .select('newer.id')
        .where('newer.user_id', '=', param('userId'))
        .where('newer.ended_at_ms', 'is', null)
        .where('newer.expires_at_ms', '>', param('nowMs'))
        .where('newer.impersonator_id', 'is', null)
        .orderBy('newer.id', 'desc')
        .limit(1)
        .offset(param('limit')),
    )
    .returning('id'),
);

/** Ends the oldest of a user's sessions, so that no more than `limit` live; gives which. */
export async function endOldestSessions(
  db: Db,
  userId: number,
  limit: number,
  nowMs: number,
): Promise<number[]> {
  const { rows } = await endOldest(db, { userId, limit, nowMs, cause: 'session_limit_reached' });
  return idsOf(rows);
}
