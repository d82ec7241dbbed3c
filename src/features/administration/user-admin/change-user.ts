import { declareBody } from '../../../contract/declare-body.ts';
import { requireVersion } from '../../../contract/expected-version.ts';
import { throwFieldErrors } from '../../../contract/fields.ts';
import type { Db } from '../../../db/database.ts';
import { isUniqueViolation } from '../../../db/errors.ts';
import {
  hashSourceOf,
  type PasswordOwner,
  type PasswordPolicy,
  type Passwords,
  passwordField,
} from '../../identity/passwords/index.ts';
import {
  requireMayGrant,
  requireMayManage,
  setUserGrants,
  type UserGrants,
} from '../../identity/roles/index.ts';
import {
  changedColumns,
  createUserIn,
  deleteAccount,
  deleteFormerEmails,
  emailField,
  emailTaken,
  isLastSuperuser,
  isSameMailbox,
  takenFields,
  type User,
  updateUser,
  usernameTaken,
} from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import { endUserSessions, removeManySessions } from '../../sign-in/sessions/index.ts';
import { findUser, UserAdminError, type UserView, viewOf } from './user-admin.ts';
import {
  type Administrator,
  type ChangeDeps,
  lockManaged,
  type UserTask,
  withUser,
} from './with-user.ts';

/**
 * What operators and administrators do with users. Each takes the actor who does it, holds the rules
 * of who may manage whom (`roles/granting.ts`; the operator at the command line is bound by none), and
 * records it, all in one transaction.
 */

/** What it takes to set a password. */
export interface PasswordDeps {
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
}

const newEmail = declareBody({ email: emailField });
const newPassword = declareBody({ password: passwordField });

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

/** @throws UserAdminError `email_taken`, `username_taken` */
async function requireNotTaken(
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

/** What is wrong with a password that is to be set; empty where nothing is. */
export async function newPasswordFaults(
  { passwordPolicy }: Pick<PasswordDeps, 'passwordPolicy'>,
  text: string,
  owner: PasswordOwner,
): Promise<string[]> {
  const { values, errors } = newPassword.check({ value: { password: text } });
  if (values.password === undefined) return errors.password ?? [];
  return passwordPolicy.faultsOf(values.password, owner);
}

/** @throws AppError `invalid_fields` */
async function hashNewPassword(
  deps: PasswordDeps,
  text: string,
  owner: PasswordOwner,
  actor: Administrator,
): Promise<string> {
  const { password } = newPassword.read({ value: { password: text } });
  const faults = await deps.passwordPolicy.faultsOf(password, owner);
  if (faults.length > 0) throwFieldErrors({ password: faults });
  return deps.passwords.hash(password, hashSourceOf(actor));
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
    // They know whose it is: its reader gets in by mail, and no earlier email undoes it.
    if (isNewEmail) columns.mailRecoveryFromMs = null;
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

/**
 * Sets a user's password, which ends all their sessions.
 *
 * @returns how many sessions ended
 * @throws AppError `invalid_fields`, `permission_denied`, UserAdminError `no_such_user`
 */
export async function setUserPassword(
  deps: ChangeDeps & PasswordDeps,
  id: number,
  password: string,
  actor: Administrator,
): Promise<number> {
  const owner = await findUser(deps, { id });
  await requireMayManage(deps.database.db, actor, id); // before it costs a hash; and again below
  const passwordHash = await hashNewPassword(deps, password, owner, actor);
  return withUser(deps, id, actor, async (trx, user, nowMs, notices) => {
    await updateUser(trx, id, { passwordHash, updatedAtMs: nowMs });
    await record(trx, { kind: 'password.changed', actor, atMs: nowMs, userId: id });
    await notices.write(trx, { kind: 'password_set', user, nowMs });
    return endUserSessions(trx, id, 'password_changed', { actor, nowMs });
  });
}

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
 * @throws as `removeUser`, where there is much to prepare
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

/** Runs a transaction that may find an address or a user name taken that was free: then it says so. */
async function whileFree<T>(
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

/** @throws UserAdminError `last_superuser` */
async function keepOneSuperuser(trx: Db, user: User): Promise<void> {
  if (!(await isLastSuperuser(trx, user))) return;
  throw new UserAdminError('last_superuser', `User ${user.id} is the last active superuser.`);
}
