import { declareBody, described, optional } from '../../../contract/declare-body.ts';
import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import { flagField } from '../../../contract/value-fields.ts';
import type { Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Settings } from '../../../settings/settings.ts';
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
import { type CurrentPasswordDeps, notRight } from './check-current-password.ts';
import { type Owner, proveOwner, readOwnersBody } from './prove-owner.ts';

export const accountDeletionBody = declareBody(
  {
    password: optional(
      described(currentPasswordField, {
        description:
          'Without it, recent authentication has to stand in: of a user who has no password, or a factor.',
      }),
    ),
    confirm: optional(flagField({ description: 'True in place of `password`.', examples: [true] })),
  },
  { title: 'AccountDeletion' },
);

/**
 * Deletes the user's account and all its data, for good.
 *
 * @throws AppError `invalid_fields`, `insufficient_user_authentication`, `last_superuser`, `user_inactive`,
 *   `rate_limited`, `overloaded`
 */
export async function deleteOwnAccount(
  deps: CurrentPasswordDeps & { readonly notices: Notices; readonly settings: Settings },
  own: Owner,
  body: Body,
): Promise<void> {
  const { password } = await readOwnersBody(deps, own, accountDeletionBody.check(body));
  const { id } = own;
  const hash = await proveOwner(deps, own, password);
  const requireRemovable = async (trx: Db) => {
    const user = await lockUser(trx, id);
    if (user?.isActive !== 1) throw new AppError('user_inactive'); // while we hashed, as the next
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
