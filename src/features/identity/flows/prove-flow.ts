import type { Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { sentTokenHash } from '../link-tokens/index.ts';
import { codeHash, maxWrongCodes, type Secrets } from './flow-codes.ts';
import {
  type FlowKey,
  type FoundFlow,
  findFlowBy,
  findNewestFlow,
  type Purpose,
  type SentCode,
  takeByCode,
  takeByToken,
  tryCode,
} from './flows.queries.ts';

/**
 * What a client sends to end a flow: the id and the code; or the token of the link; or token and code, from a browser
 * that did not begin the flow and does not know its id; or, of a user who is signed in, the code of their newest
 * flow.
 */
export type Proof =
  | { readonly flow: string; readonly code: string }
  | { readonly token: string; readonly code?: string }
  | { readonly userId: number; readonly code: string };

/** What flows are for that are of nobody yet. */
type UserlessPurpose = 'registration';

/** What a flow proves: an email, and the user who has it. */
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
 * Checks a proof without ending its flow, so that the rest of the request can be checked first. A wrong proof counts
 * for its flow and for the network.
 *
 * @param network as `countedNetwork` has it
 * @throws AppError `invalid_code`, which says how many tries are left; `flow_expired` if there is no such flow, or it
 *   was used; `rate_limited` if many were tried
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

/** The code of a proof, and the flow that it is for; undefined if the proof has no code, or its link has expired. */
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
