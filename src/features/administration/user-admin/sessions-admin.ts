import { AppError } from '../../../errors/index.ts';
import { type Position, readCursor, writeCursor } from '../../../http/cursor.ts';
import { endUserSessions } from '../../sign-in/sessions/index.ts';
import { readStretches, usualStretches } from './read-stretches.ts';
import {
  findSessionIdAhead,
  findSessions,
  findSessionsOf,
  findUserOfSession,
  type SessionFilters,
  type SessionOwners,
  type SessionRow,
} from './sessions-admin.queries.ts';
import { type Administrator, type ChangeDeps, type UserTask, withUser } from './with-user.ts';

/** The sessions of all users, as administrators see and end them. */

export interface SessionQuery extends SessionOwners {
  readonly state: SessionFilters['state'];
}

/** A session as an administrator sees it. */
export type ListedSession = Readonly<SessionRow>;

/**
 * One page of sessions, the newest first. In the list of all users it may be shorter than `limit` before the list
 * ends, if few live among many that have ended.
 *
 * @throws AppError `invalid_fields` for a cursor of another list
 */
export async function listSessions(
  { database: { db }, clock }: ChangeDeps,
  { userId, impersonatorId, state }: SessionQuery,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<{ sessions: ListedSession[]; nextCursor: string | undefined }> {
  const list = JSON.stringify(['sessions', userId, impersonatorId, state]);
  const [after] = cursor === undefined ? [] : readCursor(list, cursor, isId);
  const below = after as number | undefined;
  const filters = { state, nowMs: clock.nowMs() };
  const { rows, stoppedAt } =
    userId === undefined && impersonatorId === undefined
      ? await readStretches(
          {
            async findKeyAhead(key, places) {
              return state === 'all' ? undefined : findSessionIdAhead(db, key, places);
            },
            read: (key, through, most) =>
              findSessions(db, filters, { below: key, downTo: through }, most),
          },
          { after: below, limit: limit + 1 },
          usualStretches,
        )
      : {
          rows: await findSessionsOf(db, { userId, impersonatorId }, filters, below, limit + 1),
          stoppedAt: undefined,
        };
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1)?.id : stoppedAt;
  return {
    sessions: shown.map((row) => viewOf(row, filters.nowMs)),
    nextCursor: last === undefined ? undefined : writeCursor(list, [last]),
  };
}

function isId(position: Position): boolean {
  return position.length === 1 && typeof position[0] === 'number';
}

/** A session that has expired ended when it expired, although no row says so. */
function viewOf(row: SessionRow, nowMs: number): ListedSession {
  const hasExpired = row.endedAtMs === null && row.expiresAtMs <= nowMs;
  if (!hasExpired) return row;
  return { ...row, endedAtMs: row.expiresAtMs, endCause: 'session_expired' };
}

/**
 * Ends all sessions of a user.
 *
 * @returns how many there were to end
 * @throws AppError `permission_denied`, UserAdminError `no_such_user`
 */
export function endSessionsOf(
  deps: ChangeDeps,
  userId: number,
  actor: Administrator,
): Promise<number> {
  return withUser(deps, userId, actor, endOfSessions(actor));
}

/** As `endSessionsOf`, as a task of `withUser`. */
export function endOfSessions(actor: Administrator): UserTask<number> {
  return (trx, user, nowMs) =>
    endUserSessions(trx, user.id, 'session_revoked_by_admin', { actor, nowMs });
}

/**
 * Ends one session.
 *
 * @returns how many sessions ended: 0 if it had ended before
 * @throws AppError `permission_denied`, `not_found`
 */
export async function endOneSession(
  deps: ChangeDeps,
  id: number,
  actor: Administrator,
): Promise<number> {
  const userId = await findUserOfSession(deps.database.db, id);
  if (userId === undefined) throw new AppError('not_found');
  return withUser(deps, userId, actor, (trx, _user, nowMs) =>
    endUserSessions(trx, userId, 'session_revoked_by_admin', { actor, nowMs }, { id }),
  );
}
