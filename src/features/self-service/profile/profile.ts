import { declareBody, optional } from '../../../contract/declare-body.ts';
import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import { localeField } from '../../../contract/locale-field.ts';
import { AppError } from '../../../errors/index.ts';
import type { MailContext } from '../../../http/mail-context.ts';
import { noteEmailChange } from '../../identity/email-changes/index.ts';
import { type BegunFlow, flowSeconds } from '../../identity/flows/index.ts';
import {
  changeProfile,
  emailField,
  isSameMailbox,
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
import { type LastProven, requireRecentFactor } from '../../sign-in/sessions/index.ts';
import { type EmailChangeDeps, prepareEmailChange } from './email-change.ts';

/** Whose profile it is, and where the request comes from. */
export interface ProfileOwner extends Own, LastProven {
  /** As `countedNetwork` has it. */
  readonly network: string;
  readonly ip: string | null;
}

/** The profile after a change, and what is still to be done where a new email has to be proven first. */
export type ChangedProfile = OwnProfile & Partial<BegunFlow & { readonly pending_email: string }>;

export const profileChangeBody = declareBody(
  { username: optional(usernameField), email: optional(emailField), locale: optional(localeField) },
  { title: 'ProfileChange' },
);

/**
 * Changes the members of the user's profile that the body has. Absent ones stay, unknown ones are ignored, and with
 * one bad field nothing is stored. Another email counts as a registration does, even if other fields are bad, because
 * the answer tells whether it is taken. If `EMAIL_CHANGE_MODE` is `confirm`, or accounts need a proven email, the old
 * email stays until the new one is proven, and the answer does not tell whether that is taken.
 *
 * @throws AppError `invalid_fields`, `invalid_body`, `user_inactive`, `rate_limited`, `mail_not_configured`,
 *   `insufficient_user_authentication` for another email, if the user has a second factor and has not shown it lately
 */
export async function changeOwnProfile(
  deps: EmailChangeDeps,
  own: ProfileOwner & MailContext,
  body: Body,
  actor: Actor,
): Promise<ChangedProfile> {
  const { database, clock, mail } = deps;
  const { values, errors } = profileChangeBody.check(body);
  const isNewEmail = values.email !== undefined && !isSameMailbox(values.email, own.email);
  // Who reads the new one resets the password, and proves it first: that must take the factor here.
  if (isNewEmail) requireRecentFactor(deps, own);
  if (isNewEmail) await countEmail(deps.limits, own, values.email ?? '');
  const isProvenFirst = isNewEmail && mustProveFirst(deps);
  const { email, ...others } = values;
  const change = isProvenFirst ? others : values;
  const now = { ownId: own.id, nowMs: clock.nowMs() };
  throwFieldErrors({ ...errors, ...(await takenFields(database.db, change, now)) });
  if (Object.keys(values).length === 0) return ownProfile(own);
  const start = isProvenFirst ? await prepareEmailChange(deps, own, email ?? '', false) : undefined;
  let flow: string | undefined;
  const changed = await changeProfile(deps, own.id, change, actor, async (trx, made) => {
    const { before, nowMs } = made;
    flow = await start?.(trx, nowMs);
    const { languages, publicUrl, ip } = own;
    const after = made.user.email;
    const how = { isReauthenticated: false, languages, publicUrl, ip, nowMs };
    if (made.isNewEmail) await noteEmailChange(trx, { mail }, { before, after, ...how });
  });
  throwFieldErrors(changed.errors);
  if (!changed.user) throw new AppError('user_inactive');
  if (isNewEmail) mail.wake();
  const profile = ownProfileOf(changed.user);
  if (flow === undefined || email === undefined) return profile;
  return { ...profile, pending_email: email, flow, expires_in: flowSeconds };
}

/**
 * Whether another email has to be proven before an account gets it: so it is also where no account is to have one that is
 * not. Where the server sends no mail, `REQUIRE_VERIFIED_EMAIL` says nothing.
 */
function mustProveFirst({ settings, mail }: Pick<EmailChangeDeps, 'settings' | 'mail'>): boolean {
  return (
    settings.get('EMAIL_CHANGE_MODE') === 'confirm' ||
    settings.get('REGISTRATION_MODE') === 'verify_first' ||
    (settings.get('REQUIRE_VERIFIED_EMAIL') && mail.isAvailable)
  );
}

/** The user who makes the request. */
type Own = Profile & { readonly isEmailVerified: boolean; readonly locale: string | null };

/** The profile of the user who makes the request. */
export function ownProfile(own: Own): OwnProfile {
  return { ...profileOf(own), email_verified: own.isEmailVerified, locale: own.locale };
}

async function countEmail(
  limits: Limits,
  own: Pick<ProfileOwner, 'network'>,
  email: string,
): Promise<void> {
  await limits.count('REGISTRATIONS_PER_NETWORK', own.network);
  await limits.count('REGISTRATIONS_PER_ACCOUNT', limits.accountKey(normalizeEmail(email)));
}
