import { optional } from '../../../contract/declare-body.ts';
import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import type { Db } from '../../../db/database.ts';
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
  findFlow,
  type Proof,
  useFlow,
  voidFlows,
} from '../../identity/flows/index.ts';
import { voidNotices } from '../../identity/notices/index.ts';
import { type PasswordPolicy, passwordField } from '../../identity/passwords/index.ts';
import {
  findUserById,
  isEmailOf,
  lockUser,
  type User,
  updateUser,
} from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import {
  challengeSeconds,
  checkFactor,
  type FactorDeps,
  type FactorProof,
  findUsableMethods,
  passkeyRequestOptions,
  secondFactorField,
} from '../../sign-in/factors/index.ts';
import {
  dropUnproven,
  type FirstProof,
  keepsFactor,
  noneToShow,
} from '../../sign-in/login/index.ts';
import {
  endUserSessions,
  isKnownNetwork,
  type SessionOrigin,
} from '../../sign-in/sessions/index.ts';

/** The reader of an account's mail replaces a forgotten password. */

const purpose = 'password_reset';

export const resetBody = declareEmailBody({ title: 'PasswordReset' });
export const resetOptionsBody = declareProofBody({}, { title: 'PasswordResetOptions' });
export const resetConfirmationBody = declareProofBody(
  { password: passwordField, second_factor: optional(secondFactorField) },
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
 * now, and somebody who had registered with it before keeps neither a session nor the password. Of a user with a second
 * factor it takes that as well (OWASP ASVS 6.4.3): who reads their mail has one factor of two.
 *
 * @returns what the user has proved by it, which a session can start from
 * @throws AppError `second_factor_required`, after which nothing has changed; `invalid_code`, `flow_expired`,
 *   `invalid_fields`, `invalid_body`, `rate_limited`, `overloaded`
 */
export async function confirmPasswordReset(
  deps: FactorDeps & { readonly passwordPolicy: PasswordPolicy },
  { network, ip, device }: Resetter,
  body: Body,
): Promise<FirstProof> {
  const { database, clock } = deps;
  const { proof, values } = resetConfirmationBody.read(body);
  const sent = () => ({ proof, purpose, nowMs: clock.nowMs() }) as const;
  const proven = await checkFlow(database.db, deps, network, sent());
  const owner = await findUserById(database.db, proven.userId);
  const problems = owner ? await deps.passwordPolicy.problemsOf(values.password, owner) : [];
  if (problems.length > 0) throwFieldErrors({ password: problems });
  const check = await proveSecondFactor(deps, owner, { proof, ip, sent: values.second_factor });
  const source = { network, account: `user:${proven.userId}` };
  const passwordHash = await deps.passwords.hash(values.password, source);
  return database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const { userId, email } = await useFlow(trx, deps, sent());
    const user = await lockUser(trx, userId);
    if (!user || !isEmailOf(user, email)) throw new AppError('flow_expired');
    const actor = { kind: 'user', id: userId, ip } as const;
    const by = { actor, nowMs };
    // Whatever it was before: it may have been added since.
    if (!check && (await keepsFactor(trx, user))) throw await factorRequired(deps, trx, userId);
    if (check && !(await check.spend(trx, by))) throwFieldErrors({ second_factor: [wrongFactor] });
    await dropUnproven(trx, deps, user, by, 'password_reset');
    await updateUser(trx, userId, {
      passwordHash,
      emailVerifiedAtMs: user.emailVerifiedAtMs ?? nowMs,
      updatedAtMs: nowMs,
    });
    await record(trx, { kind: 'password.reset', actor, atMs: nowMs, userId });
    await endUserSessions(trx, userId, 'password_reset', by);
    await voidFlows(trx, purpose, userId);
    await voidNotices(trx, userId);
    await deps.notices.write(trx, { kind: 'password_was_reset', user, nowMs, ip, device });
    const factor = check && { ...check, spend: async () => true }; // it has been
    return { kind: 'password', userId, passwordHash, ...(factor && { factor }) } as const;
  });
}

