import type { Body } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import type { Answer } from '../../../lib/answer.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import type { Passwords } from '../../identity/passwords/index.ts';
import type { UserWithHash } from '../../identity/users/index.ts';
import type { Failures } from '../../platform/audit/index.ts';
import type { CountedGuess, Limits } from '../../platform/limits/index.ts';
import type { SessionDeps, SessionOrigin, TokenPair } from '../sessions/index.ts';
import { checkPassword, renewHash } from './check-password.ts';
import { type LoginAttempt, noteFailedLogin } from './failed-logins.ts';
import { type Credentials, credentialsBody, findAccount } from './find-account.ts';
import { finishSignIn, type SignInOutcome } from './finish-sign-in.ts';
import { type LoginLimits, loginLimits } from './login-limits.ts';

/** Where a login comes from. */
export interface LoginClient {
  readonly origin: SessionOrigin;
  /** A token of an earlier session shows that the account knows the device. */
  readonly authorization: string | undefined;
  /** Of a remembered device, where it is not in the body; absent: there is none. */
  readonly deviceToken?: string | undefined;
  /** Whether a user who has proved who they are may sign in here; absent: everybody may. */
  readonly admits?: (userId: number) => Answer<boolean>;
}

export type LoginDeps = SessionDeps & {
  readonly passwords: Passwords;
  readonly limits: Limits;
  readonly failures: Failures;
};

/**
 * Signs a user in. Every failure gets the same answer, and an unknown email, a deactivated user
 * and one without a password, or with a hash that cannot be checked, cost the same hash as a wrong
 * password.
 *
 * @throws AppError `invalid_credentials`, `no_admin_permission`, `email_not_verified`, `rate_limited`, `overloaded`
 */
export async function login(deps: LoginDeps, body: Body, client: LoginClient): Promise<TokenPair> {
  const credentials = credentialsBody.tryRead(body);
  if (!credentials) throw refused(deps, 'malformed');
  let outcome = await signIn(deps, credentials, client);
  // Another login may have replaced an old hash meanwhile, and then the password is still right.
  if (outcome.kind === 'outdated') outcome = await signIn(deps, credentials, client);
  if (outcome.kind === 'outdated') throw refused(deps, 'inactive');
  return outcome.tokens;
}

/**
 * @returns `outdated` if the user was changed while the password was checked
 * @throws AppError as `login`
 */
async function signIn(
  deps: LoginDeps,
  credentials: Credentials,
  client: LoginClient,
): Promise<SignInOutcome> {
  const proven = await provePassword(deps, credentials, client);
  const { user, passwordHash, attempt, forgiven, isKnownDevice } = proven;
  await requireAdmitted(deps, client, user.id, attempt);
  const deviceToken = client.deviceToken ?? credentials.device_token;
  const proof = { kind: 'password', userId: user.id, passwordHash, deviceToken } as const;
  const isKnown = isKnownDevice || client.origin.isKnownDevice === true;
  const origin = { ...client.origin, isKnownDevice: isKnown };
  const outcome = await finishSignIn(deps, proof, origin).catch(async (error: unknown) => {
    // The password was right: the next step is counted separately.
    if (isWaiting(error) && forgiven) await deps.limits.forget(...forgiven);
    if (error instanceof AppError && error.code === 'email_not_verified') {
      noteFailedLogin(deps.failures, attempt, 'email_not_verified');
      deps.metrics.signIns.inc({ outcome: 'not_admitted' });
    }
    throw error;
  });
  if (outcome.kind === 'signed_in' && forgiven) await deps.limits.forget(...forgiven);
  return outcome;
}

/** Whether the sign-in only waits for its next step. */
const isWaiting = (error: unknown) =>
  error instanceof AppError &&
  (error.code === 'second_factor_required' || error.code === 'second_factor_enrolment_required');

/** A user who has shown their password. */
export interface ProvenPassword {
  readonly user: UserWithHash;
  /** That the password was checked against, and is the user's now. */
  readonly passwordHash: string;
  readonly attempt: LoginAttempt;
  /** What is taken back once all is right. */
  readonly forgiven: LoginLimits['forgiven'];
  readonly isKnownDevice: LoginLimits['isKnownDevice'];
}

/**
 * Checks a password as at a sign-in, with its limits. It takes the same time for every email.
 *
 * @param isOf whether it may be told of a user that the password is right; of others it is refused, counted and answered as
 *   a wrong one is. Absent: of everybody
 * @throws AppError `invalid_credentials`, `rate_limited`, `overloaded`
 */
export async function provePassword(
  deps: LoginDeps,
  credentials: Credentials,
  client: Pick<LoginClient, 'origin' | 'authorization'>,
  isOf?: (userId: number) => Promise<boolean>,
): Promise<ProvenPassword> {
  const { ip } = client.origin;
  const account = await findAccount(deps, credentials);
  const of = { accountKey: account.key, userId: account.user?.id };
  const source = { network: countedNetwork(ip), authorization: client.authorization };
  const { counted, forgiven, isKnownDevice } = await loginLimits(deps.sessions, of, source);
  const attempt = { account: account.key, userId: of.userId, ip, atMs: deps.clock.nowMs() };

  using guess = await beginGuess(deps, counted, attempt);
  const hashSource = { network: source.network, account: account.key };
  const checked = await checkPassword(deps, account.user, credentials.password, hashSource);
  if (checked.kind === 'refused') {
    // A deactivated user too: what is not counted would tell that the password is right.
    await guess.fail();
    noteFailedLogin(deps.failures, attempt, checked.reason);
    throw refused(deps, checked.reason === 'user_inactive' ? 'inactive' : 'refused');
  }
  if (isOf && !(await isOf(checked.user.id))) {
    await guess.fail();
    noteFailedLogin(deps.failures, attempt, 'not_needed');
    throw refused(deps, 'refused');
  }
  await guess.succeed();

  const passwordHash = await renewHash(deps, checked);
  return { user: checked.user, passwordHash, attempt, forgiven, isKnownDevice };
}

/** @throws AppError `rate_limited`, which is noted as a failed login */
function beginGuess({ limits, failures }: LoginDeps, counted: CountedGuess, attempt: LoginAttempt) {
  return limits.beginGuess(counted).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'rate_limited') {
      noteFailedLogin(failures, attempt, 'rate_limited');
    }
    throw error;
  });
}

/** @throws AppError `no_admin_permission` if the user is not of those whom the site is for */
async function requireAdmitted(
  { failures, metrics }: LoginDeps,
  { admits }: LoginClient,
  userId: number,
  attempt: LoginAttempt,
): Promise<void> {
  if (!admits || (await admits(userId))) return;
  noteFailedLogin(failures, attempt, 'no_admin_permission');
  metrics.signIns.inc({ outcome: 'not_admitted' });
  throw new AppError('no_admin_permission');
}

function refused({ metrics }: LoginDeps, outcome: 'malformed' | 'refused' | 'inactive'): AppError {
  metrics.signIns.inc({ outcome });
  return new AppError('invalid_credentials');
}
