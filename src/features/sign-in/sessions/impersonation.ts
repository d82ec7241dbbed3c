import type { Db } from '../../../db/database.ts';
import { mayManage } from '../../identity/roles/index.ts';
import { insertImpersonation, isBegunInLiveSession } from './impersonation.queries.ts';
import type { SessionOrigin } from './sessions.queries.ts';

/**
 * An administrator in the name of a user, for a short time: a session of the user that says whose it
 * is, to the user, to the audit log, and in its access tokens. See docs/decisions/impersonation.md.
 */

export interface Impersonation {
  readonly sessionId: number;
  readonly userId: number;
  readonly impersonatorId: number;
  /** The administrator's own session in which it was begun, and with which it ends. */
  readonly impersonatorSessionId: number;
  readonly startedAtMs: number;
  /** Refreshing does not put it off. */
  readonly expiresAtMs: number;
}

/** Starts one, in the transaction that holds the rules and records it. */
export async function startImpersonation(
  trx: Db,
  impersonation: Omit<Impersonation, 'sessionId'>,
  origin: SessionOrigin,
): Promise<Impersonation> {
  const { id } = await insertImpersonation(trx, { ...impersonation, ...origin });
  return { ...impersonation, sessionId: id };
}

/**
 * Whether an administrator may act in the name of a user at this moment: is active, has the permission,
 * and no less authority than the user, and the session in which it was begun lives. Asked at each request
 * and at each refresh, so that whoever loses it is out at once.
 */
export async function mayImpersonate(
  db: Db,
  {
    sessionId,
    userId,
    impersonatorId,
  }: Pick<Impersonation, 'sessionId' | 'userId' | 'impersonatorId'>,
  nowMs: number,
): Promise<boolean> {
  if (!(await isBegunInLiveSession(db, sessionId, nowMs))) return false;
  return mayManage(db, impersonatorId, userId, 'users.impersonate');
}
