import type { Db } from '../../../db/database.ts';
import { isUniqueViolation } from '../../../db/errors.ts';
import { emailTaken, takenFields, usernameTaken } from '../../identity/users/index.ts';
import { UserAdminError } from './user-admin.ts';
import type { ChangeDeps } from './with-user.ts';

/** Emails and usernames that an administrator gives a user must be free. */

/** @throws UserAdminError `email_taken`, `username_taken` */
export async function requireNotTaken(
  db: Db,
  change: { email?: string | undefined; username?: string | undefined },
  at: { readonly ownId?: number | undefined; readonly nowMs: number },
): Promise<void> {
  const taken = await takenFields(db, change, at);
  if (taken.email) throw new UserAdminError('email_taken', `${change.email}: ${emailTaken}`);
  if (taken.username) {
    throw new UserAdminError('username_taken', `${change.username}: ${usernameTaken}`);
  }
}

/** Runs a transaction that may find an email or a username taken that was free: then it says so. */
export async function whileFree<T>(
  { database, clock }: ChangeDeps,
  names: { email?: string | undefined; username?: string | undefined },
  ownId: number | undefined,
  task: (trx: Db, nowMs: number) => Promise<T>,
): Promise<T> {
  try {
    return await database.transact((trx) => task(trx, clock.nowMs()));
  } catch (error) {
    if (isUniqueViolation(error)) {
      await requireNotTaken(database.db, names, { ownId, nowMs: clock.nowMs() });
    }
    throw error;
  }
}
