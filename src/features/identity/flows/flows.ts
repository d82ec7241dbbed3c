import { createHmac, randomInt } from 'node:crypto';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { derivedKey } from '../../../lib/derived-key.ts';
import { countStored, type Limits } from '../../platform/limits/index.ts';
import { sweepExpired } from '../../platform/nodes/index.ts';
import { newToken, sentTokenHash } from '../link-tokens/index.ts';
import {
  deleteFlows,
  deleteFlowsOfEmail,
  type FlowKey,
  type FoundFlow,
  findFlowBy,
  findNewestFlow,
  insertFlow,
  type Purpose,
  renewFlowRow,
  type SentCode,
  takeByCode,
  takeByToken,
  tryCode,
} from './flows.queries.ts';

/**
 * Flows: attempts to prove that somebody reads the mail of an email. Whoever begins one is told its id; a mail
 * carries a code of six digits, which is good for that flow alone, and may carry a link with a token, which needs
 * no id. One of the two ends the flow. A code may be wrong five times. See docs/decisions/flows.md.
 */

export const flowSeconds = 10 * 60;
const maxWrongCodes = 5;
/** How many digits a code has. */
export const codeDigits = 6;
/**
 * Of one email and purpose, and no setting: with the limits off, new flows would take any number of guesses. At five
 * tries each, 50 codes are guessed on one day in 4,000.
 */
const maxCodesADay = 50;
const dayMs = 86_400_000;

/** What those are told who begin a flow. */
export interface BegunFlow {
  readonly flow: string;
  readonly expires_in: number;
}

type Secrets = Pick<Deps, 'secretKey' | 'secretKeyFallbacks'>;

/** Keyed, because a million codes are tried out in no time. */
function codeHash(secretKey: string, flowHash: string, code: string): string {
  const key = derivedKey(secretKey, 'latchkey flow codes');
  return createHmac('sha256', key).update(`${flowHash} ${code}`).digest('base64url');
}

/** Counts a code, whether or not anybody is sent it. @returns whether there were too many, so that nobody may be */
async function hasTooMany(
  trx: Db,
  { secretKey }: Secrets,
  of: { readonly purpose: Purpose; readonly email: string; readonly nowMs: number },
): Promise<boolean> {
  const secret = derivedKey(secretKey, 'latchkey flow counts');
  const key = createHmac('sha256', secret).update(`${of.purpose} ${of.email}`).digest('base64url');
  const { nowMs } = of;
  return (await countStored(trx, { key, nowMs, endsAtMs: nowMs + dayMs })) > maxCodesADay;
}

export interface StartedFlow {
  /** Told to whoever began it. */
  readonly flow: string;
  /** For the mail. */
  readonly code: string;
  /** For a link in the mail. */
  readonly token: string;
  readonly expiresAtMs: number;
  /** Nobody may be sent its code, and nobody can end it. */
  readonly isDecoy: boolean;
  /** There were too many today: nobody may be sent anything. */
  readonly isSpent: boolean;
}

/**
 * Begins a flow, in the transaction that writes its mail.
 *
 * @param about `userId` null: nobody who has an account. `typed`: the email as it was typed, where it is to become
 *   that of an account. `isDecoy`: nobody is sent its code, so nobody can end it; absent: where there is no user.
 *   `isReauthenticated`: who begins it has just shown the password. `voids`: which older flows of the purpose
 *   end with it: all of the user, those of the email that were begun from the same network (whether or not anybody has
 *   it: else a second one would tell), or none
 */
export async function startFlow(
  trx: Db,
  secrets: Secrets,
  about: {
    readonly purpose: Purpose;
    readonly userId: number | null;
    /** As `normalizeEmail` has it. */
    readonly email: string;
    readonly typed?: string;
    readonly isDecoy?: boolean;
    readonly isReauthenticated?: boolean;
    readonly network: string;
    readonly voids: 'all' | 'of network' | 'none';
    /** Begun by what is worth as much as its code, and works once: it needs no bound. */
    readonly isUnbounded?: boolean;
    /** Where the account pages lead once it is done; has passed their check. */
    readonly returnTo?: string | undefined;
    readonly nowMs: number;
  },
): Promise<StartedFlow> {
  const { purpose, userId, network, nowMs } = about;
  const isSpent = !about.isUnbounded && (await hasTooMany(trx, secrets, about));
  const isDecoy = isSpent || (about.isDecoy ?? userId === null);
  // What was sent before stays good where no more is sent.
  const voids = isSpent ? 'none' : about.voids;
  const flow = newToken();
  const link = newToken();
  const code = newCode();
  const expiresAtMs = nowMs + flowSeconds * 1000;
  // Of nobody there are none; it is asked all the same, because it takes as long.
  if (voids === 'all') await deleteFlows(trx, { purpose, userId: userId ?? 0 });
  if (voids === 'of network') {
    await deleteFlowsOfEmail(trx, { purpose, email: about.email, network });
  }
  await insertFlow(trx, {
    flowHash: flow.hash,
    codeHash: codeHash(secrets.secretKey, flow.hash, code),
    tokenHash: link.hash,
    purpose,
    userId,
    emailNormalized: about.email,
    email: about.typed ?? null,
    isDecoy: isDecoy ? 1 : 0,
    isReauthenticated: about.isReauthenticated ? 1 : 0,
    network,
    returnTo: about.returnTo ?? null,
    createdAtMs: nowMs,
    expiresAtMs: expiresAtMs,
  });
  return { flow: flow.token, code, token: link.token, expiresAtMs, isDecoy, isSpent };
}

