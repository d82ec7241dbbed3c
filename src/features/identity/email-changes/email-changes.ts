import { createHash } from 'node:crypto';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import type { Mail } from '../../platform/mail/index.ts';
import type { BackgroundWork } from '../../platform/nodes/index.ts';
import { newToken } from '../link-tokens/index.ts';
import {
  deleteExpiredFormerEmails,
  extendFormerEmail,
  insertFormerEmail,
  normalizeEmail,
  setMailRecovery,
  type User,
} from '../users/index.ts';

/**
 * What follows when the email of an account becomes another one: its reader is told, and can undo it for seven days. So
 * long nobody else gets the email. See docs/decisions/email-changes.md.
 */

/** How long a change can be undone. */
const undoSeconds = 7 * 86_400;

/** An account that gives an email up more often than this is not mailed each time. */
const mailedEveryMs = 86_400_000;

/** A change of the email that its user has made, or somebody in a session of theirs. */
export interface EmailChange {
  /** As the user was. */
  readonly before: User;
  /** Whether the password was shown for it: a session alone may be stolen. */
  readonly isReauthenticated: boolean;
  /** The languages that the request asks for, the best first. */
  readonly languages: readonly string[];
  /** What links begin with. */
  readonly publicUrl: string;
  /** Where the change comes from; null where nobody knows. */
  readonly ip: string | null;
  readonly nowMs: number;
}

/**
 * Keeps the old email for its account, and mails it a link that undoes the change, in the transaction of the change.
 * Where the password was not shown, nobody gets in by a mail to the new email until the undo has expired. Does nothing
 * on a server that sends no mail: there nobody could be told, and nobody gets in by mail.
 *
 * The mail does not count for `MAILS_PER_RECIPIENT`: else whoever can ask for mails could keep it from being sent.
 */
export async function noteEmailChange(
  trx: Db,
  { mail }: { readonly mail: Mail },
  { before, isReauthenticated, languages, publicUrl, ip, nowMs }: EmailChange,
): Promise<void> {
  if (!mail.isAvailable) return;
  const { id: userId, email } = before;
  const expiresAtMs = nowMs + undoSeconds * 1000;
  await setMailRecovery(trx, userId, isReauthenticated ? null : expiresAtMs);
  const emailNormalized = normalizeEmail(email);
  const createdSinceMs = nowMs - mailedEveryMs;
  const kept = { userId, emailNormalized, createdSinceMs, expiresAtMs };
  if (await extendFormerEmail(trx, kept)) return;
  const { token, hash } = newToken();
  await insertFormerEmail(trx, {
    user_id: userId,
    email,
    email_normalized: emailNormalized,
    email_verified_at_ms: before.email_verified_at_ms,
    token_hash: hash,
    created_at_ms: nowMs,
    expires_at_ms: expiresAtMs,
  });
  const locale = mail.localeFor(...languages, before.locale);
  const parameters = {
    code: undoCode(token),
    link: `${publicUrl}account/undo/?token=${token}`,
    ...{ atMs: nowMs, ip },
  };
  const message = {
    kind: 'email_changed',
    userId,
    email,
    locale,
    parameters,
    expiresAtMs,
  } as const;
  await mail.write(trx, message, nowMs);
}

/**
 * The code that the page of an undo asks for, and that stands in the same mail: so that a scanner of mails, which opens
 * links and presses buttons, undoes nothing. It is made from the token, and is no second secret.
 */
export function undoCode(token: string): string {
  const digest = createHash('sha256').update(`latchkey undo code ${token}`).digest();
  return String(digest.readUInt32BE() % 1_000_000).padStart(6, '0');
}

const stepSize = 1_000;
const pauseMs = 30_000;

/** Removes former emails that are not kept any more. */
export function sweepFormerEmails({
  database: { db },
  clock,
}: Pick<Deps, 'database' | 'clock'>): BackgroundWork {
  return {
    name: 'sweep',
    firstPauseMs: pauseMs,
    retryPauseMs: pauseMs,
    failure: 'could not remove former emails',
    async run() {
      const removed = await deleteExpiredFormerEmails(db, clock.nowMs(), stepSize);
      return removed === stepSize ? 'more' : pauseMs;
    },
  };
}
