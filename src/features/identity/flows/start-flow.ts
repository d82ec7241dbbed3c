import type { Db } from '../../../db/database.ts';
import { newToken, sentTokenHash } from '../link-tokens/index.ts';
import { codeHash, hasTooMany, newCode, type Secrets } from './flow-codes.ts';
import {
  deleteFlows,
  deleteFlowsOfEmail,
  insertFlow,
  type Purpose,
  renewFlowRow,
} from './flows.queries.ts';

/**
 * A flow is an attempt to prove that a person reads the mail of an email. The client that begins it gets its id. The
 * mail has a code of six digits, which works with this id only, and may have a link with a token, which works without
 * it. Either of them ends the flow. A code may be wrong five times. See docs/decisions/flows.md.
 */

export const flowSeconds = 10 * 60;

/** The answer to a client that begins a flow. */
export interface BegunFlow {
  readonly flow: string;
  readonly expires_in: number;
}

export interface StartedFlow {
  /** For the client that began it. */
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

/**
 * Replaces the code and the link of a flow, in the transaction that writes their mail. The earlier code and link
 * become void.
 *
 * @param about `isDecoy`: nobody is sent its code
 * @returns undefined if the flow has expired or was used
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
