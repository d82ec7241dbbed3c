import { createHash, randomBytes } from 'node:crypto';
import type { Db } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { TextField } from '../../lib/fields.ts';
import {
  deleteTokens,
  findToken,
  insertToken,
  type Purpose,
  takeToken,
} from './one-time-tokens.queries.ts';

/**
 * Tokens of links that work once. Nothing usable is stored: only the hash of 256 random bits, which
 * needs no salt and no slow hash. A used token is gone, so that none can be used again. Those that
 * have expired are removed whenever a new one is made: there are never more of them than were made
 * since.
 */

const tokenBytes = 32;

/** 256 bits, as base64url (RFC 4648 5). */
const form = /^[A-Za-z0-9_-]{43}$/;

/** The field of a body that has a token. What is none is not said to be one that is malformed. */
export const tokenField: TextField = { checks: [] };

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url');

export interface IssuedToken {
  /** Told to nobody but whom it is for. */
  readonly token: string;
  readonly expiresAtMs: number;
}

/**
 * Makes the token of a link. The one that there was for the same purpose and user is void.
 *
 * @param link `userId` null: for whoever has it
 */
export async function issueToken(
  trx: Db,
  link: { purpose: Purpose; userId: number | null; lifetimeMs: number; nowMs: number },
): Promise<IssuedToken> {
  const { purpose, userId, nowMs } = link;
  const token = randomBytes(tokenBytes).toString('base64url');
  const expiresAtMs = nowMs + link.lifetimeMs;
  await deleteTokens(trx, { purpose, userId, nowMs });
  await insertToken(trx, {
    token_hash: hashOf(token),
    purpose,
    user_id: userId,
    created_at_ms: nowMs,
    expires_at_ms: expiresAtMs,
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

/**
 * Whom a token is for, which stays good: so that what else was sent can be judged first.
 *
 * @returns null: whoever has it
 * @throws AppError `invalid_one_time_token`, the same whether it is unknown, used or expired
 */
export function checkToken(db: Db, sent: SentToken): Promise<number | null> {
  return ownerOf(db, sent, findToken);
}

/**
 * Uses a token up, in the transaction that does what it is for.
 *
 * @throws AppError as `checkToken`
 */
export function useToken(trx: Db, sent: SentToken): Promise<number | null> {
  return ownerOf(trx, sent, takeToken);
}

async function ownerOf(
  db: Db,
  { token, purpose, nowMs }: SentToken,
  look: typeof findToken,
): Promise<number | null> {
  // What has not the form is looked up all the same: it takes as long.
  const hash = hashOf(form.test(token) ? token : '');
  const found = await look(db, { hash, purpose, nowMs });
  if (!found) throw new AppError('invalid_one_time_token');
  return found.user_id;
}