const wrongFactor = 'This is not right, or was used before.';

async function factorRequired(
  deps: Pick<Deps, 'relyingParty'>,
  db: Db,
  userId: number,
): Promise<AppError> {
  const methods = await findUsableMethods(deps, db, userId);
  return new AppError('second_factor_required', {
    members: { methods },
    ...(methods.length === 0 && { detail: noneToShow }),
  });
}

/**
 * Checks the second factor of a user who has one.
 *
 * @returns undefined if there is none to be checked
 * @throws AppError `second_factor_required`, `invalid_fields`, `rate_limited`, `overloaded`, `passkeys_not_configured`
 */
async function proveSecondFactor(
  deps: FactorDeps,
  user: User | undefined,
  reset: {
    readonly proof: Proof;
    readonly ip: string | null;
    readonly sent: FactorProof | undefined;
  },
) {
  const { db } = deps.database;
  if (!user || !(await keepsFactor(db, user))) return undefined;
  if (!reset.sent) throw await factorRequired(deps, db, user.id);
  const binding = await resetBinding(deps, reset.proof);
  const actor = { kind: 'anonymous', ip: reset.ip } as const;
  const { id: userId } = user;
  return checkFactor(deps, { userId, proof: reset.sent, binding, actor }).catch(
    (error: unknown) => {
      // Not as the error of the mailed code.
      if (!(error instanceof AppError && error.status === 400)) throw error;
      throw new AppError('invalid_fields', {
        members: { second_factor: [error.options.detail ?? wrongFactor] },
      });
    },
  );
}

/**
 * Checks the code of the mail, or its link, alone, and uses neither up. A wrong code counts as a try.
 *
 * @throws AppError `invalid_code`, `flow_expired`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export async function checkPasswordReset(
  deps: Deps & { readonly limits: Limits },
  { network }: Pick<Visitor, 'network'>,
  body: Body,
): Promise<{ readonly proof: Proof; readonly userId: number }> {
  const { proof } = resetOptionsBody.read(body);
  const { database, clock } = deps;
  const sent = { proof, purpose, nowMs: clock.nowMs() } as const;
  const { userId } = await checkFlow(database.db, deps, network, sent);
  return { proof, userId };
}

/** The methods that a reset takes as the second factor of a user; undefined: it takes no factor. */
export async function findResetMethods(
  deps: Pick<Deps, 'database' | 'relyingParty'>,
  userId: number,
): Promise<readonly string[] | undefined> {
  const { db } = deps.database;
  const user = await findUserById(db, userId);
  return user && (await keepsFactor(db, user)) ? findUsableMethods(deps, db, userId) : undefined;
}

/**
 * What a browser asks for a passkey that is to be the second factor of a reset. It takes what the reset takes: the id of
 * a flow is known to strangers, and must not tell whether the email has an account.
 *
 * @throws AppError `invalid_code`, `flow_expired`, `invalid_fields`, `invalid_body`, `rate_limited`,
 *   `passkeys_not_configured`
 */
export async function passwordResetOptions(
  deps: Deps & { readonly limits: Limits },
  { network }: Pick<Visitor, 'network'>,
  body: Body,
) {
  const { proof, userId } = await checkPasswordReset(deps, { network }, body);
  const options = await passkeyRequestOptions(deps, userId, await resetBinding(deps, proof));
  return { public_key: options, expires_in: challengeSeconds };
}

/** What the challenges of passkeys are bound to: the flow, however it is named. */
async function resetBinding(
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
  proof: Proof,
): Promise<string> {
  const by = 'userId' in proof ? undefined : proof;
  const open = by && (await findFlow(database.db, { purpose, nowMs: clock.nowMs() }, by));
  return `reset ${open?.key ?? ''}`;
}
