import { AppError } from '../../../errors/index.ts';
import type { Answer } from '../../../lib/answer.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import type { Failures } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { challengeSeconds, signInOptions, usePasskey } from '../factors/index.ts';
import { finishSignIn, noteFailedLogin } from '../login/index.ts';
import type { SessionDeps, SessionOrigin, TokenPair } from '../sessions/index.ts';

/** Users sign in with a passkey alone: no email, no password. See docs/decisions/passkeys.md. */

export type PasskeySignInDeps = SessionDeps & {
  readonly limits: Limits;
  readonly failures: Failures;
};

const binding = 'passkey-sign-in';

/**
 * What a browser asks the authenticator for. It is the same for everybody, and nothing is stored.
 *
 * @throws AppError `passkeys_not_configured`
 */
export function passkeySignInOptions(deps: PasskeySignInDeps) {
  return { public_key: signInOptions(deps, binding), expires_in: challengeSeconds };
}

/**
 * Signs in the user whose passkey it is, if it has verified them.
 *
 * @param credential an `AuthenticationResponseJSON`, unchecked
 * @param admits who may sign in; absent: everybody
 * @throws AppError `invalid_passkey`, `invalid_credentials` of a deactivated user, `no_admin_permission`,
 *   `email_not_verified`, `passkeys_not_configured`, `rate_limited`
 */
export async function signInWithPasskey(
  deps: PasskeySignInDeps,
  origin: SessionOrigin,
  credential: unknown,
  admits: (userId: number) => Answer<boolean> = () => true,
): Promise<TokenPair> {
  const { limits, metrics } = deps;
  const network = countedNetwork(origin.ip);
  using guess = await limits.beginGuess({
    ifWrong: [['LOGIN_FAILURES_PER_NETWORK', network]],
    ifRight: [['LOGINS_PER_NETWORK', network]],
  });
  const actor = { kind: 'anonymous', ip: origin.ip } as const;
  const sent = { credential, binding, userId: undefined, needsVerification: true, actor };
  const used = await usePasskey(deps, sent).catch(async (error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'invalid_passkey') throw error;
    await guess.fail();
    noteFailedLogin(deps.failures, attemptOf(deps, origin, credential), 'wrong_passkey');
    metrics.signIns.inc({ outcome: 'refused' });
    throw error;
  });
  await guess.succeed();

  const { passkey, check: factor } = used;
  const { userId, handle: passkeyHandle } = passkey;
  const attempt = {
    ...{ account: limits.accountKey(passkey.email), userId },
    ...{ ip: origin.ip, atMs: deps.clock.nowMs() },
  };
  const inactive = () => {
    noteFailedLogin(deps.failures, attempt, 'user_inactive');
    metrics.signIns.inc({ outcome: 'inactive' });
    return new AppError('invalid_credentials');
  };
  const notAdmitted = (reason: 'no_admin_permission' | 'email_not_verified') => {
    noteFailedLogin(deps.failures, attempt, reason);
    metrics.signIns.inc({ outcome: 'not_admitted' });
    return new AppError(reason);
  };
  if (passkey.isActive === 0) throw inactive();
  if (!(await admits(userId))) throw notAdmitted('no_admin_permission');
  const proof = { kind: 'passkey', userId, passkeyHandle, factor } as const;
  const outcome = await finishSignIn(deps, proof, origin).catch((error: unknown) => {
    const isUnproven = error instanceof AppError && error.code === 'email_not_verified';
    if (isUnproven) notAdmitted('email_not_verified');
    throw error;
  });
  if (outcome.kind === 'outdated') throw inactive();
  return outcome.tokens;
}

/** The user is not known yet: attempts are counted by the id of the passkey. */
function attemptOf(
  { limits, clock }: PasskeySignInDeps,
  { ip }: SessionOrigin,
  credential: unknown,
): Parameters<typeof noteFailedLogin>[1] {
  const { id } = credential as { readonly id?: unknown };
  const name = typeof id === 'string' ? id.slice(0, 1_364) : ''; // no credential id is longer
  return {
    account: limits.accountKey(`passkey ${name}`),
    userId: undefined,
    ip,
    atMs: clock.nowMs(),
  };
}
