import type { Db } from '../../../db/database.ts';
import type { AppError } from '../../../errors/index.ts';
import { findUserById } from '../../identity/users/index.ts';
import {
  issueTokens,
  type Proof,
  type SessionDeps,
  type SessionOrigin,
  type StartedSession,
  startSession,
  type TokenPair,
} from '../sessions/index.ts';
import { proveEmail } from './drop-unproven.ts';
import { beginSecondFactor, dueLevelOf, onTrustedDevice, refuseTooWeak } from './gate.ts';
import { requireVerifiedEmail } from './require-verified-email.ts';
import { signInNotice } from './sign-in-notice.ts';

/** How a sign-in ends whose proof was good when it was checked. */
export type SignInOutcome =
  | { readonly kind: 'signed_in'; readonly tokens: TokenPair }
  /** The user was deactivated since, or their password, or email, is another by now. */
  | { readonly kind: 'outdated' };

/** Starts the session, in the transaction that it is given. */
export type Start = (trx: Db) => Promise<StartedSession | undefined>;

/**
 * What every way to sign in ends with: starts a session from a proof, and issues its first tokens. There
 * is no other way to a session, so what holds for all of them belongs here. Where the user has a second factor that the
 * proof does not have, or has to add one, there are no tokens yet: a flow begins, which `finishSecondFactor`, or an
 * enrolment, ends.
 *
 * @param origin where the session is started from
 * @param transact runs the transaction, where more has to hold in it than the proof
 * @throws AppError `second_factor_required`, `second_factor_enrolment_required`, `email_not_verified`, `invalid_code` if
 *   the factor was spent meanwhile, or is not strong enough
 */
export async function finishSignIn(
  deps: SessionDeps,
  proof: Proof,
  origin: SessionOrigin,
  transact: (start: Start) => ReturnType<Start> = (start) => deps.database.transact(start),
): Promise<SignInOutcome> {
  await requireVerifiedEmail(deps, proof);
  const startAndTell = await signInNotice(deps, proof, origin);
  const dueLevel = await dueLevelOf(deps, proof);
  const gate: { refusal?: AppError | undefined } = {};
  const session = await transact((trx) =>
    startAndTell(trx, async () => {
      const gated = { proof, origin, dueLevel };
      gate.refusal = await refuseTooWeak(trx, deps, gated);
      if (gate.refusal) return undefined;
      const started = await startProven(trx, deps, proof, origin);
      if (started) return started;
      // Looked at only here: it costs users without a second factor nothing.
      const trusted = await onTrustedDevice(trx, deps, gated);
      if (trusted) return startProven(trx, deps, trusted, origin);
      gate.refusal = await beginSecondFactor(trx, deps, gated);
      return undefined;
    }),
  );
  if (!session) {
    if (!gate.refusal) return { kind: 'outdated' };
    deps.metrics.signIns.inc({ outcome: 'second_factor' });
    throw gate.refusal;
  }
  const tokens = await issueTokens(deps, { ...session, generation: 0 }, session.startedAtMs);
  // An administrator in the name of a user is not a sign-in of the user.
  if (proof.kind !== 'impersonation') deps.metrics.signIns.inc({ outcome: 'success' });
  return { kind: 'signed_in', tokens };
}

/** Starts the session. Who gets in by mail, with a second factor where the account has one, has proved the email by it. */
async function startProven(
  trx: Db,
  deps: SessionDeps,
  proof: Proof,
  origin: SessionOrigin,
): Promise<StartedSession | undefined> {
  const session = await startSession(trx, deps, proof, origin);
  if (session === undefined || proof.kind !== 'mail') return session;
  const { userId, sessionId, startedAtMs: nowMs } = session;
  const actor = { kind: 'user', id: userId, ip: origin.ip, sessionId } as const;
  // The session holds the row already: nobody else changes it.
  const user = await findUserById(trx, userId);
  if (user) await proveEmail(trx, user, { actor, nowMs });
  return session;
}