const newCode = () => String(randomInt(10 ** codeDigits)).padStart(codeDigits, '0');

/**
 * Gives a flow another code and link, in the transaction that writes their mail, so that the user who began it can go
 * on. The earlier code and link are void.
 *
 * @param about `isDecoy`: nobody is sent its code
 * @returns undefined where there is no such flow any more
 */
export async function renewFlow(
  trx: Db,
  secrets: Secrets,
  about: {
    readonly flow: string;
    readonly purpose: Purpose;
    readonly userId: number | null;
    readonly isDecoy: boolean;
    /** As `normalizeEmail` has it. */
    readonly email: string;
    readonly nowMs: number;
  },
): Promise<Omit<StartedFlow, 'flow'> | undefined> {
  const flowHash = sentTokenHash(about.flow);
  const link = newToken();
  const code = newCode();
  const expiresAtMs = about.nowMs + flowSeconds * 1000;
  const renewed = { code, token: link.token, expiresAtMs };
  if (await hasTooMany(trx, secrets, about)) return { ...renewed, isDecoy: true, isSpent: true };
  const { isDecoy } = about;
  const isRenewed = await renewFlowRow(trx, about, flowHash, {
    codeHash: codeHash(secrets.secretKey, flowHash, code),
    tokenHash: link.hash,
    userId: about.userId,
    isDecoy: isDecoy ? 1 : 0,
    expiresAtMs: expiresAtMs,
  });
  return isRenewed ? { ...renewed, isDecoy, isSpent: false } : undefined;
}

/** What a page may know of a flow before it is ended. */
export interface OpenFlow {
  /** Tells it from others; it is of no use to end it. */
  readonly key: string;
  /** Null: nobody was sent its code. */
  readonly userId: number | null;
  /** As `normalizeEmail` has it. */
  readonly email: string;
  /** Where the account pages lead once it is done. */
  readonly returnTo: string | undefined;
}

type FlowNamedBy =
  | { readonly flow: string }
  | { readonly token: string }
  /** The newest one of a user who is signed in. */
  | { readonly userId: number };

/** The flow that somebody has the id of, or the token of the link; undefined where it is good no longer. */
export async function findFlow(
  db: Db,
  key: { readonly purpose: Purpose; readonly nowMs: number },
  by: FlowNamedBy,
): Promise<OpenFlow | undefined> {
  const row = await findFlowNamed(db, key, by);
  if (!row) return undefined;
  const { flowHash, userId, emailNormalized: email, returnTo } = row;
  return { key: flowHash, userId, email, returnTo: returnTo ?? undefined };
}

/**
 * What somebody sent to end a flow: its code, or the token of its link; or both, from a browser that did not begin it
 * and so does not know its id; or the code alone, of the newest flow of a user who is signed in.
 */
export type Proof =
  | { readonly flow: string; readonly code: string }
  | { readonly token: string; readonly code?: string }
  | { readonly userId: number; readonly code: string };

/** What flows are for that are of nobody yet. */
type UserlessPurpose = 'registration';

/** What a flow proves: an email, and whose it is. */
export interface Proven<Of extends Purpose = Purpose> {
  readonly userId: Of extends UserlessPurpose ? null : number;
  /** As `normalizeEmail` has it. */
  readonly email: string;
  /** As it was typed, where it is to become that of an account. */
  readonly typed: string;
  /** Whether it was begun by somebody who had just shown the password. */
  readonly isReauthenticated: boolean;
}

export interface FlowDeps extends Secrets {
  readonly limits: Limits;
}

export interface SentProof<Of extends Purpose = Purpose> {
  readonly proof: Proof;
  readonly purpose: Of;
  readonly nowMs: number;
  /** Called with a wrong code's email, and its user if the email has one. */
  onWrongCode?(of: { readonly userId: number | null; readonly email: string }): void;
}

/**
 * Holds a proof against its flow, which goes on if it is right: so that what else was sent can be judged first. A
 * wrong one counts, for its flow and for where it comes from.
 *
 * @param network as `countedNetwork` has it
 * @throws AppError `invalid_code`, which says how many tries are left; `flow_expired` where there is no such flow, or
 *   it was used; `rate_limited`, where many were tried
 */
