import type { Database, Db } from '../../../db/database.ts';
import type { EndCause } from '../../../errors/index.ts';
import { voidAllFlows } from '../../identity/flows/index.ts';
import { type Actor, type AuditEvent, maxListLength, record } from '../../platform/audit/index.ts';
import {
  deleteSignInFlows,
  endOldestSessions,
  endSession,
  endSessionsOfUser,
} from './end-sessions.queries.ts';
import { endOrphanedImpersonations } from './impersonation.queries.ts';
import { endedByNewPassword, forgetNetworks } from './known-devices.ts';
import {
  causeOfLogOut,
  type LoggedOutSession,
  type LogOut,
  logOutSessions,
} from './log-out.queries.ts';
import { subjectKey } from './token-cipher.ts';
import { forgetTrustedDevices } from './trusted-devices.queries.ts';

/** The actor who ends sessions, and the time. */
export interface EndedBy {
  readonly actor: Actor;
  readonly nowMs: number;
}

/**
 * Ends sessions of a user: all, one, or all but one; and records it. In a transaction. After a new password
 * the devices and networks of the sessions that end are not known any more, and what was begun in them by mail is void,
 * and so are sign-ins that wait for a second factor: they may be a thief's. Remembered devices are forgotten with their
 * sessions; not with that of a user who signs out.
 *
 * @returns how many there were to end
 */
export async function endUserSessions(
  trx: Db,
  userId: number,
  cause: EndCause,
  by: EndedBy,
  which: { readonly id?: number; readonly exceptId?: number | undefined } = {},
): Promise<number> {
  const ids = await endSessionsOfUser(trx, userId, cause, by.nowMs, which);
  await recordEnd(trx, userId, ids, cause, by);
  if (cause !== 'logged_out') await forgetTrustedDevices(trx, userId, which);
  if (endedByNewPassword(cause)) {
    await forgetNetworks(trx, userId, which.exceptId);
    await voidAllFlows(trx, userId);
    await deleteSignInFlows(trx, userId);
  }
  return ids.length;
}

/** Ends what was begun in sessions that have ended, of these administrators, and records who ended those. */
async function endImpersonations(
  trx: Db,
  byImpersonator: ReadonlyMap<number, EndedBy>,
  nowMs: number,
): Promise<void> {
  if (byImpersonator.size === 0) return;
  const ended = await endOrphanedImpersonations(trx, [...byImpersonator.keys()], nowMs);
  const events = ended.flatMap(({ id, userId, impersonatorId }) => {
    const by = byImpersonator.get(impersonatorId ?? 0);
    return by ? [endEvent(userId, [id], 'impersonation_ended', by)] : [];
  });
  await record(trx, ...events);
}

/** Ends the oldest of a user's sessions, so that at most `limit` live. In a transaction. */
export async function endSessionsOverLimit(
  trx: Db,
  userId: number,
  limit: number,
  by: EndedBy,
): Promise<void> {
  const ids = await endOldestSessions(trx, userId, limit, by.nowMs);
  await recordEnd(trx, userId, ids, 'session_limit_reached', by);
}

/** Ends a session whose token shows that something is wrong with it, unless it has ended. */
export function endStaleSession(
  database: Database,
  id: number,
  cause: EndCause,
  by: EndedBy,
): Promise<void> {
  return database.transact(async (trx) => {
    const ended = await endSession(trx, id, cause, by.nowMs);
    if (!ended) return;
    const { actor, nowMs: atMs } = by;
    if (cause === 'refresh_token_reused') {
      await record(trx, { kind: 'token.reused', actor, atMs, userId: ended.userId, sessionId: id });
    }
    await recordEnd(trx, ended.userId, [id], cause, by);
  });
}

/** A logout, and who asks for it. */
export interface ClientLogOut extends LogOut {
  readonly client: Actor;
}

/** Ends the sessions of a batch of logouts, as one transaction; returns those that it ended. */
export function endLoggedOut(
  database: Database,
  batch: readonly ClientLogOut[],
): Promise<LoggedOutSession[]> {
  return database.transact(async (trx) => {
    const rows = await logOutSessions(database, trx, batch);
    const calls = new Map(batch.map((call) => [subjectKey(call), call]));
    const ends = rows.flatMap((row) => {
      const { sessionId: id, userId, impersonatorId } = row;
      const call = calls.get(subjectKey(row));
      if (!call) return [];
      // The holder of the token of a session acts as its user, or in the name of its user.
      const ip = 'ip' in call.client ? call.client.ip : null;
      const actor: Actor = {
        ...{ kind: 'user', id: impersonatorId ?? userId, sessionId: id, ip },
        onBehalfOf: impersonatorId === null ? undefined : userId,
      };
      return [{ userId, id, cause: causeOfLogOut(row), by: { actor, nowMs: call.nowMs } }];
    });
    await record(
      trx,
      ...ends.map(({ userId, id, cause, by }) => endEvent(userId, [id], cause, by)),
    );
    const nowMs = Math.max(...batch.map((call) => call.nowMs));
    await endImpersonations(trx, new Map(ends.map(({ userId, by }) => [userId, by])), nowMs);
    return rows;
  });
}

async function recordEnd(
  trx: Db,
  userId: number,
  ids: readonly number[],
  cause: EndCause,
  by: EndedBy,
): Promise<void> {
  if (ids.length === 0) return;
  await record(trx, endEvent(userId, ids, cause, by));
  await endImpersonations(trx, new Map([[userId, by]]), by.nowMs);
}

/** One event, however many ended: a user may have thousands. */
export function endEvent(
  userId: number,
  ids: readonly number[],
  cause: EndCause,
  { actor, nowMs }: EndedBy,
): AuditEvent {
  const [only] = ids.length === 1 ? ids : [];
  const details = { cause, count: ids.length, session_ids: ids.slice(0, maxListLength) };
  return { kind: 'session.ended', actor, atMs: nowMs, userId, sessionId: only, details };
}
