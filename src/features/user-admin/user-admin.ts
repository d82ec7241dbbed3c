import type { Database, Db } from '../../db/database.ts';
import type { Clock } from '../../lib/clock.ts';
import { completeFields, readFields, throwFieldErrors } from '../../lib/fields.ts';
import { OperatorError } from '../../lib/operator-error.ts';
import { type Actor, record } from '../audit/index.ts';
import {
  type PasswordOwner,
  type PasswordPolicy,
  type Passwords,
  passwordField,
} from '../passwords/index.ts';
import { countLiveSessions, endUserSessions } from '../sessions/index.ts';
import {
  createUser,
  deleteUser,
  emailField,
  emailTaken,
  findPasswordHash,
  findUserByEmail,
  findUserById,
  isLastSuperuser,
  lockUser,
  normalizeEmail,
  takenFields,
  type User,
  updateUser,
} from '../users/index.ts';

/**
 * What an operator or an administrator does with users: make, look up, change and remove them. What
 * changes something takes the `actor` who does it last, and records it in the same transaction.
 */

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
}

/** How an operator names a user. */
export type UserName = { readonly id: number } | { readonly email: string };

/** A user as an operator sees them. */
export interface UserView {
  readonly id: number;
  readonly email: string;
  readonly username: string;
  readonly isActive: boolean;
  readonly isSuperuser: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Something that cannot be done with a user, and why. Nothing was changed. */
export class UserAdminError extends OperatorError {
  override readonly name = 'UserAdminError';
  readonly code: 'no_such_user' | 'email_taken' | 'last_superuser';

