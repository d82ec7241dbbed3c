import type { Db } from '../../../db/database.ts';
import {
  issueTokens,
  type Proof,
  type SessionDeps,
  type SessionOrigin,
  type StartedSession,
  startSession,
  type TokenPair,
} from '../sessions/index.ts';
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
 * is no other way to a session, so what holds for all of them belongs here.
 *
 * @param origin where the session is started from
 * @param transact runs the transaction, where more has to hold in it than the proof
 * @throws AppError `email_not_verified`
 */
export async function finishSignIn(
  deps: SessionDeps,
  proof: Proof,
  origin: SessionOrigin,
  transact: (start: Start) => ReturnType<Start> = (start) => deps.database.transact(start),
): Promise<SignInOutcome> {
  await requireVerifiedEmail(deps, proof);
  const startAndTell = await signInNotice(deps, proof, origin);
  const session = await transact((trx) =>
    startAndTell(trx, () => startSession(trx, deps, proof, origin)),
  );
  if (!session) return { kind: 'outdated' };
  const tokens = await issueTokens(deps, { ...session, generation: 0 }, session.startedAtMs);
  // An administrator in the name of a user is not a sign-in of the user.
  if (proof.kind !== 'impersonation') deps.metrics.signIns.inc({ outcome: 'success' });
  return { kind: 'signed_in', tokens };
}
