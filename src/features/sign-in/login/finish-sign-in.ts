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
import { beginSignInFlow, secondFactorRequired, type WaitingSignIn } from './sign-in-flows.ts';
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
 * proof does not have, there are no tokens yet: a flow begins, which `finishSecondFactor` ends.
 *
 * @param origin where the session is started from
 * @param transact runs the transaction, where more has to hold in it than the proof
 * @throws AppError `second_factor_required`, `email_not_verified`, `invalid_code` if the factor was spent meanwhile
 */
export async function finishSignIn(
  deps: SessionDeps,
  proof: Proof,
  origin: SessionOrigin,
  transact: (start: Start) => ReturnType<Start> = (start) => deps.database.transact(start),
): Promise<SignInOutcome> {
  await requireVerifiedEmail(deps, proof);
  const startAndTell = await signInNotice(deps, proof, origin);
  const gate: { waiting?: WaitingSignIn | undefined } = {};
  const session = await transact((trx) =>
    startAndTell(trx, async () => {
      const started = await startSession(trx, deps, proof, origin);
      // Looked at only here: whoever has no second factor pays nothing for it.
      gate.waiting = started ? undefined : await beginSecondFactor(trx, deps, proof, origin);
      return started;
    }),
  );
  if (!session) {
    if (!gate.waiting) return { kind: 'outdated' };
    deps.metrics.signIns.inc({ outcome: 'second_factor' });
    throw secondFactorRequired(gate.waiting);
  }
  const tokens = await issueTokens(deps, { ...session, generation: 0 }, session.startedAtMs);
  // An administrator in the name of a user is not a sign-in of the user.
  if (proof.kind !== 'impersonation') deps.metrics.signIns.inc({ outcome: 'success' });
  return { kind: 'signed_in', tokens };
}

/** Begins the flow of a proof that is good, of a user who has a second factor; undefined: it does not hold any more. */
async function beginSecondFactor(
  trx: Db,
  { clock }: SessionDeps,
  proof: Proof,
  origin: SessionOrigin,
): Promise<WaitingSignIn | undefined> {
  if (proof.kind === 'impersonation' || proof.kind === 'passkey' || proof.factor) return undefined;
  const nowMs = clock.nowMs();
  return beginSignInFlow(trx, proof, origin, { purpose: 'second_factor', nowMs });
}
