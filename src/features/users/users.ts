import type { Database, Db } from '../../db/database.ts';
import { isUniqueViolation } from '../../db/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { FieldErrors } from '../../lib/fields.ts';
import { normalizeEmail } from './email-address.ts';
import {
  findUserByEmail,
  findUserByUsername,
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

export const emailTaken = 'user with this email address already exists.';
export const usernameTaken = 'A user with that username already exists.';

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
}

/**
 * Makes a user.
 *
 * @param user an address that has passed `emailField`, and the hash of a password (null: none)
 * @returns undefined where the address is taken
 */
export function createUser(
  { database, clock }: Deps,
  user: { email: string; passwordHash: string | null; isSuperuser?: boolean },
): Promise<User | undefined> {
  const now = clock.nowMs();
  return insertUser(database.db, {
    email: user.email,
    email_normalized: normalizeEmail(user.email),
    password_hash: user.passwordHash,
    is_superuser: user.isSuperuser ? 1 : 0,
    created_at_ms: now,
    updated_at_ms: now,
  });
}

/** What a user may change of the own profile; both have passed their fields' checks. */
export interface ProfileChange {
  readonly email?: string | undefined;
  readonly username?: string | undefined;
}

/** The messages for an address or a name that somebody else has. */
export async function takenFields(
  db: Db,
  change: ProfileChange,
  ownId?: number,
): Promise<FieldErrors> {
  const errors: FieldErrors = {};
  if (change.email !== undefined) {
    const owner = await findUserByEmail(db, normalizeEmail(change.email));
    if (owner && owner.id !== ownId) errors.email = [emailTaken];
  }
  if (change.username !== undefined) {
    const owner = await findUserByUsername(db, change.username);
    if (owner && owner.id !== ownId) errors.username = [usernameTaken];
  }
  return errors;
}

/**
 * Changes a profile, or nothing of it.
 *
 * @returns the changed user; the messages where a value is taken; undefined where there is no such user
 */
export async function changeProfile(
  { database, clock }: Deps,
  id: number,
  change: ProfileChange,
): Promise<{ user: User | undefined; errors: FieldErrors }> {
  const errors = await takenFields(database.db, change, id);
  if (Object.keys(errors).length > 0) return { user: undefined, errors };
  const columns: UserChange = { updated_at_ms: clock.nowMs() };
  if (change.email !== undefined) {
    columns.email = change.email;
    columns.email_normalized = normalizeEmail(change.email);
  }
  if (change.username !== undefined) columns.username = change.username;
  try {
    return { user: await updateUser(database.db, id, columns), errors: {} };
  } catch (error) {
    // Somebody took it in between: now it shows.
    if (!isUniqueViolation(error)) throw error;
    return { user: undefined, errors: await takenFields(database.db, change, id) };
  }
}

/**
 * Whether a user is the only active superuser, who has to stay. To be asked in the transaction that
 * takes them away, so that no two of them take the last two.
 */
export async function isLastSuperuser(trx: Db, user: User): Promise<boolean> {
  if (user.is_superuser === 0 || user.is_active === 0) return false;
  return !(await hasOtherActiveSuperuser(trx, user.id));
}