  constructor(code: UserAdminError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

function viewOf(user: User): UserView {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    isActive: user.is_active === 1,
    isSuperuser: user.is_superuser === 1,
    createdAtMs: user.created_at_ms,
    updatedAtMs: user.updated_at_ms,
  };
}

/**
 * Finds a user by id, or by address in any letter case.
 *
 * @throws UserAdminError `no_such_user`
 */
export async function findUser({ database: { db } }: Deps, name: UserName): Promise<UserView> {
  const user =
    'id' in name
      ? await findUserById(db, name.id)
      : await findUserByEmail(db, normalizeEmail(name.email));
  if (!user) throw noSuchUser('id' in name ? name.id : `"${name.email}"`);
  return viewOf(user);
}

function noSuchUser(name: number | string): UserAdminError {
  return new UserAdminError('no_such_user', `No user ${name}. See: latchkey users list`);
}

/** A user with what is not in the list: whether there is a password, and how many sessions live. */
export async function viewUser(deps: Deps, name: UserName) {
  const user = await findUser(deps, name);
  const { db } = deps.database;
  return {
    ...user,
    hasPassword: (await findPasswordHash(db, user.id)) !== null,
    liveSessions: await countLiveSessions(db, user.id, deps.clock.nowMs()),
  };
}

/**
 * Checks the address of a user who is to be made, by the rules of registration.
 *
 * @returns the address, trimmed
 * @throws AppError `invalid_fields`, UserAdminError `email_taken`
 */
export async function checkNewEmail({ database: { db } }: Deps, text: string): Promise<string> {
  const fields = readFields({ value: { email: text } }, { email: emailField }, 'is bad');
  const { email } = completeFields(fields);
  const taken = await takenFields(db, { email });
  if (taken.email) throw addressTaken(email);
  return email;
}

function addressTaken(email: string): UserAdminError {
  return new UserAdminError('email_taken', `${email}: ${emailTaken}`);
}

/** What it takes to set a password. */
interface PasswordDeps {
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
}

function readPassword(text: string) {
  return readFields({ value: { password: text } }, { password: passwordField }, 'is bad');
}

/** What is wrong with a password that is to be set; empty where nothing is. */
export async function newPasswordFaults(
  { passwordPolicy }: Pick<PasswordDeps, 'passwordPolicy'>,
  text: string,
  owner: PasswordOwner,
): Promise<string[]> {
  const { values, errors } = readPassword(text);
  if (values.password === undefined) return errors.password ?? [];
  return passwordPolicy.faultsOf(values.password, owner);
}

/** @throws AppError `invalid_fields` */
async function hashNewPassword(
  deps: PasswordDeps,
  text: string,
  owner: PasswordOwner,
): Promise<string> {
  const { password } = completeFields(readPassword(text));
  const faults = await deps.passwordPolicy.faultsOf(password, owner);
  if (faults.length > 0) throwFieldErrors({ password: faults });
  return deps.passwords.hash(password);
}

/**
 * Makes a user, by the rules of registration.
 *
 * @param account `password` null: none, so that nobody can sign in until one is set
 * @throws AppError `invalid_fields`, UserAdminError `email_taken`
 */
export async function addUser(
  deps: Deps & PasswordDeps,
  account: { email: string; password: string | null; isSuperuser: boolean },
  actor: Actor,
): Promise<UserView> {
  const { password, isSuperuser } = account;
  const email = await checkNewEmail(deps, account.email);
  const passwordHash = password === null ? null : await hashNewPassword(deps, password, { email });
  const user = await createUser(deps, { email, passwordHash, isSuperuser }, actor);
  if (!user) throw addressTaken(email); // while we hashed
  return viewOf(user);
}

/**
 * Sets a user's password, which ends all their sessions.
 *
 * @returns how many sessions ended
 * @throws AppError `invalid_fields`, UserAdminError `no_such_user`
 */
export async function setUserPassword(
  deps: Deps & PasswordDeps,
  id: number,
  password: string,
  actor: Actor,
): Promise<number> {
  const owner = await findUser(deps, { id });
  const password_hash = await hashNewPassword(deps, password, owner);
  return changeUser(deps, id, async (trx, _user, nowMs) => {
    await updateUser(trx, id, { password_hash, updated_at_ms: nowMs });
    await record(trx, { kind: 'password.changed', actor, atMs: nowMs, userId: id });
    return endUserSessions(trx, id, 'password_changed', { actor, nowMs });
  });
}

/**
 * Keeps a user out, and ends all their sessions.
 *
 * @returns how many sessions ended
 * @throws UserAdminError `no_such_user`, `last_superuser`
 */
export function deactivateUser(
  deps: Deps,
  id: number,
  actor: Actor,
  reason: string | null = null,
): Promise<number> {
  return changeUser(deps, id, async (trx, user, nowMs) => {
    await keepOneSuperuser(trx, user);
    if (user.is_active === 1) {
      await updateUser(trx, id, { is_active: 0, updated_at_ms: nowMs });
      const event = { actor, atMs: nowMs, userId: id, details: { reason } };
      await record(trx, { kind: 'user.deactivated', ...event });
    }
    return endUserSessions(trx, id, 'user_deactivated', { actor, nowMs });
  });
}

/**
 * Lets a deactivated user in again. Their sessions stay ended.
 *
 * @throws UserAdminError `no_such_user`
 */
export function activateUser(deps: Deps, id: number, actor: Actor): Promise<void> {
  return changeUser(deps, id, async (trx, user, nowMs) => {
    if (user.is_active === 1) return;
    await updateUser(trx, id, { is_active: 1, updated_at_ms: nowMs });
    await record(trx, { kind: 'user.activated', actor, atMs: nowMs, userId: id });
  });
}

/**
 * Removes a user and all that is theirs.
 *
 * @throws UserAdminError `no_such_user`, `last_superuser`
 */
export function removeUser(deps: Deps, id: number, actor: Actor): Promise<void> {
  return changeUser(deps, id, async (trx, user, nowMs) => {
    await keepOneSuperuser(trx, user);
    await deleteUser(trx, id);
    await record(trx, { kind: 'user.deleted', actor, atMs: nowMs, userId: id });
  });
}

/** Does something with a user who is there, all of it or nothing. */
function changeUser<T>(
  { database, clock }: Deps,
  id: number,
  task: (trx: Db, user: User, nowMs: number) => Promise<T>,
): Promise<T> {
  return database.transact(async (trx) => {
    const user = await lockUser(trx, id);
    if (!user) throw noSuchUser(id);
    return task(trx, user, clock.nowMs());
  });
}

/** @throws UserAdminError `last_superuser` */
async function keepOneSuperuser(trx: Db, user: User): Promise<void> {
  if (!(await isLastSuperuser(trx, user))) return;
  throw new UserAdminError(
    'last_superuser',
    `User ${user.id} is the last active superuser. Make another first: ` +
      'latchkey users create ADDRESS --superuser',
  );
}
