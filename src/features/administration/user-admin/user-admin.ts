import type { Database } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { OperatorError } from '../../../lib/operator-error.ts';
import {
  findPasswordHash,
  findUserByEmail,
  findUserById,
  normalizeEmail,
  type User,
} from '../../identity/users/index.ts';
import { countLiveSessions } from '../../sign-in/sessions/index.ts';

/** How an operator or an administrator looks users up; what they do with them is in change-user.ts. */

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
  /** Whether they have proven that the email is theirs. */
  readonly isEmailVerified: boolean;
  /** When mail to them came back; null: it does not, as far as anybody knows. */
  readonly emailBouncedAtMs: number | null;
  readonly username: string;
  /** The language that they read; null: nothing is known. */
  readonly locale: string | null;
  readonly isActive: boolean;
  readonly isSuperuser: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Something that cannot be done with a user, and why. Nothing was changed. */
export class UserAdminError extends OperatorError {
  override readonly name = 'UserAdminError';
  declare readonly code: 'no_such_user' | 'email_taken' | 'username_taken' | 'last_superuser';

  constructor(code: UserAdminError['code'], message: string) {
    super(message, { code });
  }
}

/** A row as its view. */
export function viewOf(user: User): UserView {
  return {
    id: user.id,
    email: user.email,
    isEmailVerified: user.emailVerifiedAtMs !== null,
    emailBouncedAtMs: user.emailBouncedAtMs,
    username: user.username,
    locale: user.locale,
    isActive: user.isActive === 1,
    isSuperuser: user.isSuperuser === 1,
    createdAtMs: user.createdAtMs,
    updatedAtMs: user.updatedAtMs,
  };
}

/** What JSON of the API and of the command line has of every user. */
export function accountJson(user: UserView) {
  return {
    id: user.id,
    email: user.email,
    email_verified: user.isEmailVerified,
    username: user.username,
    locale: user.locale,
    is_active: user.isActive,
    is_superuser: user.isSuperuser,
    created_at: new Date(user.createdAtMs).toISOString(),
    updated_at: new Date(user.updatedAtMs).toISOString(),
  };
}

/**
 * Finds a user by id, or by email in any letter case.
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

/** No user has this id or email. */
export function noSuchUser(name: number | string): UserAdminError {
  return new UserAdminError('no_such_user', `No user ${name}.`);
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
