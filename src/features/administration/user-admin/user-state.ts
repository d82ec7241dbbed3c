import type { Db } from '../../../db/database.ts';
import {
  deleteAccount,
  isLastSuperuser,
  type User,
  updateUser,
} from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import { endUserSessions, removeManySessions } from '../../sign-in/sessions/index.ts';
import { UserAdminError } from './user-admin.ts';
import {
  type Administrator,
  type ChangeDeps,
  lockManaged,
  type UserTask,
  withUser,
} from './with-user.ts';

/** Users are deactivated, activated again, and removed. One active superuser always stays. */

/**
 * Keeps a user out, and ends all their sessions.
 *
 * @returns how many sessions ended
 * @throws AppError `permission_denied`, UserAdminError `no_such_user`, `last_superuser`
 */
export function deactivateUser(
  deps: ChangeDeps,
  id: number,
  actor: Administrator,
  reason: string | null = null,
): Promise<number> {
  return withUser(deps, id, actor, deactivation(actor, reason));
}

/** As `deactivateUser`, as a task of `withUser`. */
export function deactivation(actor: Administrator, reason: string | null): UserTask<number> {
  return async (trx, user, nowMs, notices) => {
    await keepOneSuperuser(trx, user);
    const { id } = user;
    if (user.isActive === 1) {
      await updateUser(trx, id, { isActive: 0, updatedAtMs: nowMs });
      const event = { actor, atMs: nowMs, userId: id, details: { reason } };
      await record(trx, { kind: 'user.deactivated', ...event });
      await notices.write(trx, { kind: 'account_deactivated', user, nowMs });
    }
    return endUserSessions(trx, id, 'user_deactivated', { actor, nowMs });
  };
}

/**
 * Lets a deactivated user in again. Their sessions stay ended.
 *
 * @throws AppError `permission_denied`, UserAdminError `no_such_user`
 */
export function activateUser(deps: ChangeDeps, id: number, actor: Administrator): Promise<void> {
  return withUser(deps, id, actor, activation(actor));
}

/** As `activateUser`, as a task of `withUser`. */
export function activation(actor: Administrator): UserTask<void> {
  return async (trx, { id, isActive }, nowMs) => {
    if (isActive === 1) return;
    await updateUser(trx, id, { isActive: 1, updatedAtMs: nowMs });
    await record(trx, { kind: 'user.activated', actor, atMs: nowMs, userId: id });
  };
}

/**
 * Removes a user and all that is theirs.
 *
 * @throws AppError `permission_denied`, UserAdminError `no_such_user`, `last_superuser`
 */
export async function removeUser(
  deps: ChangeDeps,
  id: number,
  actor: Administrator,
): Promise<void> {
  await prepareRemoval(deps, id, actor);
  await withUser(deps, id, actor, removal(actor));
}

/**
 * Makes the removal of a user a small transaction. To be done before it.
 *
 * @throws as `removeUser`, if there is much to prepare
 */
export function prepareRemoval(deps: ChangeDeps, id: number, actor: Administrator): Promise<void> {
  return removeManySessions(deps, id, async (trx) =>
    keepOneSuperuser(trx, await lockManaged(trx, id, actor)),
  );
}

/** As `removeUser`, as a task of `withUser`. */
export function removal(actor: Administrator): UserTask<void> {
  return async (trx, user, nowMs, notices) => {
    await keepOneSuperuser(trx, user);
    await notices.write(trx, { kind: 'account_deleted', user, nowMs });
    await deleteAccount(trx, user, nowMs);
    await record(trx, { kind: 'user.deleted', actor, atMs: nowMs, userId: user.id });
  };
}

/** @throws UserAdminError `last_superuser` */
export async function keepOneSuperuser(trx: Db, user: User): Promise<void> {
  if (!(await isLastSuperuser(trx, user))) return;
  throw new UserAdminError('last_superuser', `User ${user.id} is the last active superuser.`);
}
