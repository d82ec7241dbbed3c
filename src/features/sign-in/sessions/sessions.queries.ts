import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';

export function findSession(db: Db, id: number) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.id as sessionId', 'sessions.user_id as userId', 'sessions.generation'])
    .select(['sessions.created_at_ms as createdAtMs', 'sessions.refreshed_at_ms as refreshedAtMs'])
    .select(['sessions.expires_at_ms as expiresAtMs', 'sessions.end_cause as endCause'])
    .select(['sessions.retry_key as retryKey', 'sessions.impersonator_id as impersonatorId'])
    .select(['sessions.ip', 'users.is_active as isActive'])
    .select(['sessions.amr', 'sessions.auth_level as authLevel'])
    .select('sessions.authenticated_at_ms as authenticatedAtMs')
    .where('sessions.id', '=', id)
    .executeTakeFirst();
}

/** The sessions of a user that live, the last used first. */
export function findLiveSessions(db: Db, userId: number, nowMs: number, limit: number) {
  return db
    .selectFrom('sessions')
    .select(['id', 'created_at_ms as createdAtMs', 'refreshed_at_ms as refreshedAtMs'])
    .select(['expires_at_ms as expiresAtMs', 'ip', 'device'])
    .select('impersonator_id as impersonatorId')
    .where('user_id', '=', userId)
    .where('ended_at_ms', 'is', null)
    .where('expires_at_ms', '>', nowMs)
    .orderBy('refreshed_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** The sessions of a user that are kept, ended ones too, the newest first. */
export function findSessionsOfUser(db: Db, userId: number, limit: number) {
  return db
    .selectFrom('sessions')
    .select(['id', 'generation', 'ip', 'device', 'end_cause as endCause'])
    .select(['created_at_ms as createdAtMs', 'refreshed_at_ms as refreshedAtMs'])
    .select(['expires_at_ms as expiresAtMs', 'ended_at_ms as endedAtMs'])
    .select('authenticated_at_ms as authenticatedAtMs')
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** How many sessions of a user live. */
export async function countLiveSessions(db: Db, userId: number, nowMs: number): Promise<number> {
  const row = await db
    .selectFrom('sessions')
    .select((eb) => eb.fn.countAll().as('n'))
    .where('user_id', '=', userId)
    .where('ended_at_ms', 'is', null)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** How many sessions live that were refreshed last from one moment on, and before another. */
export async function countRefreshedBetween(
  db: Db,
  nowMs: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number | undefined },
): Promise<number> {
  const query = db
    .selectFrom('sessions')
    .select((eb) => eb.fn.countAll().as('n'))
    .where('ended_at_ms', 'is', null)
    .where('expires_at_ms', '>', nowMs)
    .where('refreshed_at_ms', '>=', fromMs);
  const until = untilMs === undefined ? query : query.where('refreshed_at_ms', '<', untilMs);
  return Number((await until.executeTakeFirstOrThrow()).n);
}

/**
 * Removes the sessions between two ids that ended, or expired, before a time. Mostly there are none, and nothing is
 * written.
 */
export async function deleteSessionsEndedBefore(
  db: Db,
  range: { afterId: number; throughId: number; beforeMs: number },
): Promise<number> {
  const isOld = sql<boolean>`sessions.id > ${range.afterId} and sessions.id <= ${range.throughId}
    and (sessions.ended_at_ms < ${range.beforeMs} or sessions.expires_at_ms < ${range.beforeMs})`;
  const old = await db.selectFrom('sessions').select('id').where(isOld).limit(1).execute();
  if (old.length === 0) return 0;
  const result = await db.deleteFrom('sessions').where(isOld).executeTakeFirst();
  return Number(result.numDeletedRows);
}
