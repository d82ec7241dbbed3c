import {
  completeFields,
  type ReadBody,
  required,
  throwFieldErrors,
} from '../../../contract/fields.ts';
import type { Settings } from '../../../settings/settings.ts';
import { findPasswordHash } from '../../identity/users/index.ts';
import {
  type LastProven,
  requireRecentAuth,
  requireRecentFactor,
} from '../../sign-in/sessions/index.ts';
import {
  type CurrentPasswordDeps,
  checkCurrentPassword,
  notRight,
  type Own,
} from './check-current-password.ts';

/** A signed-in user, and how they last proved who they are. */
export type Owner = Own & LastProven;

/**
 * The values of a body whose password may be absent, where something stands in for it: recent authentication, of a user
 * who has no password, or a second factor.
 *
 * @throws AppError `invalid_fields` with all that is wrong in the body
 */
export async function readOwnersBody<Values extends { readonly password?: string }>(
  { database }: Pick<CurrentPasswordDeps, 'database'>,
  { id, factorLevel }: Owner,
  read: ReadBody<Values>,
): Promise<Values> {
  const isAbsent = read.values.password === undefined && !read.errors.password;
  const isMissing =
    isAbsent && factorLevel === 1 && (await findPasswordHash(database.db, id)) !== null;
  return completeFields(read, isMissing ? { password: [required] } : {});
}

/**
 * Makes sure that it is the user who asks for what a stolen access token must not be enough for. It takes the current
 * password, and a second factor lately where the user has one. Recent authentication stands in for the password where
 * there is none, and where a second factor is part of it.
 *
 * @param password undefined: it was not sent, and `readOwnersBody` let it be
 * @returns what has to be the hash of the password still, in the transaction that acts; null: there is no password
 * @throws AppError `invalid_fields`, `insufficient_user_authentication`, `rate_limited`, `overloaded`
 */
export async function proveOwner(
  deps: CurrentPasswordDeps & { readonly settings: Settings },
  owner: Owner,
  password: string | undefined,
): Promise<string | null> {
  if (password !== undefined) {
    requireRecentFactor(deps, owner);
    const hash = await checkCurrentPassword(deps, owner, password);
    if (hash === undefined) throwFieldErrors({ password: [notRight] });
    return hash ?? null;
  }
  requireRecentAuth(deps, owner);
  return findPasswordHash(deps.database.db, owner.id);
}
