import { createHash } from 'node:crypto';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { newToken, sentTokenHash } from '../../identity/link-tokens/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { sweepExpired } from '../../platform/nodes/index.ts';
import { type FactorKind, findUsableLevel, findUsableMethods } from '../factors/index.ts';
import {
  dueLevelAbove,
  type Proof,
  type SessionDeps,
  type SessionOrigin,
} from '../sessions/index.ts';
import {
  deleteFlow,
  type FlowPurpose,
  findCredentials,
  findFlow,
  giveTryBack,
  insertSignInFlow,
  type SignInFlow,
  takeTry,
} from './sign-in-flows.queries.ts';

/**
 * Sign-ins whose first proof was right, and that wait for a second factor. The client gets the id of the flow; only
 * its hash is stored. A flow allows five tries in ten minutes, and ends with the first right one. The password, or
 * what else the first proof was checked against, must not have changed in between. See
 * docs/decisions/second-factors.md.
 */

const flowSeconds = 10 * 60;
const maxTries = 5;

/** A first proof that a second factor can follow. */
export type FirstProof = Extract<Proof, { kind: 'password' | 'mail' }>;

const credentialOf = (proof: FirstProof) =>
  proof.kind === 'password' ? proof.passwordHash : proof.email;

interface Held {
  readonly purpose: FlowPurpose;
  readonly credential: string;
  readonly userId: number;
  readonly factorLevel: AuthLevel;
}

/**
 * What has to be the same still when a flow ends: the credential, and of an enrolment what factors the user has, and what
 * they are good for here. Who has begun one without a factor must not go on with it once the user has a factor, even one
 * that another server can check.
 */
async function heldAgainst(
  deps: Pick<Deps, 'relyingParty'>,
  db: Db,
  { purpose, credential, ...user }: Held,
): Promise<string> {
  const levels =
    purpose === 'enrolment' ? [user.factorLevel, await findUsableLevel(deps, db, user)] : [];
  return createHash('sha256')
    .update([...levels, credential].join(' '))
    .digest('base64url');
}

/** What a flow is to be for. */
interface NewFlow {
  readonly purpose: FlowPurpose;
  readonly nowMs: number;
}

/**
 * Begins the flow of a proof that is good and not enough, in the transaction in which no session could be started.
 *
 * @returns its id, which the client gets; undefined if the proof does not hold any more
 */
export async function beginSignInFlow(
  trx: Db,
  deps: Pick<Deps, 'relyingParty'>,
  proof: FirstProof,
  { isKnownDevice }: SessionOrigin,
  { purpose, nowMs }: NewFlow,
): Promise<string | undefined> {
  const { userId } = proof;
  const user = await findCredentials(trx, userId);
  const credential = proof.kind === 'password' ? user?.passwordHash : user?.email;
  if (user?.isActive !== 1) return undefined;
  if (purpose === 'second_factor' && user.factorLevel === 1) return undefined;
  if (credential !== credentialOf(proof)) return undefined;
  const { token: flow, hash: flowHash } = newToken();
  const held = { purpose, credential, userId, factorLevel: user.factorLevel };
  await insertSignInFlow(trx, {
    ...{ userId, flowHash, purpose, proof: proof.kind, wrongCodes: 0 },
    credentialHash: await heldAgainst(deps, trx, held),
    isKnownDevice: isKnownDevice ? 1 : 0,
    ...{ nowMs, expiresAtMs: nowMs + flowSeconds * 1000 },
  });
  return flow;
}

/** What a sign-in offers that waits for a second factor. */
export interface SecondFactorChoices {
  readonly methods: readonly FactorKind[];
  /** For how long its device can be remembered; 0: not at all. */
  readonly rememberSeconds: number;
}

/** @param dueLevel what the user has to reach */
export async function choicesOf(
  deps: Pick<Deps, 'relyingParty' | 'settings'>,
  db: Db,
  { userId, dueLevel }: { readonly userId: number; readonly dueLevel: AuthLevel },
): Promise<SecondFactorChoices> {
  const methods = await findUsableMethods(deps, db, userId, dueLevel);
  return { methods, rememberSeconds: rememberSecondsOf(deps, dueLevel) };
}

/**
 * For how many seconds a device can be remembered; 0: not at all. Where a passkey is due, it is asked for on a remembered device
 * all the same.
 */
export function rememberSecondsOf(
  { settings }: Pick<Deps, 'settings'>,
  dueLevel: AuthLevel,
): number {
  return dueLevel === 3 ? 0 : settings.get('TRUSTED_DEVICE_LIFETIME');
}

/** The answer to a sign-in that waits for a second factor. */
export function secondFactorRequired(
  flow: string,
  { methods, rememberSeconds }: SecondFactorChoices,
): AppError {
  return new AppError('second_factor_required', {
    members: { flow, methods, expires_in: flowSeconds, remember_for: rememberSeconds },
    ...(methods.length === 0 && { detail: noneToShow }),
  });
}

/** What users are told whose only factors are passkeys that this server cannot check. */
export const noneToShow =
  'This server cannot check your passkeys: they are for another domain. Its administrator has to set LATCHKEY_PUBLIC_URL, ' +
  'or LATCHKEY_PASSKEY_RP_ID, to that domain again, or reset your factors.';

