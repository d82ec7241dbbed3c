import { declareBody, optional } from '../../../contract/declare-body.ts';
import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import { isUniqueViolation } from '../../../db/errors.ts';
import { AppError } from '../../../errors/index.ts';
import {
  type BegunFlow,
  checkFlow,
  declareProofBody,
  flowLink,
  flowSeconds,
  startFlow,
  useFlow,
} from '../../identity/flows/index.ts';
import { passwordField } from '../../identity/passwords/index.ts';
import {
  createUserIn,
  emailField,
  emailTaken,
  findUserByEmail,
  isKeptForOthers,
  normalizeEmail,
  type OwnProfile,
  ownProfileOf,
  takenFields,
  type User,
  usernameField,
} from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import type { NewMail } from '../../platform/mail/index.ts';
import { type Applicant, localeOf } from './applicant.ts';
import type { RegistrationDeps } from './registration.ts';
import { requireMode } from './registration-mode.ts';

/**
 * Accounts that are made once their email is proven. Until then there is neither a user nor a password, so nobody can
 * register with the email of somebody else and wait for them. See docs/decisions/registration.md.
 */

const purpose = 'registration';
const modes = ['open', 'verify_first'] as const;

export const registrationStartBody = declareBody(
  { email: emailField },
  { title: 'RegistrationStart' },
);

export const registrationConfirmationBody = declareProofBody(
  { password: passwordField, username: optional(usernameField) },
  { title: 'RegistrationConfirmation' },
);

/**
 * Begins a registration, and mails the email a code. An email that has an account is mailed that it has one. The answer
 * is the same, and so are the rows that are written, also for an email that was deactivated, that is kept for an account
 * which had it until lately, or that has been sent too many mails: those are sent nothing.
 *
 * @param applicant `publicUrl`: what links begin with; `returnTo`: where the account pages lead afterwards
 * @throws AppError `registration_closed`, `mail_not_configured`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export async function beginRegistration(
  deps: RegistrationDeps,
  applicant: Applicant & {
    readonly publicUrl: string;
    readonly returnTo?: string | undefined;
  },
  body: Body,
): Promise<BegunFlow> {
  const { database, clock, settings, mail, limits } = deps;
  requireMode(settings, modes);
  mail.requireAvailable();
  const { network, returnTo } = applicant;
  await limits.count('MAILS_PER_NETWORK', network);
  const { email: typed } = registrationStartBody.read(body);
  const email = normalizeEmail(typed);
  const isWithinLimits = await mail.isWithinLimits(email);
  const mayReceive = isWithinLimits && (await mail.reaches(email));
  const owner = await findUserByEmail(database.db, email);
  const kept = { emailNormalized: email, nowMs: clock.nowMs() };
  const isKept = await isKeptForOthers(database.db, kept);
  const flow = await database.transactTogether(async (trx) => {
    const nowMs = clock.nowMs();
    const isDecoy = owner !== undefined || isKept || !mayReceive;
    const about = { purpose, userId: null, email, typed, network, isDecoy, nowMs } as const;
    const voids = isWithinLimits ? 'of network' : 'none';
    const started = await startFlow(trx, deps, { ...about, returnTo, voids });
    const to = {
      locale: mail.localeFor(...applicant.languages, owner?.locale),
      expiresAtMs: started.expiresAtMs,
    };
    const isMailed = mayReceive && (owner ? owner.isActive === 1 : !isKept);
    const { publicUrl } = applicant;
    const message =
      isMailed && owner
        ? accountExists(owner, publicUrl)
        : ({
            kind: 'registration',
            userId: null,
            email: typed,
            parameters: { code: started.code, link: flowLink(publicUrl, purpose, started.token) },
            isDecoy: !isMailed || started.isDecoy,
          } as const);
    await mail.write(trx, { ...message, ...to }, nowMs);
    return started.flow;
  });
  mail.wake();
  return { flow, expires_in: flowSeconds };
}

type RegistrationMail = Pick<
  NewMail<'registration' | 'account_exists'>,
  'kind' | 'userId' | 'email' | 'parameters'
>;

function accountExists(owner: User, publicUrl: string): RegistrationMail {
  return {
    kind: 'account_exists',
    userId: owner.id,
    email: owner.email,
    parameters: { link: `${publicUrl}account/forgot/` },
  };
}

/**
 * Makes the account of an email that is proven by the code, or the link, of a mail. Nobody is signed in by it: as
 * after `/api/register/` that takes the password, at the one door that there is for it. What is wrong with the
 * password or the username does not use the code up.
 *
 * @throws AppError `registration_closed`, `invalid_code`, `flow_expired`, `invalid_fields` (also if somebody has
 *   taken the email meanwhile), `invalid_body`, `rate_limited`, `overloaded`
 */
export async function confirmRegistration(
  deps: RegistrationDeps,
  applicant: Applicant,
  body: Body,
): Promise<OwnProfile> {
  const { database, clock, limits, passwords, passwordPolicy } = deps;
  const { network, actor } = applicant;
  requireMode(deps.settings, modes);
  await limits.count('REGISTRATIONS_PER_NETWORK', network);
  const { proof, values } = registrationConfirmationBody.read(body);
  const sent = () => ({ proof, purpose, nowMs: clock.nowMs() }) as const;
  const proven = await checkFlow(database.db, deps, network, sent());
  const names = { email: proven.typed, username: values.username ?? '' };
  const takenNow = () => takenFields(database.db, names, { nowMs: clock.nowMs() });
  const taken = await takenNow();
  const problems = await passwordPolicy.problemsOf(values.password, names);
  throwFieldErrors({ ...taken, ...(problems.length > 0 && { password: problems }) });
  const account = limits.accountKey(proven.email);
  const passwordHash = await passwords.hash(values.password, { network, account });
  try {
    return await database.transact(async (trx) => {
      const nowMs = clock.nowMs();
      const { typed: email } = await useFlow(trx, deps, sent());
      const made = {
        ...names,
        email,
        passwordHash,
        isEmailProven: true,
        locale: localeOf(applicant),
      };
      const user = await createUserIn(trx, made, { actor, nowMs });
      // While we hashed. The code stays good, as nothing was done with it.
      if (!user) throw new AppError('invalid_fields', { members: { email: [emailTaken] } });
      await record(trx, { kind: 'email.verified', actor, atMs: nowMs, userId: user.id });
      return ownProfileOf(user);
    });
  } catch (error) {
    if (isUniqueViolation(error)) throwFieldErrors(await takenNow());
    throw error;
  }
}
