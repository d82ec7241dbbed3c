import { declareBody, described, optional } from '../../../contract/declare-body.ts';
import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import type { MailContext } from '../../../http/mail-context.ts';
import { noteEmailChange } from '../../identity/email-changes/index.ts';
import {
  type BegunFlow,
  checkFlow,
  declareProofBody,
  flowLink,
  flowSeconds,
  startFlow,
  useFlow,
  voidFlows,
} from '../../identity/flows/index.ts';
import { currentPasswordField } from '../../identity/passwords/index.ts';
import {
  changeProfile,
  emailField,
  findUserByEmail,
  findUserById,
  isKeptForOthers,
  isReachedByMail,
  isSameMailbox,
  normalizeEmail,
  type OwnProfile,
  ownProfileOf,
  setMailRecovery,
  updateUser,
} from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import type { CurrentPasswordDeps, Own } from './check-current-password.ts';
import { type Owner, proveOwner, readOwnersBody } from './prove-owner.ts';

/** Users change their email to one that they have proven. See docs/decisions/email-changes.md. */

const purpose = 'email_change';

export type EmailChangeDeps = Deps & { readonly limits: Limits; readonly mail: Mail };

/** Starts the flow of a change, in a transaction. */
export type StartEmailChange = (trx: Db, nowMs: number) => Promise<string>;

/**
 * Gets a change of the email ready: counts it, and finds out whom to mail. An email that has an account gets told that
 * it has one; the answer is the same, and so are the rows that are written.
 *
 * @param typed the new email, which has passed `emailField`
 * @param isReauthenticated whether the password was just shown, or what stands in for it
 * @throws AppError `mail_not_configured`, `rate_limited`
 */
export async function prepareEmailChange(
  deps: EmailChangeDeps,
  own: Pick<Own, 'id' | 'network'> & MailContext,
  typed: string,
  isReauthenticated: boolean,
): Promise<StartEmailChange> {
  const { database, clock, mail, limits } = deps;
  mail.requireAvailable();
  const { id: userId, network, languages, publicUrl } = own;
  const email = normalizeEmail(typed);
  await limits.count('MAILS_PER_NETWORK', `member ${network}`);
  const mayReceive = await mail.mayReceive(email);
  const holder = await findUserByEmail(database.db, email);
  const owner = holder?.id === userId ? undefined : holder; // another spelling of the same email
  const kept = { emailNormalized: email, ownId: userId, nowMs: clock.nowMs() };
  const isKept = await isKeptForOthers(database.db, kept);
  return async (trx, nowMs) => {
    const isDecoy = !mayReceive || owner !== undefined || isKept;
    const about = { purpose, userId, email, typed, network, isDecoy, isReauthenticated } as const;
    const started = await startFlow(trx, deps, { ...about, voids: 'all', nowMs });
    const { expiresAtMs } = started;
    if (mayReceive && owner?.isActive === 1) {
      const parameters = { link: `${publicUrl}account/forgot/` };
      const message = { kind: 'account_exists', userId: owner.id, email: owner.email } as const;
      const locale = mail.localeFor(owner.locale);
      await mail.write(trx, { ...message, locale, expiresAtMs, parameters }, nowMs);
    } else {
      const link = flowLink(publicUrl, purpose, started.token);
      const parameters = { code: started.code, link };
      const message = { kind: 'email_change', userId, email: typed, parameters } as const;
      const locale = mail.localeFor(...languages);
      await mail.write(trx, { ...message, locale, expiresAtMs, isDecoy: started.isDecoy }, nowMs);
    }
    return started.flow;
  };
}

export const emailChangeBody = declareBody(
  {
    email: emailField,
    password: optional(
      described(currentPasswordField, {
        description:
          'Absent: recent authentication stands in, of a user who has no password, or a factor.',
      }),
    ),
  },
  { title: 'EmailChange' },
);

