import type { Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { findUsableLevel, trustedDeviceOf } from '../factors/index.ts';
import {
  dueLevelAbove,
  type Proof,
  type SessionDeps,
  type SessionOrigin,
} from '../sessions/index.ts';
import { findCredentials } from './sign-in-flows.queries.ts';
import {
  beginSignInFlow,
  choicesOf,
  enrolmentRequired,
  type FirstProof,
  secondFactorRequired,
} from './sign-in-flows.ts';

/** What stands between a proof that is good and its session: the user's second factor, and what the policy asks for. */

/** A sign-in at the gate. */
interface Gated {
  readonly proof: Proof;
  readonly origin: SessionOrigin;
  /** What its user has to reach now; 1: any is enough. */
  readonly dueLevel: AuthLevel;
}

/** How strong a sign-in with a proof is. */
function levelOf(proof: Proof): AuthLevel {
  return proof.kind === 'impersonation' ? 3 : (proof.factor?.level ?? 1);
}

/** What a proof counts for at the policy: how strongly the user can go on signing in with it. Recovery codes come to an end. */
function levelForPolicy(proof: Proof): AuthLevel {
  const isCode = proof.kind !== 'impersonation' && proof.factor?.kind === 'recovery_code';
  return isCode ? 1 : levelOf(proof);
}

/** What the user of a proof has to reach now. */
export const dueLevelOf = ({ sessions }: SessionDeps, proof: Proof): Promise<AuthLevel> =>
  dueLevelAbove(sessions.factorPolicy, proof.userId, levelForPolicy(proof));

/**
 * Opens nothing but enrolment to a user who has to have a factor that they do not have, or that does not work on this server, in
 * the transaction of the sign-in. A weaker factor that they do have, or a recovery code, has to be shown first, and is spent.
 *
 * @returns what the user is told; undefined: the policy is content, or the second factor is asked for first
 * @throws AppError `invalid_code` if they have a factor that is strong enough, works on this server, and have shown another
 */
export async function refuseTooWeak(
  trx: Db,
  deps: SessionDeps,
  { proof, origin, dueLevel }: Gated,
): Promise<AppError | undefined> {
  if (proof.kind === 'impersonation' || proof.kind === 'passkey') return undefined;
  if (levelForPolicy(proof) >= dueLevel) return undefined;
  const user = await findCredentials(trx, proof.userId);
  if (!user || (user.factorLevel > 1 && !proof.factor)) return undefined;
  const { userId } = proof;
  if ((await findUsableLevel(deps, trx, { ...user, userId })) >= dueLevel) {
    if (levelOf(proof) >= dueLevel) return undefined;
    throw new AppError('invalid_code', { detail: 'Sign in with a passkey: you have to.' });
  }
  const nowMs = deps.clock.nowMs();
  const actor = { kind: 'user', id: userId, ip: origin.ip } as const;
  if (proof.factor && !(await proof.factor.spend(trx, { actor, nowMs }))) {
    throw new AppError('invalid_code', { detail: 'This code was used before.' });
  }
  const how = { purpose: 'enrolment', nowMs } as const;
  const flow = await beginSignInFlow(trx, deps, proof, origin, how);
  return flow === undefined ? undefined : enrolmentRequired(deps, flow, dueLevel);
}

/**
 * The proof on a remembered device. It stands in for the second factor of a user who has one that works on this server, where
 * the policy asks for no passkey.
 *
 * @returns undefined if it does not
 */
export async function onTrustedDevice(
  trx: Db,
  deps: SessionDeps,
  { proof, dueLevel }: Gated,
): Promise<FirstProof | undefined> {
  if (!isFirst(proof) || proof.deviceToken === undefined || dueLevel === 3) return undefined;
  const { userId } = proof;
  if (dueLevel === 2) {
    const user = await findCredentials(trx, userId);
    if (!user || (await findUsableLevel(deps, trx, { ...user, userId })) < 2) return undefined;
  }
  const id = await trustedDeviceOf(trx, deps, userId, proof.deviceToken);
  return id === undefined ? undefined : { ...proof, trustedDeviceId: id };
}

/** Begins the flow of a proof that is good, of a user who has a second factor; undefined: it does not hold any more. */
export async function beginSecondFactor(
  trx: Db,
  deps: SessionDeps,
  { proof, origin, dueLevel }: Gated,
): Promise<AppError | undefined> {
  if (!isFirst(proof)) return undefined;
  const how = { purpose: 'second_factor', nowMs: deps.clock.nowMs() } as const;
  const flow = await beginSignInFlow(trx, deps, proof, origin, how);
  if (flow === undefined) return undefined;
  const { userId } = proof;
  return secondFactorRequired(flow, await choicesOf(deps, trx, { userId, dueLevel }));
}

function isFirst(proof: Proof): proof is FirstProof {
  return (proof.kind === 'password' || proof.kind === 'mail') && !proof.factor;
}
