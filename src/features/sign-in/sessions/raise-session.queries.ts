import type { Db } from '../../../db/database.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';

/** A session whose user has just shown a factor. */
export interface RaisedSession {
  readonly id: number;
  readonly userId: number;
  readonly level: AuthLevel;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
  readonly nowMs: number;
}

/**
 * Notes that the user of a session has just shown a factor: it is as strong as that from now on, and not weaker than
 * before. In a transaction.
 *
 * @returns false if the session has ended
 */
export async function raiseSession(
  trx: Db,
  { id, userId, level, amr, nowMs }: RaisedSession,
): Promise<boolean> {
  const session = await trx
    .selectFrom('sessions')
    .select(['auth_level as authLevel', 'amr'])
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('ended_at_ms', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (!session) return false;
  const before = session.amr?.split(' ') ?? [];
  await trx
    .updateTable('sessions')
    .set({
      auth_level: level > session.authLevel ? level : session.authLevel,
      amr: [...new Set([...before, ...amr])].join(' '),
      authenticated_at_ms: nowMs,
      factor_at_ms: nowMs,
    })
    .where('id', '=', id)
    .execute();
  return true;
}
