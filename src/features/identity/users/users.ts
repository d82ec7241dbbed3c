import { type FieldErrors, throwFieldErrors } from '../../../contract/fields.ts';
import type { Database, Db } from '../../../db/database.ts';
import { isUniqueViolation } from '../../../db/errors.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import { dropPendingMails } from '../../platform/mail/index.ts';
import { isSameMailbox, normalizeEmail } from './email.ts';
import { findFormerEmails, isKeptForOthers } from './former-emails.queries.ts';
import {
  deleteUser,
  findUserByEmail,
  findUserById,
  findUserByUsername,
  findUserForUpdate,
  hasOtherActiveSuperuser,
  insertUser,
  type User,
  type UserChange,
  updateUser,
} from './users.queries.ts';

export type { User };

/** What everybody may know of themselves: the profile of the contract. */
export interface Profile {
  readonly id: number;
  readonly username: string;
  readonly email: string;
}

export function profileOf({ id, username, email }: Profile): Profile {
  return { id, username, email };
}

/** What users know of themselves beyond it. */
export interface OwnProfile extends Profile {
  /** Whether they have proven that the email is theirs. */
  readonly email_verified: boolean;
  /** The language that they read, for mail; null: nothing is known. */
  readonly locale: string | null;
}

export function ownProfileOf(
  user: Profile & Pick<User, 'emailVerifiedAtMs' | 'locale'>,
): OwnProfile {
  const { emailVerifiedAtMs: verifiedAtMs, locale } = user;
  return { ...profileOf(user), email_verified: verifiedAtMs !== null, locale };
}

/**
 * Whether who reads the mail of an account may get in by it. Not for some time after its email was changed by somebody
 * who did not show the password, and who may have stolen a session.
 */
export function isReachedByMail(
  user: Pick<User, 'isActive' | 'mailRecoveryFromMs'>,
  nowMs: number,
): boolean {
  return user.isActive === 1 && (user.mailRecoveryFromMs ?? 0) <= nowMs;
}

export const emailTaken = 'user with this email address already exists.';
export const usernameTaken = 'A user with that username already exists.';

/**
 * Whether a proven email belongs to an account that may sign in. It does not if the account was deactivated
 * meanwhile, or its email was changed: the reader of the old email has no right to the account.
 *
 * @param email as `normalizeEmail` has it
 */
export function isEmailOf(user: Pick<User, 'email' | 'isActive'>, email: string): boolean {
  return user.isActive === 1 && normalizeEmail(user.email) === email;
}

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
}

interface Account {
  /** Has passed `emailField`. */
  readonly email: string;
  /** Has passed `usernameField`. */
  readonly username?: string | undefined;
  /** Null: none to sign in with. */
  readonly passwordHash: string | null;
  readonly isSuperuser?: boolean;
  /** A language tag in canonical form. */
  readonly locale?: string | null;
  /** Whether it is proven that they read its mail. */
  readonly isEmailProven?: boolean;
}

/**
 * Creates a user, and records it.
 *
 * @param actor who creates it; anonymous people create their own account
 * @returns undefined if the email is taken
 */
export function createUser(
  { database, clock }: Deps,
  account: Account,
  actor: Actor,
): Promise<User | undefined> {
  return database.transact((trx) => createUserIn(trx, account, { actor, nowMs: clock.nowMs() }));
}

/** As `createUser`, in a transaction that does more. */
export async function createUserIn(
  trx: Db,
  account: Account,
  { actor, nowMs }: { actor: Actor; nowMs: number },
): Promise<User | undefined> {
  const { email, username = '', passwordHash, locale = null } = account;
  const { isSuperuser = false, isEmailProven = false } = account;
  const emailNormalized = normalizeEmail(email);
  const isOwnRegistration = actor.kind === 'anonymous' && !isSuperuser;
  const user = await insertUser(trx, {
    email,
    emailNormalized,
    username,
    passwordHash,
    isSuperuser: isSuperuser ? 1 : 0,
    locale,
    emailVerifiedAtMs: isEmailProven ? nowMs : null,
    isEmailGiven: isOwnRegistration ? 0 : 1,
    nowMs,
  });
  if (!user) return undefined;
  // Asked now: an account that gave it up in between has kept it for itself in the same transaction.
  if (await isKeptForOthers(trx, { emailNormalized, ownId: user.id, nowMs })) {
    await deleteUser(trx, user.id);
    return undefined;
  }
  const event = { actor, atMs: nowMs, userId: user.id };
  if (isOwnRegistration) {
    await record(trx, { kind: 'user.registered', ...event });
  } else {
    const details = { is_superuser: isSuperuser, has_password: passwordHash !== null };
    await record(trx, { kind: 'user.created', ...event, details });
  }
  return user;
}

/**
 * Deletes an account with all that is its own, its mails among it, in the transaction that records it. Mail that waits
 * for its emails and is of nobody goes as well: a code of a registration that was begun twice, say.
 */
