import type { Database } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import { readCursor, writeCursor } from '../../../http/cursor.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { MailDelivery } from '../../../lib/mail-delivery.ts';
import { mayManage } from '../../identity/roles/index.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import {
  countPendingMails,
  type Delivery,
  findMail,
  findMails,
  type MailState,
  makeMailDue,
  type OutboxRow,
  type ReadOptions,
  readMail,
  UnreadableMail,
} from '../../platform/mail/index.ts';

/** What administrators and operators do with the outbox. */

export interface MailQuery {
  readonly state?: MailState | undefined;
  readonly userId?: number | undefined;
}

/**
 * A page of the outbox, the newest first.
 *
 * @throws AppError `invalid_fields` if the cursor is of another list
 */
export async function listMails(
  { database: { db } }: { readonly database: Database },
  query: MailQuery,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ mails: OutboxRow[]; nextCursor: string | undefined }> {
  const list = `mail ${query.state ?? ''} ${query.userId ?? ''}`;
  const [beforeId] =
    cursor === undefined ? [] : readCursor(list, cursor, ([id]) => typeof id === 'number');
  const rows = await findMails(
    db,
    { ...query, beforeId: beforeId as number | undefined },
    limit + 1,
  );
  const mails = rows.slice(0, limit);
  const last = mails.at(-1);
  const nextCursor = rows.length > limit && last ? writeCursor(list, [last.id]) : undefined;
  return { mails, nextCursor };
}

/** How far the mails that wait are counted. */
export const maxCountedMails = 1_000;

/** Whether mail leaves the server, and what keeps it from that. */
export interface MailStatus {
  /** `smtp`: by an SMTP server; `kept`: not at all, it is kept to be read; `none`: there is no mail. */
  readonly delivery: 'smtp' | 'kept' | 'none';
  /** The sender of mails; null if there is no mail. */
  readonly from: string | null;
  /** How many mails wait, up to `maxCountedMails`. */
  readonly waiting: number;
  /** What is wrong with the SMTP server; null: nothing, or nothing waits for it. */
  readonly failure: string | null;
}

/** How mail is. */
export async function readMailStatus({
  database: { db },
  clock,
  mailDelivery,
  delivery,
}: {
  readonly database: Database;
  readonly clock: Clock;
  readonly mailDelivery?: MailDelivery | undefined;
  readonly delivery: Pick<Delivery, 'failure'>;
}): Promise<MailStatus> {
  if (!mailDelivery) return { delivery: 'none', from: null, waiting: 0, failure: null };
  const waiting = await countPendingMails(db, clock.nowMs(), maxCountedMails);
  return {
    delivery: mailDelivery.by === 'smtp' ? 'smtp' : 'kept',
    from: mailDelivery.from.email,
    waiting,
    // Another process may have found since that it can be used; then nothing waits any more.
    failure: waiting > 0 ? (delivery.failure() ?? null) : null,
  };
}

/** What a mail says. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
}

/**
 * A mail, with its contents if mail is kept to be read: on the machine of a developer. Even there only for an
 * administrator who may manage the user, because the code of a mail makes its reader the user. If there is no user
 * yet, everybody who may see the outbox reads it.
 *
 * @throws AppError `not_found`
 */
export async function viewMail(
  deps: {
    readonly database: Database;
    readonly mailDelivery?: MailDelivery | undefined;
  } & ReadOptions,
  administratorId: number,
  id: number,
): Promise<{ mail: OutboxRow; content: MailContent | null }> {
  const mail = await findMail(deps.database.db, id);
  if (!mail) throw new AppError('not_found');
  const { userId } = mail;
  const isShown =
    deps.mailDelivery?.by === 'nobody' &&
    (userId === null || (await mayManage(deps.database.db, administratorId, userId)));
  return { mail, content: isShown ? await contentOf(mail, deps) : null };
}

async function contentOf(mail: OutboxRow, options: ReadOptions): Promise<MailContent | null> {
  try {
    const { subject, text } = await readMail(mail, options);
    return { subject, text };
  } catch (error) {
    if (error instanceof UnreadableMail) return null;
    throw error;
  }
}

/**
 * Makes a mail that waits due now, and records it.
 *
 * @throws AppError `not_found`; `mail_finished` if it waits no longer
 */
export async function resendMail(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  actor: Actor,
  id: number,
): Promise<OutboxRow> {
  return database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const isWaiting = await makeMailDue(trx, id, nowMs);
    const mail = await findMail(trx, id);
    if (!mail) throw new AppError('not_found');
    if (!isWaiting) throw new AppError('mail_finished');
    const details = { mail_id: id, kind: mail.kind };
    const userId = mail.userId ?? undefined;
    await record(trx, { kind: 'mail.resent', actor, atMs: nowMs, userId, details });
    return mail;
  });
}

const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** A mail as programs read it, from the API and from the command line alike. */
export function mailJson(mail: OutboxRow) {
  return {
    id: mail.id,
    kind: mail.kind,
    state: mail.state as MailState,
    user_id: mail.userId,
    email: mail.email,
    locale: mail.locale,
    message_id: mail.messageId,
    attempts: mail.attempts,
    last_reply: mail.lastReply,
    created_at: new Date(mail.createdAtMs).toISOString(),
    due_at: mail.state === 'pending' ? time(mail.dueAtMs) : null,
    expires_at: new Date(mail.expiresAtMs).toISOString(),
    finished_at: time(mail.finishedAtMs),
    bounced_at: time(mail.bouncedAtMs),
  };
}
