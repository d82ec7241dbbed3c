import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import type { Visitor } from '../../../http/visitor.ts';
import {
  type Asker,
  type BegunFlow,
  beginMailedFlow,
  checkFlow,
  declareEmailBody,
  declareProofBody,
  useFlow,
  voidFlows,
} from '../../identity/flows/index.ts';
import { type Notices, voidNotices } from '../../identity/notices/index.ts';
import {
  type PasswordPolicy,
  type Passwords,
  passwordField,
} from '../../identity/passwords/index.ts';
import { findUserById, isEmailOf, lockUser, updateUser } from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import {
  dropUnproven,
  endUserSessions,
  isKnownNetwork,
  type SessionOrigin,
} from '../../sign-in/sessions/index.ts';

/** The reader of an account's mail replaces a forgotten password. */

const purpose = 'password_reset';

export const resetBody = declareEmailBody({ title: 'PasswordReset' });
export const resetConfirmationBody = declareProofBody(
  { password: passwordField },
  { title: 'PasswordResetConfirmation' },
);

/**
 * Begins a reset, and mails its code to the account.
 *
 * @throws AppError `mail_not_configured`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export function beginPasswordReset(
  deps: Deps & { readonly limits: Limits; readonly mail: Mail },
  asker: Asker,
  body: Body,
): Promise<BegunFlow> {
  const isKnown = (userId: number, network: string) => isKnownNetwork(deps, userId, network);
  return beginMailedFlow({ ...deps, isKnownNetwork: isKnown }, asker, purpose, body);
}

/** Who ends a reset, and on what device, as sessions have it. */
type Resetter = Visitor & Pick<SessionOrigin, 'device'>;

/**
 * Sets a new password by the code, or the link, of a mail. All sessions end. If the email was not proven yet, it is
 * now, and somebody who had registered with it before keeps neither a session nor the password.
 *
 * @throws AppError `invalid_code`, `flow_expired`, `invalid_fields`, `invalid_body`, `rate_limited`, `overloaded`
 */
export async function confirmPasswordReset(
  deps: Deps & {
    limits: Limits;
    passwords: Passwords;
    passwordPolicy: PasswordPolicy;
    notices: Notices;
  },
  { network, ip, device }: Resetter,
  body: Body,
): Promise<void> {
  const { database, clock } = deps;
  const { proof, values } = resetConfirmationBody.read(body);
  const sent = () => ({ proof, purpose, nowMs: clock.nowMs() }) as const;
  const proven = await checkFlow(database.db, deps, network, sent());
  const owner = await findUserById(database.db, proven.userId);
  const faults = owner ? await deps.passwordPolicy.faultsOf(values.password, owner) : [];
  if (faults.length > 0) throwFieldErrors({ password: faults });
  const source = { network, account: `user:${proven.userId}` };
  const passwordHash = await deps.passwords.hash(values.password, source);
  await database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const { userId, email } = await useFlow(trx, deps, sent());
    const user = await lockUser(trx, userId);
    if (!user || !isEmailOf(user, email)) throw new AppError('flow_expired');
    const actor = { kind: 'user', id: userId, ip } as const;
    const by = { actor, nowMs };
    await dropUnproven(trx, user, by, 'password_reset');
    await updateUser(trx, userId, {
      password_hash: passwordHash,
      email_verified_at_ms: user.email_verified_at_ms ?? nowMs,
      updated_at_ms: nowMs,
    });
    await record(trx, { kind: 'password.reset', actor, atMs: nowMs, userId });
    await endUserSessions(trx, userId, 'password_reset', by);
    await voidFlows(trx, purpose, userId);
    await voidNotices(trx, userId);
    await deps.notices.write(trx, { kind: 'password_was_reset', user, nowMs, ip, device });
  });
}
