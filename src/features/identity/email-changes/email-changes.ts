import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { sweepExpired } from '../../platform/nodes/index.ts';
import { undoCode } from '../flows/index.ts';
import { newToken } from '../link-tokens/index.ts';
import {
  extendFormerEmail,
  type FormerEmail,
  findFormerEmails,
  insertFormerEmail,
  isSameMailbox,
  normalizeEmail,
  setEmailProof,
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
 * What follows a change of the email, in its transaction. On a server that sends no mail nothing does: there nobody could be
 * told, and nobody gets in by mail.
 *
 * - An email that the account gave up lately and has again is worth what it was worth before.
 * - Where the password was not shown, nobody gets in by a mail to the new email until the undo has expired.
 * - The old email is kept for its account, and mailed a link that undoes the change. Not so one that was neither proven nor
 *   the owner's, but came by an access token alone while the owner's is kept: it may be that of a stranger, who is not to be
 *   mailed, nor kept from registering.
 *
 * The mail does not count for `MAILS_PER_RECIPIENT`: else anyone who can ask for mails could keep it from being sent.
 *
 * @param change `after`: the new email, which is stored
 */
export async function noteEmailChange(
  trx: Db,
  { mail }: { readonly mail: Mail },
  change: EmailChange & { readonly after: string },
): Promise<void> {
  if (!mail.isAvailable) return;
  const { before, after, isReauthenticated, nowMs } = change;
  const kept = await findFormerEmails(trx, before.id, nowMs);
  const isHeld = isHeldEmail(before, nowMs);
  const isOwned = isHeld || before.emailVerifiedAtMs !== null || kept.length === 0;
  const had = kept.find(({ email }) => isSameMailbox(email, after));
  const undoMs = nowMs + undoSeconds * 1000;
  // What is not the owner's is not kept for longer than what is.
  const expiresAtMs = isHeld ? undoMs : Math.min(before.mailRecoveryFromMs ?? undoMs, undoMs);
  if (had && !isReauthenticated) await setEmailProof(trx, before.id, had);
  const isRegained = had?.isHeld === 1 && !isHeld;
  const fromMs = isReauthenticated || isRegained ? null : isHeld ? undoMs : expiresAtMs;
  await setMailRecovery(trx, before.id, fromMs);
  if (isOwned) await keepFormerEmail(trx, { mail }, change, { kept, isHeld, expiresAtMs });
}

/**
 * Whether the email of an account is its owner's: it was not set by an access token alone, which may be stolen, or nobody
 * has undone that in time.
 */
const isHeldEmail = ({ mailRecoveryFromMs: fromMs }: User, nowMs: number) => (fromMs ?? 0) <= nowMs;

/** Keeps the old email, and mails it the link that undoes the change, but where it has one of today already. */
async function keepFormerEmail(
  trx: Db,
  { mail }: { readonly mail: Mail },
  { before, languages, publicUrl, ip, nowMs }: EmailChange,
  as: {
    readonly kept: readonly FormerEmail[];
    readonly isHeld: boolean;
    readonly expiresAtMs: number;
  },
): Promise<void> {
  const { id: userId, email, emailVerifiedAtMs, isEmailGiven } = before;
  const { kept, isHeld, expiresAtMs } = as;
  const had = kept.findLast((row) => isSameMailbox(row.email, email));
  if (had && had.createdAtMs > nowMs - mailedEveryMs) {
    return extendFormerEmail(trx, had.id, {
      emailVerifiedAtMs: emailVerifiedAtMs ?? had.emailVerifiedAtMs,
      isHeld: isHeld ? 1 : had.isHeld,
      expiresAtMs: Math.max(expiresAtMs, had.expiresAtMs),
    });
  }
  const { token, hash } = newToken();
  await insertFormerEmail(trx, {
    userId: userId,
    email,
    emailNormalized: normalizeEmail(email),
    ...{ emailVerifiedAtMs, isEmailGiven },
    isHeld: isHeld ? 1 : 0,
    tokenHash: hash,
    createdAtMs: nowMs,
    expiresAtMs: expiresAtMs,
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
 * Which email an undo restores: its own, where the owner had proven it and had not set it by an access token alone. Else the
 * last such one from before it; where there is none, the oldest.
 *
 * @param kept the oldest first
 * @param id of its row; absent: that of the email that the account has now
 */
export function restoredBy(
  kept: readonly FormerEmail[],
  id = Number.POSITIVE_INFINITY,
): FormerEmail | undefined {
  const isOwners = (row: FormerEmail) => row.isHeld === 1 && row.emailVerifiedAtMs !== null;
  return kept.findLast((row) => row.id <= id && isOwners(row)) ?? kept[0];
}

/** Removes former emails that are not kept any more. */
export const sweepFormerEmails = (deps: Pick<Deps, 'database' | 'clock'>) =>
  sweepExpired(deps, 'former_emails', {
    pauseMs: 30_000,
    failure: 'could not remove former emails',
  });
