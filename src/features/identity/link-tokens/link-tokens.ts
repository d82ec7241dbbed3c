import { hash as digest } from 'node:crypto';
import { existingSecret } from '../../../contract/text-fields.ts';
import type { Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import { randomBytes } from '../../../lib/random-bytes.ts';
import type { Limits } from '../../platform/limits/index.ts';
import {
  deleteTokens,
  findToken,
  insertToken,
  type Purpose,
  takeToken,
} from './link-tokens.queries.ts';

/**
 * Tokens of links that work once. Nothing usable is stored: only the hash of 256 random bits, which needs no salt and
 * no slow hash. A used token is deleted, so it cannot be used again. Expired tokens are removed whenever a new one is
 * made: there are never more of them than were made since.
 */

const tokenBytes = 32;

/** 256 bits, as base64url (RFC 4648 5). */
const form = /^[A-Za-z0-9_-]{43}$/;

/** The field of a body that has a token. A malformed token gets the same answer as an unknown one. */
export const tokenField = existingSecret({
  description: 'The part of the link after `token=`.',
  examples: ['a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k'],
});

const hashOf = (token: string) => digest('sha256', token, 'base64url');

/** A token that nobody can guess, and its hash. Only the hash is stored. */
export function newToken(): { token: string; hash: string } {
  const token = randomBytes(tokenBytes).toString('base64url');
  return { token, hash: hashOf(token) };
}

/** The hash of a token that somebody sent. A malformed one is looked up too, because that takes as long. */
export function sentTokenHash(token: string): string {
  return hashOf(form.test(token) ? token : '');
}

export interface IssuedToken {
  /** Told to nobody but whom it is for. */
  readonly token: string;
  readonly expiresAtMs: number;
}

/**
 * Makes the token of a link. An earlier one of the same purpose and user is void.
 *
 * @param link `userId` null: for anyone who has it; `issuedBy` null: the operator, or the server
 */
export async function issueToken(
  trx: Db,
  link: {
    purpose: Purpose;
    userId: number | null;
    issuedBy: number | null;
    lifetimeMs: number;
    nowMs: number;
  },
): Promise<IssuedToken> {
  const { purpose, userId, nowMs } = link;
  const { token, hash } = newToken();
  const expiresAtMs = nowMs + link.lifetimeMs;
  await deleteTokens(trx, { purpose, userId, nowMs });
  await insertToken(trx, {
    tokenHash: hash,
    purpose,
    userId,
    issuedBy: link.issuedBy,
    createdAtMs: nowMs,
    expiresAtMs,
  });
  return { token, expiresAtMs };
}

/** Voids the token that there is for a purpose and a user. */
export function voidToken(trx: Db, purpose: Purpose, userId: number | null, nowMs: number) {
  return deleteTokens(trx, { purpose, userId, nowMs });
}

/** A token that somebody sent. */
export interface SentToken {
  readonly token: string;
  readonly purpose: Purpose;
  readonly nowMs: number;
}

/** The user that a token is for (null: anyone who has it), and the administrator who issued it (null: none). */
export interface TokenParties {
  readonly userId: number | null;
  readonly issuedBy: number | null;
}

/**
 * Looks at a token without using it up, so that the rest of the request can be checked first. Invalid tokens are
 * counted for the network that they come from. A valid token needs no limit: nobody guesses 256 bits, and a neighbour
 * who tries does not keep others from their links.
 *
 * @param network where it comes from, as `countedNetwork` has it
 * @throws AppError `invalid_link_token`, the same whether it is unknown, used or expired; `rate_limited` instead,
 *   if many were tried
 */
export async function checkToken(
  db: Db,
  limits: Limits,
  network: string,
  sent: SentToken,
): Promise<TokenParties> {
  const parties = await partiesOf(db, sent, findToken);
  if (parties) return parties;
  using guess = await limits.beginGuess({
    ifWrong: [['LINK_TOKEN_FAILURES_PER_NETWORK', network]],
  });
  await guess.fail();
  throw new AppError('invalid_link_token');
}

/**
 * Uses a token up, in the transaction that does what it is for.
 *
 * @throws AppError `invalid_link_token`
 */
export async function useToken(trx: Db, sent: SentToken): Promise<TokenParties> {
  const parties = await partiesOf(trx, sent, takeToken);
  if (!parties) throw new AppError('invalid_link_token');
  return parties;
}

async function partiesOf(
  db: Db,
  { token, purpose, nowMs }: SentToken,
  look: typeof findToken,
): Promise<TokenParties | undefined> {
  const hash = sentTokenHash(token);
  const found = await look(db, { hash, purpose, nowMs });
  return found && { userId: found.userId, issuedBy: found.issuedBy };
}
