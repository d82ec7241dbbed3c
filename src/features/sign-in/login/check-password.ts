import type { Deps } from '../../../deps.ts';
import type { HashSource, Passwords } from '../../identity/passwords/index.ts';
import { replacePasswordHash, type UserWithHash } from '../../identity/users/index.ts';
import type { LoginFailure } from './failed-logins.ts';

/** Whether a password is that of an account which may sign in. */
export type CheckedPassword =
  | {
      readonly kind: 'right';
      readonly user: UserWithHash;
      readonly hash: string;
      /** The same password in the form that is wanted now; undefined: `hash` has it. */
      readonly newHash: string | undefined;
    }
  | { readonly kind: 'refused'; readonly reason: LoginFailure };

/**
 * Checks the password of an account. It costs the same hash if there is no account, no password, a hash that cannot
 * be checked, or a deactivated user.
 *
 * @param user undefined if there is no such account
 */
export async function checkPassword(
  { passwords }: { readonly passwords: Passwords },
  user: UserWithHash | undefined,
  password: string,
  source: HashSource,
): Promise<CheckedPassword> {
  const hash = user?.passwordHash ?? null;
  // Only for users who are let in: for the others, the time of a new hash would tell that the password is right.
  const renews = user?.isActive === 1;
  const { isRight, isUsable, newHash } = await passwords.verify(hash, password, source, { renews });
  if (!user) return { kind: 'refused', reason: 'unknown_account' };
  if (hash === null) return { kind: 'refused', reason: 'no_password' };
  if (!isRight) {
    return { kind: 'refused', reason: isUsable ? 'wrong_password' : 'unusable_hash' };
  }
  if (user.isActive === 0) return { kind: 'refused', reason: 'user_inactive' };
  return { kind: 'right', user, hash, newHash };
}

/**
 * Stores the new hash of a password that was right, unless the old one was replaced meanwhile.
 *
 * @returns the hash that a session can start from
 */
export async function renewHash(
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
  { user, hash, newHash }: CheckedPassword & { readonly kind: 'right' },
): Promise<string> {
  if (!newHash) return hash;
  const hashes = { from: hash, to: newHash };
  const isReplaced = await replacePasswordHash(database.db, user.id, hashes, clock.nowMs());
  return isReplaced ? newHash : hash;
}
