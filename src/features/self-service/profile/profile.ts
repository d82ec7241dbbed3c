import { declareBody, optional } from '../../../contract/declare-body.ts';
import { type Body, completeFields, throwFieldErrors } from '../../../contract/fields.ts';
import { localeField } from '../../../contract/locale-field.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import {
  changeProfile,
  emailField,
  normalizeEmail,
  type OwnProfile,
  ownProfileOf,
  type Profile,
  profileOf,
  takenFields,
  usernameField,
} from '../../identity/users/index.ts';
import type { Actor } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';

export const profileChangeBody = declareBody(
  { username: optional(usernameField), email: optional(emailField), locale: optional(localeField) },
  { title: 'ProfileChange' },
);

/**
 * Changes what the body names of the own profile; what is absent stays, what is unknown is ignored,
 * and one bad field stores nothing. An email that is not one's own counts as a registration does, whatever
 * else is bad: the answer tells whether it is taken.
 *
 * @param network where the request comes from, as `countedNetwork` has it
 * @throws AppError `invalid_fields`, `invalid_body`, `user_inactive`, `rate_limited`
 */
export async function changeOwnProfile(
  deps: Deps & { limits: Limits },
  own: Own & { readonly network: string },
  body: Body,
  actor: Actor,
): Promise<OwnProfile> {
  const read = profileChangeBody.check(body);
  if (read.values.email !== undefined) await countEmail(deps.limits, own, read.values.email);
  const change = completeFields(read, await takenFields(deps.database.db, read.values, own.id));
  if (Object.keys(change).length === 0) return ownProfile(own);
  const changed = await changeProfile(deps, own.id, change, actor);
  throwFieldErrors(changed.errors);
  if (!changed.user) throw new AppError('user_inactive');
  return ownProfileOf(changed.user);
}

/** Whoever makes a request. */
type Own = Profile & { readonly isEmailVerified: boolean; readonly locale: string | null };

/** The profile of whoever makes a request. */
export function ownProfile(own: Own): OwnProfile {
  return { ...profileOf(own), email_verified: own.isEmailVerified, locale: own.locale };
}

async function countEmail(
  limits: Limits,
  own: Profile & { readonly network: string },
  email: string,
): Promise<void> {
  const wanted = normalizeEmail(email);
  if (wanted === normalizeEmail(own.email)) return;
  await limits.count('REGISTRATIONS_PER_NETWORK', own.network);
  await limits.count('REGISTRATIONS_PER_ACCOUNT', limits.accountKey(wanted));
}
