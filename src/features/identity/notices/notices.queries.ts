import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';

export interface NewNoticeRow {
  readonly tokenHash: string;
  readonly kind: string;
  readonly userId: number;
  readonly emailNormalized: string;
  readonly sessionId: number | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export type NoticeRow = Omit<NewNoticeRow, 'tokenHash' | 'expiresAtMs'> & {
  readonly tries: number;
};

const columns = [
  'kind',
  'user_id as userId',
  'email_normalized as emailNormalized',
  'session_id as sessionId',
  'tries',
  'created_at_ms as createdAtMs',
] as const;

export async function insertNotice(trx: Db, row: NewNoticeRow): Promise<void> {
  await trx
    .insertInto('notices')
    .values({
      token_hash: row.tokenHash,
      kind: row.kind,
      user_id: row.userId,
      email_normalized: row.emailNormalized,
      session_id: row.sessionId,
      created_at_ms: row.createdAtMs,
      expires_at_ms: row.expiresAtMs,
    })
    .execute();
}

/** Whether a user was sent a notice of a kind since a moment, which nobody has used. */
export async function hasNoticeSince(
  db: Db,
  of: { readonly userId: number; readonly kind: string; readonly sinceMs: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('notices')
    .select('id')
    .where('user_id', '=', of.userId)
    .where('kind', '=', of.kind)
    .where('created_at_ms', '>', of.sinceMs)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export interface NoticeKey {
  readonly tokenHash: string;
  readonly nowMs: number;
  readonly maxTries: number;
}

/**
 * Finds a notice by the token of its link, and counts the look, by one statement: of any number at once no more are
 * answered than there are tries.
 */
export function countTry(
  db: Db,
  { tokenHash, nowMs, maxTries }: NoticeKey,
): Promise<NoticeRow | undefined> {
  return db
    .updateTable('notices')
    .set({ tries: sql<number>`tries + 1` })
    .where('token_hash', '=', tokenHash)
    .where('expires_at_ms', '>', nowMs)
    .where('tries', '<', maxTries)
    .returning(columns)
    .executeTakeFirst();
}

/** Finds a notice by the token of its link. */
export function findNotice(
  db: Db,
  { tokenHash, nowMs, maxTries }: NoticeKey,
): Promise<NoticeRow | undefined> {
  return db
    .selectFrom('notices')
    .select(columns)
    .where('token_hash', '=', tokenHash)
    .where('expires_at_ms', '>', nowMs)
    .where('tries', '<', maxTries)
    .executeTakeFirst();
}

/** Takes a notice away: of any number who do so at once one gets it. */
export function deleteNotice(
  trx: Db,
  which: { readonly tokenHash: string; readonly nowMs: number },
): Promise<NoticeRow | undefined> {
  return trx
    .deleteFrom('notices')
    .where('token_hash', '=', which.tokenHash)
    .where('expires_at_ms', '>', which.nowMs)
    .returning(columns)
    .executeTakeFirst();
}

/** Removes the notices of a user, except for those of one kind. */
export async function deleteNoticesOf(trx: Db, userId: number, keptKind: string): Promise<void> {
  await trx
    .deleteFrom('notices')
    .where('user_id', '=', userId)
    .where('kind', '<>', keptKind)
    .execute();
}

/** On which device a session was started, in plain words; null: nothing is known. */
export async function findDeviceOf(db: Db, sessionId: number): Promise<string | null> {
  const row = await db
    .selectFrom('sessions')
    .select('device')
    .where('id', '=', sessionId)
    .executeTakeFirst();
  return row?.device ?? null;
}
