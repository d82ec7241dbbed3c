import type { Db } from '../../../db/database.ts';
import { mayManage } from '../../identity/roles/index.ts';
import { isBegunInLiveSession } from './impersonation.queries.ts';

/**
 * An administrator in the name of a user, for a short time. It is a session of the user that shows the administrator,
 * to the user, to the audit log, and in its access tokens. See docs/decisions/impersonation.md.
 */

export interface Impersonation {
  readonly sessionId: number;
  readonly userId: number;
  readonly impersonatorId: number;
}

/**
 * Whether an administrator may act in the name of a user at this moment: is active, has the permission, and no less
 * authority than the user, and the session in which it was begun lives. Checked at each request and at each refresh,
 * so that it ends at once when one of these ends.
 */
export async function mayImpersonate(
  db: Db,
  { sessionId, userId, impersonatorId }: Impersonation,
  nowMs: number,
): Promise<boolean> {
  if (!(await isBegunInLiveSession(db, sessionId, nowMs))) return false;
  return mayManage(db, impersonatorId, userId, 'users.impersonate');
}
