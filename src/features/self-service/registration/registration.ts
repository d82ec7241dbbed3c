import { declareBody } from '../../../contract/declare-body.ts';
import { type Body, completeFields, throwFieldErrors } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import {
  hashSourceOf,
  type PasswordPolicy,
  type Passwords,
  passwordField,
} from '../../identity/passwords/index.ts';
import {
  createUserIn,
  emailField,
  emailTaken,
  normalizeEmail,
  type Profile,
  profileOf,
  takenFields,
} from '../../identity/users/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { startEmailVerification } from '../email-verification/index.ts';
import { type Applicant, localeOf } from './applicant.ts';
import { requireMode } from './registration-mode.ts';

export const registrationBody = declareBody(
  { email: emailField, password: passwordField },
  { title: 'Registration' },
);

export type RegistrationDeps = Deps & {
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
  readonly limits: Limits;
  readonly mail: Mail;
};

/**
 * Makes an account, and mails its email a code to prove it, where the server sends mail.
 *
 * @throws AppError `registration_closed`, `invalid_fields`, `invalid_body`, `rate_limited`, `overloaded`
 */
export async function register(
  deps: RegistrationDeps,
  body: Body,
  applicant: Applicant & { readonly publicUrl: string },
): Promise<Profile> {
  requireMode(deps.settings, ['open']);
  const { actor: client, network, languages, publicUrl } = applicant;
  const read = registrationBody.check(body);
  if (read.values.email !== undefined) {
    const key = deps.limits.accountKey(normalizeEmail(read.values.email));
    await deps.limits.count('REGISTRATIONS_PER_ACCOUNT', key);
  }
  const now = { nowMs: deps.clock.nowMs() };
  const taken = await takenFields(deps.database.db, { email: read.values.email }, now);
  const { email, password } = completeFields(read, taken);
  const problems = await deps.passwordPolicy.problemsOf(password, { email });
  if (problems.length > 0) throwFieldErrors({ password: problems });
  const account = deps.limits.accountKey(normalizeEmail(email));
  const source = { ...hashSourceOf(client), account };
  const passwordHash = await deps.passwords.hash(password, source);
  const isMailed = await mayMail(deps, network, normalizeEmail(email));
  const user = await deps.database.transact(async (trx) => {
    const nowMs = deps.clock.nowMs();
    const account = { email, passwordHash, locale: localeOf(applicant) };
    const made = await createUserIn(trx, account, { actor: client, nowMs });
    if (made && isMailed) {
      const how = { languages, publicUrl };
      await startEmailVerification(trx, deps, { user: made, network, ...how, nowMs });
    }
    return made;
  });
  // Somebody took it while we hashed.
  if (!user) throw new AppError('invalid_fields', { members: { email: [emailTaken] } });
  if (isMailed) deps.mail.wake();
  return profileOf(user);
}

/**
 * Whether a new user is mailed. A reason not to mail is not a reason to refuse the registration. Who may not sign in
 * before the proof gets a mail when they try to: the code of this one would need a session.
 */
async function mayMail(
  { settings, mail }: RegistrationDeps,
  network: string,
  email: string,
): Promise<boolean> {
  const isOfNoUse =
    settings.get('REQUIRE_VERIFIED_EMAIL') && settings.get('VERIFICATION_GRACE_PERIOD') === 0;
  if (!mail.isAvailable || !settings.get('REGISTRATION_MAIL') || isOfNoUse) return false;
  return (await mail.isWithinNetworkLimit(network)) && mail.mayReceive(email);
}