export async function deleteAccount(
  trx: Db,
  { id, email }: Pick<User, 'id' | 'email'>,
  nowMs: number,
): Promise<void> {
  const former = await findFormerEmails(trx, id, nowMs);
  const emails = [email, ...former.map((row) => row.email)];
  const spellings = emails.flatMap((one) => [one.toLowerCase(), normalizeEmail(one)]);
  await dropPendingMails(trx, [...new Set(spellings)]);
  await deleteUser(trx, id);
}

/** The changes of a profile; all have passed their fields' checks. */
export interface ProfileChange {
  readonly email?: string | undefined;
  readonly username?: string | undefined;
  /** A language tag in canonical form; null: none. */
  readonly locale?: string | null | undefined;
}

/**
 * The messages for an email or a username that is taken. An email that another account had until lately is, too: it may
 * get it back.
 */
export async function takenFields(
  db: Db,
  change: ProfileChange,
  { ownId, nowMs }: { readonly ownId?: number | undefined; readonly nowMs: number },
): Promise<FieldErrors> {
  const errors: FieldErrors = {};
  if (change.email !== undefined) {
    const emailNormalized = normalizeEmail(change.email);
    const owner = await findUserByEmail(db, emailNormalized);
    const isOfOthers = owner !== undefined && owner.id !== ownId;
    if (isOfOthers || (await isKeptForOthers(db, { emailNormalized, ownId, nowMs }))) {
      errors.email = [emailTaken];
    }
  }
  if (change.username) {
    const owner = await findUserByUsername(db, change.username);
    if (owner && owner.id !== ownId) errors.username = [usernameTaken];
  }
  return errors;
}

/** A change of a profile, in the transaction that makes it. */
export interface ProfileChanged {
  readonly before: User;
  readonly user: User;
  /** Whether the email is another one, and not the same in a spelling that leads to the same mailbox. */
  readonly isNewEmail: boolean;
  readonly nowMs: number;
}

/**
 * Changes a profile, or nothing of it, and records which fields.
 *
 * @param alsoDo what else belongs to the change, in its transaction
 * @returns the changed user; the messages if a value is taken; undefined if there is no such user
 */
export async function changeProfile(
  { database, clock }: Deps,
  id: number,
  change: ProfileChange,
  actor: Actor,
  alsoDo?: (trx: Db, changed: ProfileChanged) => Promise<void>,
): Promise<{ user: User | undefined; errors: FieldErrors }> {
  const nowMs = clock.nowMs();
  const takenNow = (db: Db) => takenFields(db, change, { ownId: id, nowMs });
  const errors = await takenNow(database.db);
  if (Object.keys(errors).length > 0) return { user: undefined, errors };
  try {
    const user = await database.transact(async (trx) => {
      const before = await findUserForUpdate(trx, id);
      if (!before) return undefined;
      const fields = (['email', 'username', 'locale'] as const).filter(
        (name) => change[name] !== undefined && change[name] !== before[name],
      );
      const changed = await updateUser(trx, id, changedColumns(before, change, nowMs));
      if (!changed) return undefined;
      // Kept for another account in the meantime.
      throwFieldErrors(await takenNow(trx));
      if (fields.length > 0) {
        const event = { actor, atMs: nowMs, userId: id, details: { fields } };
        await record(trx, { kind: 'user.changed', ...event });
      }
      const isNewEmail = !isSameMailbox(before.email, changed.email);
      await alsoDo?.(trx, { before, user: changed, isNewEmail, nowMs });
      return isNewEmail ? findUserById(trx, id) : changed;
    });
    return { user, errors: {} };
  } catch (error) {
    // Somebody took it in between: now it shows.
    if (!isUniqueViolation(error)) throw error;
    const found = await takenNow(database.db);
    if (Object.keys(found).length === 0) throw error; // and gave it up again
    return { user: undefined, errors: found };
  }
}

/** What a change sets. A proof is of one mailbox: another spelling of it keeps the proof, another email does not. */
export function changedColumns(
  before: User,
  { email, username, locale }: ProfileChange,
  nowMs: number,
): UserChange {
  const columns: UserChange = { updatedAtMs: nowMs };
  if (username !== undefined) columns.username = username;
  if (locale !== undefined) columns.locale = locale;
  if (email === undefined) return columns;
  columns.email = email;
  columns.emailNormalized = normalizeEmail(email);
  if (!isSameMailbox(email, before.email)) {
    columns.emailVerifiedAtMs = null;
    columns.emailSetAtMs = nowMs;
    columns.isEmailGiven = 0;
  }
  return columns;
}

/**
 * Whether a user is the only active superuser, who has to stay. To be asked in the transaction that
 * takes them away, so that no two of them take the last two.
 */
export async function isLastSuperuser(trx: Db, user: User): Promise<boolean> {
  if (user.isSuperuser === 0 || user.isActive === 0) return false;
  return !(await hasOtherActiveSuperuser(trx, user.id));
}
