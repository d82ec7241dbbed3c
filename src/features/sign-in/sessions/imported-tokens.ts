import { createHash } from 'node:crypto';
import type { Database, Db } from '../../../db/database.ts';
import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import { type Actor, maxListLength, record } from '../../platform/audit/index.ts';
import { type EndedBy, endEvent } from './end-sessions.ts';
import {
  addImportedTokens,
  deleteImportedTokensBefore,
  endUnrefreshedSessions,
  type ImportedToken,
  insertImportedSessions,
  type NewImportedSession,
  nameSessionsOfTokens,
  prepareFindImportedSession,
} from './imported-tokens.queries.ts';
import { findIdsAfter } from './sweep-sessions.queries.ts';
import { createSweepStep } from './sweep-sessions.ts';
import { parseUuid, type TokenSubject } from './token-cipher.ts';

/**
 * Refresh tokens of the previous system: UUIDs, stored only as a hash. Each continues a session of ours as its
 * generation 0, which none of our tokens stands for. So its first use, a concurrent use, a retry, reuse and the end
 * of the session follow the rules of every refresh token (docs/decisions/refresh-tokens.md).
 */

/** The hash by which a token is found again; undefined if it is not a UUID. */
export function hashImportedToken(token: string): string | undefined {
  const bytes = parseUuid(token);
  return bytes && createHash('sha256').update(bytes).digest('base64url');
}

export type FindImported = (token: string) => Answer<TokenSubject | undefined>;

/** Finds the session of an imported token; undefined if there is none. */
export function createFindImported(database: Database): FindImported {
  const find = prepareFindImportedSession(database);
  return (token) => {
    const tokenHash = hashImportedToken(token);
    if (tokenHash === undefined) return undefined;
    return whenAnswered(find({ tokenHash }), ([row]) => {
      const { sessionId = null } = row ?? {};
      return sessionId === null ? undefined : { sessionId, generation: 0 };
    });
  };
}

/**
 * Starts a session for each of a batch of tokens, of users who are there. A token that was imported before is
 * left alone, also where its session has ended. In a transaction.
 *
 * @returns how many were new
 */
export async function importTokens(
  trx: Db,
  database: Database,
  tokens: readonly ImportedToken[],
  { actor, nowMs }: { readonly actor: Actor; readonly nowMs: number },
): Promise<number> {
  const added = new Set(await addImportedTokens(trx, database, tokens));
  const fresh = tokens.filter(({ tokenHash }) => added.has(tokenHash));
  if (fresh.length === 0) return 0;
  const sessions = await insertImportedSessions(trx, database, fresh, nowMs);
  // Sessions of one user and the same times are alike until a token names them.
  const free = Map.groupBy(sessions, keyOf);
  const named = fresh.flatMap((token) => {
    const session = free.get(keyOf(sessionOf(token)))?.pop();
    return session ? [{ tokenHash: token.tokenHash, sessionId: session.id }] : [];
  });
  await nameSessionsOfTokens(trx, database, named);
  const userIds = [...new Set(sessions.map((session) => session.userId))];
  const details = { count: named.length, user_ids: userIds.slice(0, maxListLength) };
  await record(trx, { kind: 'sessions.imported', actor, atMs: nowMs, details });
  return named.length;
}

/**
 * Ends the sessions of imported tokens that the previous system does not accept any more, and records it. A session
 * that was refreshed here stays: its imported token cannot be used any more. In a transaction.
 *
 * @returns how many ended
 */
export async function endImportedSessions(
  trx: Db,
  database: Database,
  sessionIds: readonly number[],
  by: EndedBy,
): Promise<number> {
  const cause = 'session_revoked_by_admin';
  const ended = await endUnrefreshedSessions(trx, database, sessionIds, {
    cause,
    nowMs: by.nowMs,
  });
  const byUser = Map.groupBy(ended, ({ userId }) => userId);
  const events = [...byUser].map(([userId, sessions]) =>
    endEvent(
      userId,
      sessions.map(({ id }) => id),
      cause,
      by,
    ),
  );
  await record(trx, ...events);
  return ended.length;
}

const sessionOf = ({ userId, createdAtMs, expiresAtMs }: ImportedToken): NewImportedSession => ({
  userId,
  createdAtMs,
  expiresAtMs,
});

const keyOf = (session: NewImportedSession) =>
  `${session.userId}.${session.createdAtMs}.${session.expiresAtMs}`;

/**
 * Removes imported tokens that expired longer ago than `ENDED_SESSION_RETENTION`. Until then a used token is known,
 * and is not accepted a second time.
 */
export const sweepImportedTokens = createSweepStep({
  retention: 'ENDED_SESSION_RETENTION',
  findIdsAfter: findIdsAfter('imported_refresh_tokens'),
  deleteBefore: deleteImportedTokensBefore,
});
