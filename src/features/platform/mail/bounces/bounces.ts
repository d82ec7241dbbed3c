import type { Database, Db } from '../../../../db/database.ts';
import type { Clock } from '../../../../lib/clock.ts';
import { type Actor, record } from '../../audit/index.ts';
import { findMail, type OutboxRow } from '../outbox.queries.ts';
import { markEmail, noteBounceOfMail } from './bounces.queries.ts';
import { isOfBadEmail, readDeliveryReport } from './delivery-report.ts';
import { findReturnPath, isReturnPathOf } from './return-path.ts';

/** Mails that came back. See docs/decisions/bounces.md. */

/** What came of a report. */
export type BounceOutcome =
  /** It is somebody's answer, or spam. */
  | { readonly kind: 'no report' }
  /** Nothing shows which mail of this server it is about. */
  | { readonly kind: 'not ours' }
  /** It says that the mail waits, or has arrived; or it was read before. */
  | { readonly kind: 'nothing to do'; readonly mailId: number }
  | {
      readonly kind: 'bounced';
      readonly mailId: number;
      readonly status: string;
      /** Whether the email is known not to exist from now on. */
      readonly isMarked: boolean;
    };

interface BounceDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** The secret that the server works with, and those before it. */
  readonly secretKeys: readonly string[];
}

/**
 * Reads a report about a mail, and notes what it says. That it is about a mail of this server shows in the email that
 * it was sent to alone: anybody can write a report.
 *
 * @param recipient whom it was sent to, where the mail server says it; else it is in the headers
 */
export async function noteBounce(
  { database, clock, secretKeys }: BounceDeps,
  actor: Actor,
  bytes: Uint8Array,
  recipient?: string,
): Promise<BounceOutcome> {
  const { recipients, report } = readDeliveryReport(bytes);
  if (!report) return { kind: 'no report' };
  const to = [...(recipient === undefined ? [] : [recipient]), ...recipients];
  const path = to.map(findReturnPath).find((found) => found !== undefined);
  const mail = path && (await findMail(database.db, path.mailId));
  if (!mail || !isReturnPathOf(path, secretKeys, mail)) return { kind: 'not ours' };
  const { id: mailId, kind } = mail;
  if (report.action !== 'failed') return { kind: 'nothing to do', mailId };
  const { status, diagnostic } = report;
  return database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const lastReply = `Came back: ${[status, diagnostic].filter(Boolean).join(' ')}`;
    if (!(await noteBounceOfMail(trx, { mailId, lastReply, nowMs }))) {
      return { kind: 'nothing to do', mailId };
    }
    const isMarked = isOfBadEmail(report) && (await markEmail(trx, mail, nowMs));
    const details = { mail_id: mailId, kind, status, is_marked: isMarked };
    const userId = mail.userId ?? undefined;
    await record(trx, { kind: 'mail.bounced', actor, atMs: nowMs, userId, details });
    return { kind: 'bounced', mailId, status, isMarked };
  });
}

/** Notes that an SMTP server has refused the email of a mail: there is no such mailbox. */
export async function noteRefusedEmail(
  trx: Db,
  mail: Pick<OutboxRow, 'id' | 'kind' | 'userId' | 'email'>,
  status: string,
  nowMs: number,
): Promise<void> {
  if (!(await markEmail(trx, mail, nowMs))) return;
  const details = { mail_id: mail.id, kind: mail.kind, status, is_marked: true };
  const userId = mail.userId ?? undefined;
  const event = { actor: { kind: 'system' }, atMs: nowMs, userId, details } as const;
  await record(trx, { kind: 'mail.bounced', ...event });
}
