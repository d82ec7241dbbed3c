import { sql } from 'kysely';
import { batchInteger, batchItems, batchText } from '../../../db/batch.ts';
import type { Database, Db } from '../../../db/database.ts';
import { prepareQuery } from '../../../db/prepared.ts';
import type { EndCause } from '../../../errors/index.ts';

/** What another system knows of one of its refresh tokens. */
export interface ImportedToken {
  readonly tokenHash: string;
  readonly userId: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** What tells imported sessions from each other before their tokens name them. */
export interface NewImportedSession {
  readonly userId: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** The session of an imported token. One look-up for each refresh with a token that is not ours. */
export function prepareFindImportedSession(database: Database) {
  return prepareQuery<{ tokenHash: string }, { sessionId: number | null }>(database, (param) =>
    database.db
      .selectFrom('imported_refresh_tokens')
      .select('session_id as sessionId')
      .where('token_hash', '=', param('tokenHash')),
  );
}

/**
 * Adds the tokens of a batch that are not there yet.
 *
 * @returns the hashes of the added ones
 */
export async function addImportedTokens(
  trx: Db,
  database: Database,
  tokens: readonly ImportedToken[],
): Promise<string[]> {
  const batch = JSON.stringify(
    tokens.map(({ tokenHash, expiresAtMs }) => [tokenHash, expiresAtMs]),
  );
  const { rows } = await sql<{ token_hash: string }>`
    insert into imported_refresh_tokens (token_hash, expires_at_ms)
    select ${batchText(0)}, ${batchInteger(1)} from ${batchItems(database, batch)}
    where true on conflict do nothing returning token_hash`.execute(trx);
  return rows.map((row) => row.token_hash);
}

/** Which of some hashes are there already. */
export async function findImportedHashes(
  db: Db,
  database: Database,
  hashes: readonly string[],
): Promise<string[]> {
  const batch = JSON.stringify(hashes.map((hash) => [hash]));
  const rows = await db
    .selectFrom(batchItems(database, batch))
    .innerJoin('imported_refresh_tokens', (join) => join.on('token_hash', '=', batchText(0)))
    .select('token_hash')
    .execute();
  return rows.map((row) => row.token_hash);
}

/**
 * Starts the sessions of imported tokens, of the users who are there. Nobody has proved anything to us in
 * them, so they are of no recent authentication.
 */
export async function insertImportedSessions(
  trx: Db,
  database: Database,
  tokens: readonly ImportedToken[],
  nowMs: number,
): Promise<(NewImportedSession & { readonly id: number })[]> {
  const batch = JSON.stringify(
    tokens.map(({ userId, createdAtMs, expiresAtMs }) => [userId, createdAtMs, nowMs, expiresAtMs]),
  );
  const { rows } = await sql<NewImportedSession & { id: number }>`
    insert into sessions (user_id, created_at_ms, refreshed_at_ms, expires_at_ms, authenticated_at_ms)
    select users.id, ${sql.join([1, 2, 3].map(batchInteger))}, 0
    from ${batchItems(database, batch)} join users on users.id = ${batchInteger(0)}
    where true
    returning id, user_id as "userId", created_at_ms as "createdAtMs", expires_at_ms as "expiresAtMs"`.execute(
    trx,
  );
  return rows;
}

/** Stores for each token the session that it continues. */
export async function nameSessionsOfTokens(
  trx: Db,
  database: Database,
  named: readonly { readonly tokenHash: string; readonly sessionId: number }[],
): Promise<void> {
  const batch = JSON.stringify(named.map(({ tokenHash, sessionId }) => [tokenHash, sessionId]));
  await trx
    .updateTable('imported_refresh_tokens')
    .from(batchItems(database, batch))
    .set({ session_id: batchInteger(1) })
    .where('token_hash', '=', batchText(0))
    .execute();
}

/** An imported token whose session lives, and which nobody has used here. */
export interface UnusedToken {
  readonly id: number;
  readonly tokenHash: string;
  readonly sessionId: number;
}

/** The next imported tokens after one that nobody has used, and whose sessions live, in order. */
export function findUnusedTokensAfter(
  db: Db,
  { afterId, nowMs, limit }: { afterId: number; nowMs: number; limit: number },
): Promise<UnusedToken[]> {
  return db
    .selectFrom('imported_refresh_tokens')
    .innerJoin('sessions', 'sessions.id', 'imported_refresh_tokens.session_id')
    .select('imported_refresh_tokens.id')
    .select(['imported_refresh_tokens.token_hash as tokenHash', 'sessions.id as sessionId'])
    .where('imported_refresh_tokens.id', '>', afterId)
    .where('sessions.generation', '=', 0)
    .where('sessions.ended_at_ms', 'is', null)
    .where('sessions.expires_at_ms', '>', nowMs)
    .orderBy('imported_refresh_tokens.id')
    .limit(limit)
    .execute();
}

/**
 * Ends sessions of imported tokens, except those that were refreshed by now.
 *
 * @returns the sessions that lived
 */
export function endUnrefreshedSessions(
  trx: Db,
  database: Database,
  sessionIds: readonly number[],
  { cause, nowMs }: { cause: EndCause; nowMs: number },
): Promise<{ id: number; userId: number }[]> {
  return trx
    .updateTable('sessions')
    .from(batchItems(database, JSON.stringify(sessionIds.map((id) => [id]))))
    .set({ ended_at_ms: nowMs, end_cause: cause })
    .where('sessions.id', '=', batchInteger(0))
    .where('sessions.generation', '=', 0)
    .where('sessions.ended_at_ms', 'is', null)
    .returning(['sessions.id', 'sessions.user_id as userId'])
    .execute();
}

/** Removes the imported tokens between two ids that expired before a moment. */
export async function deleteImportedTokensBefore(
  db: Db,
  range: { afterId: number; throughId: number; beforeMs: number },
): Promise<number> {
  const result = await db
    .deleteFrom('imported_refresh_tokens')
    .where('id', '>', range.afterId)
    .where('id', '<=', range.throughId)
    .where('expires_at_ms', '<', range.beforeMs)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
