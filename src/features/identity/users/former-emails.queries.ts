import type { Db } from '../../../db/database.ts';

/** Emails that accounts had until lately. Each is kept for its account, which gets it back by the token of an undo. */

const columns = [
  'id',
  'user_id as userId',
  'email',
  'email_normalized as emailNormalized',
  'email_verified_at_ms as emailVerifiedAtMs',
  'is_email_given as isEmailGiven',
  'is_held as isHeld',
  'created_at_ms as createdAtMs',
] as const;

export async function insertFormerEmail(
  trx: Db,
  row: {
    readonly userId: number;
    readonly email: string;
    readonly emailNormalized: string;
    readonly emailVerifiedAtMs: number | null;
    readonly isEmailGiven: number;
    readonly isHeld: number;
    readonly tokenHash: string;
    readonly createdAtMs: number;
    readonly expiresAtMs: number;
  },
): Promise<void> {
  await trx
    .insertInto('former_emails')
    .values({
      user_id: row.userId,
      email: row.email,
      email_normalized: row.emailNormalized,
      email_verified_at_ms: row.emailVerifiedAtMs,
      is_email_given: row.isEmailGiven,
      is_held: row.isHeld,
      token_hash: row.tokenHash,
      created_at_ms: row.createdAtMs,
      expires_at_ms: row.expiresAtMs,
    })
    .execute();
}

/** Keeps an email for longer whose account had it again, and gives it up again. */
export async function extendFormerEmail(
  trx: Db,
  id: number,
  change: {
    readonly emailVerifiedAtMs: number | null;
    readonly isHeld: number;
    readonly expiresAtMs: number;
  },
): Promise<void> {
  await trx
    .updateTable('former_emails')
    .set({
      email_verified_at_ms: change.emailVerifiedAtMs,
      is_held: change.isHeld,
      expires_at_ms: change.expiresAtMs,
    })
    .where('id', '=', id)
    .execute();
}

/** Whether an email is kept for an account other than one. */
export async function isKeptForOthers(
  db: Db,
  {
    emailNormalized,
    ownId = 0,
    nowMs,
  }: {
    readonly emailNormalized: string;
    readonly ownId?: number | undefined;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const row = await db
    .selectFrom('former_emails')
    .select('id')
    .where('email_normalized', '=', emailNormalized)
    .where('user_id', '<>', ownId)
    .where('expires_at_ms', '>', nowMs)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The account of an undo; undefined if it is not valid any more. */
export function findFormerEmail(db: Db, tokenHash: string, nowMs: number) {
  return db
    .selectFrom('former_emails')
    .select(columns)
    .where('token_hash', '=', tokenHash)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
}

/** Takes it away: of any number who do so at once one gets it. */
export function takeFormerEmail(trx: Db, tokenHash: string, nowMs: number) {
  return trx
    .deleteFrom('former_emails')
    .where('token_hash', '=', tokenHash)
    .where('expires_at_ms', '>', nowMs)
    .returning(columns)
    .executeTakeFirst();
}

/** The emails that are kept for a user, the oldest first. */
export function findFormerEmails(db: Db, userId: number, nowMs: number) {
  return db
    .selectFrom('former_emails')
    .select([...columns, 'expires_at_ms as expiresAtMs'])
    .where('user_id', '=', userId)
    .where('expires_at_ms', '>', nowMs)
    .orderBy('id')
    .execute();
}

/** An email that is kept for an account. */
export type FormerEmail = Awaited<ReturnType<typeof findFormerEmails>>[number];

/** Keeps no email for a user any more; or none that was given up since one of them was, that one included. */
export async function deleteFormerEmails(trx: Db, userId: number, sinceId = 0): Promise<void> {
  await trx
    .deleteFrom('former_emails')
    .where('user_id', '=', userId)
    .where('id', '>=', sinceId)
    .execute();
}
