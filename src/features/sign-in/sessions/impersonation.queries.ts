import type { Db } from '../../../db/database.ts';
import type { EndCause } from '../../../errors/index.ts';
import type { SessionOrigin } from './start-session.queries.ts';

export function insertImpersonation(
  trx: Db,
  session: {
    userId: number;
    impersonatorId: number;
    impersonatorSessionId: number;
    startedAtMs: number;
    expiresAtMs: number;
  } & SessionOrigin,
): Promise<{ id: number }> {
  return trx
    .insertInto('sessions')
    .values({
      user_id: session.userId,
      impersonator_id: session.impersonatorId,
      impersonator_session_id: session.impersonatorSessionId,
      created_at_ms: session.startedAtMs,
      refreshed_at_ms: session.startedAtMs,
      expires_at_ms: session.expiresAtMs,
      ip: session.ip,
      device: session.device,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
}

/** Whether the session lives in which an impersonation was begun. */
export async function isBegunInLiveSession(
  db: Db,
  impersonationId: number,
  nowMs: number,
): Promise<boolean> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('sessions as own', 'own.id', 'sessions.impersonator_session_id')
    .select('own.id')
    .where('sessions.id', '=', impersonationId)
    .whereRef('own.user_id', '=', 'sessions.impersonator_id')
    .where('own.ended_at_ms', 'is', null)
    .where('own.expires_at_ms', '>', nowMs)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Ends the impersonations of some administrators that were begun in a session that has ended; returns the sessions,
 * their users, and the administrators.
 */
export function endOrphanedImpersonations(
  db: Db,
  impersonatorIds: readonly number[],
  nowMs: number,
) {
  return db
    .updateTable('sessions')
    .set({ ended_at_ms: nowMs, end_cause: 'impersonation_ended' satisfies EndCause })
    .where('impersonator_id', 'in', impersonatorIds)
    .where('ended_at_ms', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('sessions as own')
            .select('own.id')
            .whereRef('own.id', '=', 'sessions.impersonator_session_id')
            .where('own.ended_at_ms', 'is', null),
        ),
      ),
    )
    .returning(['id', 'user_id as userId', 'impersonator_id as impersonatorId'])
    .execute();
}
