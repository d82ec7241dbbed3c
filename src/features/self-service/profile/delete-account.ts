import { declareBody } from '../../../contract/declare-body.ts';
import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import type { Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Notices } from '../../identity/notices/index.ts';
import { currentPasswordField } from '../../identity/passwords/index.ts';
import {
  deleteAccount,
  findPasswordHash,
  isLastSuperuser,
  lockUser,
} from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import { removeManySessions } from '../../sign-in/sessions/index.ts';
import {
  type CurrentPasswordDeps,
  checkCurrentPassword,
  notRight,
  type Own,
} from './check-current-password.ts';

export const accountDeletionBody = declareBody(
  { password: currentPasswordField },
  { title: 'AccountDeletion' },
);

/**
 * Deletes the user's account and all its data, for good. It needs the password again, because an access token may be
 * stolen. So only an operator can delete an account without a password.
 *
 * @throws AppError `invalid_fields`, `last_superuser`, `user_inactive`, `rate_limited`, `overloaded`
 */
export async function deleteOwnAccount(
  deps: CurrentPasswordDeps & { readonly notices: Notices },
  own: Own,
  body: Body,
): Promise<void> {
  const { password } = accountDeletionBody.read(body);
  const { id } = own;
  const hash = await checkCurrentPassword(deps, own, password);
  if (hash === undefined) return throwFieldErrors({ password: [notRight] });
  const requireRemovable = async (trx: Db) => {
    const user = await lockUser(trx, id);
    if (user?.is_active !== 1) throw new AppError('user_inactive'); // while we hashed, as the next
    if ((await findPasswordHash(trx, id)) !== hash) throwFieldErrors({ password: [notRight] });
    if (await isLastSuperuser(trx, user)) throw new AppError('last_superuser');
    return user;
  };
  await removeManySessions(deps, id, requireRemovable);
  await deps.database.transact(async (trx) => {
    const user = await requireRemovable(trx);
    const { actor, sessionId } = own;
    const nowMs = deps.clock.nowMs();
    const ip = actor.kind === 'user' ? actor.ip : null;
    // Before they are gone, and the session that tells the device.
    const notice = { kind: 'account_deleted', user, nowMs, ip, sessionId } as const;
    await deps.notices.write(trx, notice);
    await deleteAccount(trx, user, nowMs);
    await record(trx, { kind: 'user.deleted', actor, atMs: nowMs, userId: id });
  });
}