export async function checkFlow<Of extends Purpose>(
  db: Db,
  { limits, ...secrets }: FlowDeps,
  network: string,
  sent: SentProof<Of>,
): Promise<Proven<Of>> {
  // Once it is known to be wrong: neighbours who try keep nobody from a code or a link of their own.
  const refuse = async (error: AppError) => {
    using guess = await limits.beginGuess({
      ifWrong: [['LINK_TOKEN_FAILURES_PER_NETWORK', network]],
    });
    await guess.fail();
    return error;
  };
  const key = { ...sent, maxWrongCodes };
  const { proof } = sent;
  const code = await codeOf(db, secrets, key, proof);
  if (!code) {
    const found = 'token' in proof && (await findByToken(db, key, proof.token));
    return provenOf(sent, found) ?? Promise.reject(await refuse(new AppError('flow_expired')));
  }
  const tried = await tryCode(db, key, code);
  if (tried && !tried.isRight) {
    sent.onWrongCode?.({ userId: tried.userId, email: tried.emailNormalized });
  }
  if (tried && !tried.isRight && tried.wrongCodes < maxWrongCodes) {
    const members = { tries_left: maxWrongCodes - tried.wrongCodes };
    throw await refuse(new AppError('invalid_code', { members }));
  }
  const proven = tried?.isRight ? provenOf(sent, tried) : undefined;
  if (!proven) throw await refuse(new AppError('flow_expired'));
  return proven;
}

/**
 * Ends a flow by its proof, in the transaction that does what it is for.
 *
 * @throws AppError `flow_expired`
 */
export async function useFlow<Of extends Purpose>(
  trx: Db,
  secrets: Secrets,
  sent: SentProof<Of>,
): Promise<Proven<Of>> {
  const { proof } = sent;
  const key: FlowKey = { ...sent, maxWrongCodes };
  const code = await codeOf(trx, secrets, key, proof);
  const taken = code
    ? await takeByCode(trx, key, code)
    : 'token' in proof && (await takeByToken(trx, key, sentTokenHash(proof.token)));
  const proven = provenOf(sent, taken);
  if (!proven) throw new AppError('flow_expired');
  return proven;
}

/** Ends the flows of a user: what they were for was done, or is not any more. */
export function voidFlows(trx: Db, purpose: Purpose, userId: number): Promise<void> {
  return deleteFlows(trx, { purpose, userId });
}

/** Ends all flows of a user, whatever they are for: the account has another owner now than those who began them. */
export function voidAllFlows(trx: Db, userId: number): Promise<void> {
  return deleteFlows(trx, { userId });
}

function provenOf<Of extends Purpose>(
  { purpose }: SentProof<Of>,
  row: FoundFlow | false | undefined,
): Proven<Of> | undefined {
  if (!row || row.isDecoy === 1) return undefined;
  if ((row.userId === null) !== (purpose === 'registration')) return undefined;
  return {
    userId: row.userId as Proven<Of>['userId'],
    email: row.emailNormalized,
    typed: row.email ?? row.emailNormalized,
    isReauthenticated: row.isReauthenticated === 1,
  };
}

const findByToken = (db: Db, key: FlowKey, token: string) =>
  findFlowBy(db, key, 'token_hash', sentTokenHash(token));

/** The code of a proof, and the flow that it is for; undefined where it has none, or its link is good no longer. */
async function codeOf(
  db: Db,
  { secretKey, secretKeyFallbacks = [] }: Secrets,
  key: FlowKey,
  proof: Proof,
): Promise<SentCode | undefined> {
  const { code } = proof;
  if (code === undefined) return undefined;
  const flowHash = await flowHashOf(db, key, proof);
  if (flowHash === undefined) return undefined;
  const secrets = [secretKey, ...secretKeyFallbacks];
  return { flowHash, codeHashes: secrets.map((secret) => codeHash(secret, flowHash, code)) };
}

async function flowHashOf(db: Db, key: FlowKey, proof: Proof): Promise<string | undefined> {
  if ('token' in proof) return (await findByToken(db, key, proof.token))?.flowHash;
  if ('userId' in proof) return (await findNewestFlow(db, key, proof.userId))?.flowHash;
  return sentTokenHash(proof.flow);
}

async function findFlowNamed(db: Db, key: Omit<FlowKey, 'maxWrongCodes'>, by: FlowNamedBy) {
  if ('flow' in by) return findFlowBy(db, key, 'flow_hash', sentTokenHash(by.flow));
  if ('token' in by) return findFlowBy(db, key, 'token_hash', sentTokenHash(by.token));
  const newest = await findNewestFlow(db, key, by.userId);
  return newest && findFlowBy(db, key, 'flow_hash', newest.flowHash);
}

/** Removes flows that have expired. */
export const sweepFlows = (deps: Pick<Deps, 'database' | 'clock'>) =>
  sweepExpired(deps, 'flows', { pauseMs: 30_000, failure: 'could not remove expired flows' });
