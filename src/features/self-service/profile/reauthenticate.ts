import { declareBody } from '../../../contract/declare-body.ts';
import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import type { RequestPrincipal } from '../../../http/types.ts';
import { currentPasswordField } from '../../identity/passwords/index.ts';
import { record } from '../../platform/audit/index.ts';
import { confirmSession } from '../../sign-in/sessions/index.ts';
import {
  type CurrentPasswordDeps,
  checkCurrentPassword,
  notRight,
  type Own,
} from './check-current-password.ts';

export const reauthenticationBody = declareBody(
  { password: currentPasswordField },
  { title: 'Reauthentication' },
);

/**
 * Checks the current password again. The session then has recent authentication for `REAUTHENTICATION_AGE`
 * (NIST SP 800-63B-4 5.2). The session and its tokens stay the same.
 *
 * @returns when recent authentication ends, in milliseconds
 * @throws AppError `invalid_fields`, `invalid_body`, `permission_denied`, `invalid_token`,
 *   `rate_limited`, `overloaded`
 */
export async function reauthenticate(
  deps: Deps & CurrentPasswordDeps,
  own: RequestPrincipal & Own,
  body: Body,
): Promise<number> {
  const { id: userId, sessionId, impersonatorId, actor } = own;
  if (impersonatorId !== undefined) {
    throw new AppError('permission_denied', {
      detail: 'You are acting as another user. Only that user can reauthenticate.',
    });
  }
  // Without a session there is no row to store the time in.
  if (sessionId === undefined) throw new AppError('invalid_token');
  const { password } = reauthenticationBody.read(body);
  const passwordHash = await checkCurrentPassword(deps, own, password);
  const nowMs = deps.clock.nowMs();
  const confirmed =
    passwordHash !== undefined &&
    (await deps.database.transact(async (trx) => {
      const found = await confirmSession(trx, { id: sessionId, userId, passwordHash, nowMs });
      if (found) await record(trx, { kind: 'user.reauthenticated', actor, atMs: nowMs, userId });
      return found;
    }));
  if (!confirmed) throwFieldErrors({ password: [notRight] });
  return nowMs + deps.settings.get('REAUTHENTICATION_AGE') * 1000;
}
