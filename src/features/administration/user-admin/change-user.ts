import { requireVersion } from '../../../contract/expected-version.ts';
import { requireMayGrant } from '../../identity/roles/index.ts';
import {
  changedColumns,
  deleteFormerEmails,
  isSameMailbox,
  updateUser,
} from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import { requireNotTaken, whileFree } from './free-names.ts';
import { keepOneSuperuser } from './user-state.ts';
import { type Administrator, type ChangeDeps, lockManaged } from './with-user.ts';

/** What of a user may be changed; both texts have passed their fields' checks. */
export interface AdminChange {
  readonly email?: string | undefined;
  readonly username?: string | undefined;
  /** Null: none is known. */
  readonly locale?: string | null | undefined;
  readonly isSuperuser?: boolean | undefined;
  /** The version that the administrator knows; undefined: any. */
  readonly expectedVersion?: number | undefined;
}

/**
 * Changes a user, or nothing of it. Only superusers make superusers, or take it from them.
 *
 * @throws AppError `permission_denied`, `version_conflict`, UserAdminError `no_such_user`, `email_taken`,
 *   `username_taken`, `last_superuser`
 */
export function changeUser(
  deps: ChangeDeps,
  id: number,
  change: AdminChange,
  actor: Administrator,
): Promise<void> {
  const { email, username, locale, isSuperuser } = change;
  return whileFree(deps, { email, username }, id, async (trx, nowMs) => {
    const user = await lockManaged(trx, id, actor);
    requireVersion(user, change.expectedVersion);
    await requireNotTaken(trx, { email, username }, { ownId: id, nowMs });
    const fields: string[] = [];
    const columns = changedColumns(user, { email, username, locale }, nowMs);
    if (email !== undefined && email !== user.email) fields.push('email');
    const isNewEmail = email !== undefined && !isSameMailbox(email, user.email);
    // The administrator vouches for it: its reader can sign in by mail, its first proof removes no factor, and no earlier
    // email undoes it.
    if (isNewEmail) {
      columns.mailRecoveryFromMs = null;
      columns.isEmailGiven = 1;
    }
    if (username !== undefined && username !== user.username) fields.push('username');
    if (locale !== undefined && locale !== user.locale) fields.push('locale');
    if (isSuperuser !== undefined && isSuperuser !== (user.isSuperuser === 1)) {
      await requireMayGrant(trx, actor, { isSuperuser: true });
      if (!isSuperuser) await keepOneSuperuser(trx, user);
      fields.push('is_superuser');
      columns.isSuperuser = isSuperuser ? 1 : 0;
    }
    if (fields.length === 0) return;
    await updateUser(trx, id, columns);
    if (isNewEmail) await deleteFormerEmails(trx, id);
    // Kept for another account in the meantime.
    await requireNotTaken(trx, { email, username }, { ownId: id, nowMs });
    const event = { actor, atMs: nowMs, userId: id, details: { fields } };
    await record(trx, { kind: 'user.changed', ...event });
    if (isNewEmail) await deps.notices?.write(trx, { kind: 'email_set', user, nowMs });
    if (columns.isSuperuser === undefined) return;
    const details = { is_superuser: columns.isSuperuser === 1 };
    await record(trx, { ...event, kind: 'user.superuser_changed', details });
  });
}
