import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';

/** Which sessions are wanted. A session that has expired has ended, whether or not a row says so. */
export interface SessionFilters {
  readonly state: 'live' | 'ended' | 'all';
  readonly nowMs: number;
}

function sessionRows(db: Db, { state, nowMs }: SessionFilters) {
  let query = db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select([
      'sessions.id',
      'sessions.user_id as userId',
      'users.email',
      'sessions.created_at_ms as createdAtMs',
      'refreshed_at_ms as lastUsedAtMs',
      'expires_at_ms as expiresAtMs',
      'ended_at_ms as endedAtMs',
      'end_cause as endCause',
      'ip',
      'device',
      'impersonator_id as impersonatorId',
    ]);
  if (state === 'live') {
    query = query.where('ended_at_ms', 'is', null).where('expires_at_ms', '>', nowMs);
  }
  if (state === 'ended') {
    query = query.where((eb) =>
      eb.or([eb('ended_at_ms', 'is not', null), eb('expires_at_ms', '<=', nowMs)]),
    );
  }
  return query;
}

export type SessionRow = Awaited<ReturnType<ReturnType<typeof sessionRows>['execute']>>[number];

/** From one id down to another; undefined: from the newest, to the oldest. */
export interface IdRange {
  readonly below: number | undefined;
  readonly downTo?: number | undefined;
}

/** The wanted sessions of all users, the newest first. */
export function findSessions(
  db: Db,
  filters: SessionFilters,
  { below, downTo }: IdRange,
  limit: number,
): Promise<SessionRow[]> {
  let query = sessionRows(db, filters);
  if (below !== undefined) query = query.where('sessions.id', '<', below);
  if (downTo !== undefined) query = query.where('sessions.id', '>=', downTo);
  return query.orderBy('sessions.id', 'desc').limit(limit).execute();
}

/** The id of the session that many places further down; undefined if there are fewer. */
export async function findSessionIdAhead(
  db: Db,
  below: number | undefined,
  places: number,
): Promise<number | undefined> {
  let query = db.selectFrom('sessions').select('id');
  if (below !== undefined) query = query.where('id', '<', below);
  const row = await query
    .orderBy('id', 'desc')
    .offset(places - 1)
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** Whose sessions: of a user, those in which an administrator acts as somebody else, or both. */
export interface SessionOwners {
  readonly userId?: number | undefined;
  readonly impersonatorId?: number | undefined;
}

/** The wanted sessions of some owner, the newest first. */
export function findSessionsOf(
  db: Db,
  { userId, impersonatorId }: SessionOwners,
  filters: SessionFilters,
  below: number | undefined,
  limit: number,
): Promise<SessionRow[]> {
  let query = sessionRows(db, filters);
  if (userId !== undefined) query = query.where('sessions.user_id', '=', userId);
  if (impersonatorId !== undefined) query = query.where('impersonator_id', '=', impersonatorId);
  if (below !== undefined) query = query.where('sessions.id', '<', below);
  // Not by the id itself: PostgreSQL would go through all sessions in that order to find those of one.
  return query.orderBy(sql`sessions.id + 0`, 'desc').limit(limit).execute();
}

export async function findUserOfSession(db: Db, id: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('sessions')
    .select('user_id as userId')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.userId;
}
