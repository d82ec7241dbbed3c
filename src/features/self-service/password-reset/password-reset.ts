import {
  type Body,
  completeFields,
  readFields,
  throwFieldErrors,
} from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import {
  checkFlow,
  flowSeconds,
  readProof,
  startFlow,
  useFlow,
  voidFlows,
} from '../../identity/flows/index.ts';
import {
  type PasswordPolicy,
  type Passwords,
  passwordField,
} from '../../identity/passwords/index.ts';
import {
  emailField,
  findUserByEmail,
  findUserById,
  lockUser,
  normalizeEmail,
  type User,
  updateUser,
} from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { endUserSessions } from '../../sign-in/sessions/index.ts';

/** A forgotten password is replaced by whoever reads the mail of the account. */

/** Who sent a request. */
export interface Visitor {
  readonly network: string;
  readonly ip: string | null;
}

type ResetDeps = Deps & { readonly limits: Limits; readonly mail: Mail };

/** What whoever began a flow is told. */
export interface BegunFlow {
  readonly flow: string;
  readonly expires_in: number;
}

const purpose = 'password_reset';

/**
 * Begins a reset, and mails its code to the account. Of an email that nobody has, of one that was deactivated, and of
 * one that has been sent too many mails lately the answer is the same, and so are the rows that are written.
 *
 * @throws AppError `mail_not_configured`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export async function beginPasswordReset(
  deps: ResetDeps,
  visitor: Visitor & { readonly locale: string },
  body: Body,
): Promise<BegunFlow> {
  const { database, clock, mail, limits } = deps;
  mail.requireAvailable();
  const { network, ip, locale } = visitor;
  await limits.count('MAILS_PER_NETWORK', network);
  const typed = completeFields(readFields(body, { email: emailField }, 'is bad')).email;
  const email = normalizeEmail(typed);
  const mayReceive = await mail.mayReceive(email);
  const user = await findUserByEmail(database.db, email);
  const whom = mayReceive && user?.is_active === 1 ? user : undefined;
  const flow = await database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const userId = whom?.id ?? null;
    // Somebody else who asks for the same account voids nothing of what its owner was sent.
    const about = { purpose, userId, email, network, voids: 'of network', nowMs } as const;
    const started = await startFlow(trx, deps, about);
    await mail.write(
      trx,
      {
        kind: 'password_reset',
        userId,
        email: whom?.email ?? typed,
        locale,
        parameters: { code: started.code, atMs: nowMs, ip },
        expiresAtMs: started.expiresAtMs,
        isDecoy: !whom,
      },
      nowMs,
    );
    return started.flow;
  });
  mail.wake();
  return { flow, expires_in: flowSeconds };
}

/**
 * Sets a new password by the code, or the link, of a mail. All sessions end, and where the email was not proven yet it
 * is now: whoever had registered with it before keeps nothing, neither a session nor the password.
 *
 * @throws AppError `invalid_code`, `flow_expired`, `invalid_fields`, `invalid_body`, `rate_limited`, `overloaded`
 */
export async function confirmPasswordReset(
  deps: Deps & { limits: Limits; passwords: Passwords; passwordPolicy: PasswordPolicy },
  { network, ip }: Visitor,
  body: Body,
): Promise<void> {
  const { database, clock } = deps;
  const { proof, values } = readProof(body, { password: passwordField });
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
    if (!user || !isStillTheirs(user, email)) throw new AppError('flow_expired');
    const event = {
      actor: { kind: 'user', id: userId, ip } as const,
      atMs: nowMs,
      userId,
    };
    await updateUser(trx, userId, {
      password_hash: passwordHash,
      email_verified_at_ms: user.email_verified_at_ms ?? nowMs,
      updated_at_ms: nowMs,
    });
    await record(trx, { kind: 'password.reset', ...event });
    if (user.email_verified_at_ms === null) await record(trx, { kind: 'email.verified', ...event });
    await endUserSessions(trx, userId, 'password_reset', { actor: event.actor, nowMs });
    await voidFlows(trx, purpose, userId);
  });
}

/** Deactivated meanwhile, or the email was changed: then whoever reads its mail is nobody to this account. */
function isStillTheirs(user: User, email: string): boolean {
  return user.is_active === 1 && normalizeEmail(user.email) === email;
}
