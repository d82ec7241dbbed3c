import { declareBody } from '../../../contract/declare-body.ts';
import { hashSourceOf } from '../../identity/passwords/index.ts';
import { requireMayGrant, setUserGrants, type UserGrants } from '../../identity/roles/index.ts';
import { createUserIn, emailField, emailTaken } from '../../identity/users/index.ts';
import { requireNotTaken, whileFree } from './free-names.ts';
import { hashNewPassword, type PasswordDeps } from './set-user-password.ts';
import { UserAdminError, type UserView, viewOf } from './user-admin.ts';
import type { Administrator, ChangeDeps } from './with-user.ts';

const newEmail = declareBody({ email: emailField });

/**
 * Checks the email of a new user by the rules of registration.
 *
 * @returns the email, trimmed
 * @throws AppError `invalid_fields`, UserAdminError `email_taken`
 */
export async function checkNewEmail(
  { database: { db }, clock }: ChangeDeps,
  text: string,
): Promise<string> {
  const { email } = newEmail.read({ value: { email: text } });
  await requireNotTaken(db, { email }, { nowMs: clock.nowMs() });
  return email;
}

export interface NewAccount {
  readonly email: string;
  /** Has passed `usernameField`. */
  readonly username?: string | undefined;
  /** The language of mails, a canonical tag. */
  readonly locale?: string | null | undefined;
  /** Null: none, so that nobody can sign in until one is set. */
  readonly password: string | null;
  /** Whether the password has passed the policy. Absent: it has not, and is checked. */
  readonly isPasswordChecked?: boolean;
  readonly isSuperuser: boolean;
  /** What they get beside. */
  readonly grants?: UserGrants | undefined;
}

/**
 * Makes a user, by the rules of registration and of giving.
 *
 * @throws AppError `invalid_fields`, `permission_denied`, UserAdminError `email_taken`,
 *   `username_taken`
 */
export async function addUser(
  deps: ChangeDeps & PasswordDeps,
  account: NewAccount,
  actor: Administrator,
): Promise<UserView> {
  const { username, locale, password, isSuperuser, grants } = account;
  const email = await checkNewEmail(deps, account.email);
  await requireNotTaken(deps.database.db, { username }, { nowMs: deps.clock.nowMs() });
  const passwordHash = password === null ? null : await hashOf(deps, account, password, actor);
  return whileFree(deps, { email, username }, undefined, async (trx, nowMs) => {
    await requireMayGrant(trx, actor, { isSuperuser });
    const made = { email, username, locale: locale ?? null, passwordHash, isSuperuser };
    const user = await createUserIn(trx, made, { actor, nowMs });
    if (!user) throw new UserAdminError('email_taken', `${email}: ${emailTaken}`); // while we hashed
    if (grants) await setUserGrants(trx, actor, user, grants, nowMs);
    return viewOf(user);
  });
}

/** @throws AppError `invalid_fields` */
function hashOf(
  deps: PasswordDeps,
  { email, username = '', isPasswordChecked }: NewAccount,
  password: string,
  actor: Administrator,
): Promise<string> {
  // A second check would look among breached passwords a second time, at another server.
  if (isPasswordChecked) return deps.passwords.hash(password, hashSourceOf(actor));
  return hashNewPassword(deps, password, { email, username }, actor);
}
