import type { Db } from '../../../../db/database.ts';
import { compiledOnce } from '../../../../db/prepared.ts';
import type { OutboxRow } from '../outbox.queries.ts';

/**
 * Notes that a mail came back, once.
 *
 * @returns whether nobody had before
 */
export async function noteBounceOfMail(
  trx: Db,
  of: { readonly mailId: number; readonly lastReply: string; readonly nowMs: number },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('outbox')
    .set({ bounced_at_ms: of.nowMs, last_reply: of.lastReply })
    .where('id', '=', of.mailId)
    .where('bounced_at_ms', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * Marks the email of the user whom a mail was for, if it is still theirs.
 *
 * @returns whether it is
 */
export async function markEmail(
  trx: Db,
  { userId, email }: Pick<OutboxRow, 'userId' | 'email'>,
  nowMs: number,
): Promise<boolean> {
  if (userId === null) return false;
  const { numUpdatedRows } = await trx
    .updateTable('users')
    .set({ email_bounced_at_ms: nowMs })
    .where('id', '=', userId)
    .where('email', '=', email)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

const findBounced = compiledOnce<{ email: string }, { bouncedAtMs: number | null }>((db, param) =>
  db
    .selectFrom('users')
    .select('email_bounced_at_ms as bouncedAtMs')
    .where('email_normalized', '=', param('email')),
);

/** Whether mail to an email came back. Asked of every email, whether or not an account has it. */
export async function isBounced(db: Db, emailNormalized: string): Promise<boolean> {
  const { rows } = await findBounced(db, { email: emailNormalized });
  return (rows[0]?.bouncedAtMs ?? null) !== null;
}

/**
 * Notes a mail to an email that mail came back from.
 *
 * @returns whether there was none since a moment
 */
export async function noteMailToBounced(
  db: Db,
  of: { readonly emailNormalized: string; readonly nowMs: number; readonly sinceMs: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({ bounced_mail_at_ms: of.nowMs })
    .where('email_normalized', '=', of.emailNormalized)
    .where('bounced_mail_at_ms', '<=', of.sinceMs)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