/** The answer to a sign-in whose user has to add a factor of a level first. It names those that this server has. */
export function enrolmentRequired(
  deps: Pick<Deps, 'relyingParty' | 'settings'>,
  flow: string,
  level: AuthLevel,
): AppError {
  const passkey = deps.relyingParty ? (['passkey'] as const) : [];
  const methods = level === 3 ? passkey : (['totp', ...passkey] as const);
  return new AppError('second_factor_enrolment_required', {
    members: {
      flow,
      methods,
      expires_in: flowSeconds,
      remember_for: rememberSecondsOf(deps, level),
    },
    ...(methods.length === 0 && { detail: noneToAdd }),
  });
}

/** A role required a passkey before the server lost its domain. */
const noneToAdd =
  'You have to have a passkey, and this server has none: its public URL has an IP. Its administrator has to set ' +
  'LATCHKEY_PUBLIC_URL to a URL with a domain, or LATCHKEY_PASSKEY_RP_ID, or require less of your role.';

/** A flow that somebody can go on with. */
export interface OpenSignInFlow {
  readonly userId: number;
  readonly email: string;
  readonly expiresAtMs: number;
}

/** What a flow is about, found by its id; undefined: it has ended, or there is none. */
export async function findSignInFlow(
  deps: Pick<Deps, 'database' | 'clock'>,
  { flow, purpose }: { readonly flow: string; readonly purpose: FlowPurpose },
): Promise<OpenSignInFlow | undefined> {
  const { db } = deps.database;
  const key = { flowHash: sentTokenHash(flow), purpose, nowMs: deps.clock.nowMs() };
  const found = await findFlow(db, key);
  if (!found) return undefined;
  const { userId, email, expiresAtMs } = found;
  return { userId, email, expiresAtMs };
}

/** What the page of a sign-in that waits for a second factor offers. */
export async function findChoices(
  deps: SessionDeps,
  { userId }: Pick<OpenSignInFlow, 'userId'>,
): Promise<SecondFactorChoices> {
  // Only a passkey that is due changes anything.
  const dueLevel = await dueLevelAbove(deps.sessions.factorPolicy, userId, 2);
  return choicesOf(deps, deps.database.db, { userId, dueLevel });
}

/** A try at a flow. */
export interface FlowTry {
  readonly userId: number;
  /** Where it began. */
  readonly isKnownDevice: boolean;
  /** How many are left if this one is wrong. */
  readonly triesLeft: number;
  /** Takes it back: nothing was judged. */
  giveBack(): Promise<void>;
  /**
   * The proof that the flow began with; undefined if it does not hold any more.
   *
   * @param trx absent: outside of any transaction
   */
  firstProof(trx?: Db): Promise<FirstProof | undefined>;
  /** Ends the flow, in the transaction that does what it is for. @throws AppError `flow_expired` */
  use(trx: Db): Promise<void>;
}

/**
 * Begins a try at a flow. It counts before anything is judged, so that of many at once no more are than may be.
 *
 * @returns undefined if there is no such flow, or it takes no more
 */
export async function trySignInFlow(
  deps: Pick<Deps, 'database' | 'clock' | 'relyingParty'>,
  { flow, purpose }: { readonly flow: string; readonly purpose: FlowPurpose },
): Promise<FlowTry | undefined> {
  const { clock } = deps;
  const { db } = deps.database;
  const flowHash = sentTokenHash(flow);
  const key = () => ({ flowHash, purpose, nowMs: clock.nowMs() });
  const found = await takeTry(db, key(), maxTries);
  if (!found) return undefined;
  return {
    userId: found.userId,
    isKnownDevice: found.isKnownDevice === 1,
    triesLeft: maxTries - found.wrongCodes,
    giveBack: () => giveTryBack(db, flowHash),
    firstProof: (trx = db) => firstProofOf(trx, deps, purpose, found),
    async use(trx) {
      if (!(await deleteFlow(trx, key()))) throw flowExpired();
    },
  };
}

async function firstProofOf(
  db: Db,
  deps: Pick<Deps, 'relyingParty'>,
  purpose: FlowPurpose,
  { userId, proof, credentialHash }: SignInFlow,
): Promise<FirstProof | undefined> {
  const user = await findCredentials(db, userId);
  const credential = proof === 'password' ? user?.passwordHash : user?.email;
  if (!user || !credential) return undefined;
  const held = { purpose, credential, userId, factorLevel: user.factorLevel };
  if ((await heldAgainst(deps, db, held)) !== credentialHash) return undefined;
  return proof === 'password'
    ? { kind: proof, userId, passwordHash: credential }
    : { kind: proof, userId, email: credential };
}

/** With no word of mail, which the text of the code's own has. */
export function flowExpired(): AppError {
  return new AppError('flow_expired', {
    detail: 'This sign-in was finished, has expired, or was tried too often. Sign in again.',
  });
}

/** What somebody is told who sends a flow that there is none of. Nobody guesses 256 bits, but each try is counted. */
export async function unknownFlow(
  { limits }: { readonly limits: Limits },
  { ip }: Pick<SessionOrigin, 'ip'>,
): Promise<AppError> {
  using guess = await limits.beginGuess({
    ifWrong: [['FACTOR_FAILURES_PER_NETWORK', countedNetwork(ip)]],
  });
  await guess.fail();
  return flowExpired();
}

/** Removes flows that have expired. */
export const sweepSignInFlows = (deps: Pick<Deps, 'database' | 'clock'>) =>
  sweepExpired(deps, 'sign_in_flows', {
    pauseMs: 30_000,
    failure: 'could not remove expired sign-ins',
  });
