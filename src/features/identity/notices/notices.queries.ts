import { type Selectable, sql } from 'kysely';
import type { Db } from '../../../db/database.ts';
import type { NoticeTable } from '../../../db/schema.ts';

export interface NewNoticeRow {
  readonly token_hash: string;
  readonly kind: string;
  readonly user_id: number;
  readonly email_normalized: string;
  readonly session_id: number | null;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
}

export type NoticeRow = Selectable<NoticeTable>;

export async function insertNotice(trx: Db, row: NewNoticeRow): Promise<void> {
  await trx.insertInto('notices').values(row).execute();
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
    .returningAll()
    .executeTakeFirst();
}

/** Finds a notice by the token of its link. */
export function findNotice(
  db: Db,
  { tokenHash, nowMs, maxTries }: NoticeKey,
): Promise<NoticeRow | undefined> {
  return db
    .selectFrom('notices')
    .selectAll()
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
    .returningAll()
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
