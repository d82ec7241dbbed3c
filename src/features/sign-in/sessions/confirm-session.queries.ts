import type { Db } from '../../../db/database.ts';

/**
 * Notes that the password of a session's user was just checked, and against which hash; undefined if the session has
 * ended, or the password has changed.
 */
export function confirmSession(
  db: Db,
  session: { id: number; userId: number; passwordHash: string; nowMs: number },
) {
  return db
    .updateTable('sessions')
    .set({ authenticated_at_ms: session.nowMs })
    .where('id', '=', session.id)
    .where('user_id', '=', session.userId)
    .where('ended_at_ms', 'is', null)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('users')
          .select('users.id')
          .where('users.id', '=', session.userId)
          .where('users.password_hash', '=', session.passwordHash)
          .where('users.is_active', '=', 1),
      ),
    )
    .returning('id')
    .executeTakeFirst();
}
