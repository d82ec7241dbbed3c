import { type Body, textMember } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import type { Answer } from '../../../lib/answer.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { codePointLength } from '../../../lib/text.ts';
import type { Passwords } from '../../identity/passwords/index.ts';
import {
  emailMaxLength,
  findUserByEmail,
  hasMailbox,
  normalizeEmail,
  replacePasswordHash,
} from '../../identity/users/index.ts';
import type { Failures } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { SessionOrigin, Sessions, TokenPair } from '../sessions/index.ts';
import { noteFailedLogin } from './failed-logins.ts';
import { loginLimits } from './login-limits.ts';

/** Where a login comes from. */
export interface LoginClient {
  readonly origin: SessionOrigin;
  /** A token of an earlier session says that the device is no stranger to the account. */
  readonly authorization: string | undefined;
  /** Whom to let in, of those who have proved who they are; absent: everybody. */
  readonly admits?: (userId: number) => Answer<boolean>;
}

/**
 * Signs a user in. Every failure gets the same answer, and an unknown address, a deactivated user
 * and one without a password, or with a hash that cannot be checked, cost the same hash as a wrong
 * password.
 *
 * @throws AppError `invalid_credentials`, `no_admin_permission`, `rate_limited`, `overloaded`
 */
export async function login(deps: LoginDeps, body: Body, client: LoginClient): Promise<TokenPair> {
  // Once more where the user has changed meanwhile: another login may have replaced an old hash, and
  // then the password is still right.
  const pair = (await tryLogin(deps, body, client)) ?? (await tryLogin(deps, body, client));
  if (!pair) throw refused(deps, 'inactive');
  deps.metrics.signIns.inc({ outcome: 'success' });
  return pair;
}

export type LoginDeps = Deps & {
  passwords: Passwords;
  sessions: Sessions;
  limits: Limits;
  failures: Failures;
};

/** Undefined where the user was changed while the password was checked. */
async function tryLogin(
  deps: LoginDeps,
  body: Body,
  { origin, authorization, admits }: LoginClient,
): Promise<TokenPair | undefined> {
  const email = textMember(body, 'email');
  const password = textMember(body, 'password');
  if (!email || !password) throw refused(deps, 'malformed');
  const emailNormalized = isPossible(email, password) ? normalizeEmail(email) : undefined;
  const user =
    emailNormalized === undefined
      ? undefined
      : await findUserByEmail(deps.database.db, emailNormalized);
  const accountKey = deps.limits.accountKey(emailNormalized ?? email.toLowerCase());
  const source = { network: countedNetwork(origin.address), authorization };
  const limits = await loginLimits(deps.sessions, { accountKey, userId: user?.id }, source);
  const { address } = origin;
  const atMs = deps.clock.nowMs();
  const attempt = { account: accountKey, userId: user?.id, address, atMs };
  using guess = await deps.limits.beginGuess(limits.counted).catch((error: unknown) => {
    if (isRateLimit(error)) noteFailedLogin(deps.failures, attempt, 'rate_limited');
    throw error;
  });
  const oldHash = user?.password_hash ?? null;
  // For who is let in alone: the time of a new hash would tell of the others that the password is right.
  const renews = user?.is_active === 1;
  const hashSource = { network: source.network, account: accountKey };
  const verified = await deps.passwords.verify(oldHash, password, hashSource, { renews });
  const { isRight, isUsable, newHash } = verified;
  if (!user || oldHash === null || !isRight) {
    await guess.fail();
    const wrong = isUsable ? 'wrong_password' : 'unusable_hash';
    const reason = !user ? 'unknown_account' : oldHash === null ? 'no_password' : wrong;
    noteFailedLogin(deps.failures, attempt, reason);
    throw refused(deps, 'refused');
  }
  // Here and not by `start` alone: its transaction would take time that a wrong password does not.
  if (user.is_active === 0) {
    await guess.fail(); // as a wrong password: or what is not counted would tell that it is right
    noteFailedLogin(deps.failures, attempt, 'user_inactive');
    throw refused(deps, 'inactive');
  }
  await guess.succeed();
  let passwordHash = oldHash;
  if (newHash) {
    const hashes = { from: oldHash, to: newHash };
    const nowMs = deps.clock.nowMs();
    if (await replacePasswordHash(deps.database.db, user.id, hashes, nowMs)) passwordHash = newHash;
  }
  if (admits && !(await admits(user.id))) {
    noteFailedLogin(deps.failures, attempt, 'no_admin_permission');
    deps.metrics.signIns.inc({ outcome: 'not_admitted' });
    throw new AppError('no_admin_permission');
  }
  const pair = await deps.sessions.start({ id: user.id, passwordHash }, origin);
  if (pair && limits.forgiven) await deps.limits.forget(...limits.forgiven);
  return pair;
}

function isRateLimit(error: unknown): boolean {
  return error instanceof AppError && error.code === 'rate_limited';
}

/** What no account can have is not looked for, and cannot pass for what one has. */
function isPossible(email: string, password: string): boolean {
  return (
    !email.includes('\0') && // which PostgreSQL could not even compare
    email.isWellFormed() &&
    password.isWellFormed() &&
    codePointLength(email) <= emailMaxLength &&
    // Else `ｆ@example.com` would sign `f@example.com` in. A domain has many spellings anyway.
    hasMailbox(email)
  );
}

function refused({ metrics }: Deps, outcome: 'malformed' | 'refused' | 'inactive'): AppError {
  metrics.signIns.inc({ outcome });
  return new AppError('invalid_credentials');
}