export const emailChangeConfirmationBody = declareProofBody(
  {},
  { title: 'EmailChangeConfirmation' },
);

/**
 * Begins a change of the user's email, and mails the new one a code.
 *
 * @throws AppError `mail_not_configured`, `invalid_fields`, `invalid_body`, `insufficient_user_authentication`,
 *   `user_inactive`, `rate_limited`, `overloaded`
 */
export async function beginEmailChange(
  deps: EmailChangeDeps & CurrentPasswordDeps,
  own: Owner & MailContext,
  body: Body,
): Promise<BegunFlow> {
  const { database, clock, limits, mail } = deps;
  mail.requireAvailable();
  const { email, password } = await readOwnersBody(deps, own, emailChangeBody.check(body));
  const user = await findUserById(database.db, own.id);
  if (!user) throw new AppError('user_inactive');
  await proveOwner(deps, own, password);
  // A user can also prove the present email, with the password: so mail signs them in again after a change without it.
  if (isSameMailbox(email, user.email) && isReachedByMail(user, clock.nowMs())) {
    throwFieldErrors({ email: ['This is already your email.'] });
  }
  await limits.count('REGISTRATIONS_PER_NETWORK', own.network);
  const start = await prepareEmailChange(deps, own, email, true);
  const flow = await database.transact((trx) => start(trx, clock.nowMs()));
  mail.wake();
  return { flow, expires_in: flowSeconds };
}

/** Who ends a change. `id`: whose session it is; absent: none, in the browser that began it. */
export type ChangeProver = Pick<Own, 'network'> &
  (
    | Pick<Own, 'id' | 'actor'>
    | {
        readonly id?: undefined;
        readonly ip: string | null;
        /** As that of `Prover` of the email verification. */
        readonly isOwnBrowser: boolean;
      }
  );

/**
 * Changes the email to the one that is proven by the code, or the link, of a mail. The old one gets an undo.
 *
 * @throws AppError `invalid_code`, `flow_expired`, `invalid_fields` if somebody has taken the email meanwhile,
 *   `invalid_body`, `rate_limited`
 */
export async function confirmEmailChange(
  deps: EmailChangeDeps,
  own: ChangeProver & MailContext,
  body: Body,
): Promise<OwnProfile> {
  const { database, clock, mail } = deps;
  const { network } = own;
  const { proof } = emailChangeConfirmationBody.read(body);
  const sent = () => ({ proof, purpose, nowMs: clock.nowMs() }) as const;
  const { userId, typed } = await checkFlow(database.db, deps, network, sent());
  const isTheirs = own.id === undefined ? own.isOwnBrowser : userId === own.id;
  if (!isTheirs) throw new AppError('flow_expired');
  const actor =
    own.id === undefined ? ({ kind: 'user', id: userId, ip: own.ip } as const) : own.actor;
  const ip = ('ip' in actor ? actor.ip : null) ?? null;
  const { languages, publicUrl } = own;
  const change = { email: typed };
  const { user, errors } = await changeProfile(deps, userId, change, actor, async (trx, made) => {
    const { before, nowMs } = made;
    const { isReauthenticated } = await useFlow(trx, deps, sent());
    if (before.isActive === 0) throw new AppError('flow_expired');
    await updateUser(trx, userId, { emailVerifiedAtMs: nowMs, updatedAtMs: nowMs });
    await record(trx, { kind: 'email.verified', actor, atMs: nowMs, userId });
    await voidFlows(trx, purpose, userId);
    if (!made.isNewEmail) {
      if (isReauthenticated) await setMailRecovery(trx, userId, null);
      return;
    }
    const how = { isReauthenticated, languages, publicUrl, ip, nowMs };
    await noteEmailChange(trx, { mail }, { before, after: typed, ...how });
  });
  throwFieldErrors(errors);
  if (!user) throw new AppError('flow_expired');
  mail.wake();
  return { ...ownProfileOf(user), email_verified: true };
}
