import { declareBody } from '../../../contract/declare-body.ts';
import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import type { MailContext } from '../../../http/mail-context.ts';
import { restoredBy } from '../../identity/email-changes/index.ts';
import { findRelease, undoCode, useRelease } from '../../identity/flows/index.ts';
import { sentTokenHash, tokenField } from '../../identity/link-tokens/index.ts';
import { voidNotices } from '../../identity/notices/index.ts';
import {
  deleteFormerEmails,
  type FormerEmail,
  findFormerEmail,
  findFormerEmails,
  isEmailOf,
  isReachedByMail,
  isSameMailbox,
  lockUser,
  takeFormerEmail,
  type User,
  updateUser,
} from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { dropFactors } from '../../sign-in/factors/index.ts';
import { endUserSessions } from '../../sign-in/sessions/index.ts';

export const undoBody = declareBody({ token: tokenField }, { title: 'EmailUndo' });

/** The sender of an undo, and the network. */
export type UndoVisitor = MailContext & {
  /** As `countedNetwork` has it. */
  readonly network: string;
  readonly ip: string | null;
};

/**
 * Undoes changes of an email by the token that an earlier email was mailed: the account has that email again, or an older
 * one that is its owner's, see `restoredBy`. All sessions end, the password is removed, and so are factors that were added
 * since, and every flow of the account is
 * void, and every undo of an email that it got after that. Both readers are told: of the email that is restored, and of the
 * one that is taken away.
 *
 * The reader of an email that the account has by an access token alone does the same by the token of a release.
 *
 * @throws AppError `invalid_link_token`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export async function undoEmailChange(
  deps: Deps & { readonly limits: Limits; readonly mail: Mail },
  { network, ip, languages, publicUrl }: UndoVisitor,
  body: Body,
): Promise<void> {
  const { database, clock, limits, mail } = deps;
  const { token } = undoBody.read(body);
  const hash = sentTokenHash(token);
  const sent = { token, nowMs: clock.nowMs() };
  const known = await findFormerEmail(database.db, hash, sent.nowMs);
  const userId = known?.userId ?? (await findRelease(database.db, sent))?.userId;
  if (userId === undefined) {
    using guess = await limits.beginGuess({
      ifWrong: [['LINK_TOKEN_FAILURES_PER_NETWORK', network]],
    });
    await guess.fail();
    throw new AppError('invalid_link_token');
  }
  await database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const user = await lockUser(trx, userId);
    const kept = await findFormerEmails(trx, userId, nowMs);
    const taken = await takeFormerEmail(trx, hash, nowMs);
    const restored = taken
      ? restoredBy(kept, taken.id)
      : user && (await releasedFor(trx, { token, nowMs }, user, kept));
    if (!user || !restored) throw new AppError('invalid_link_token');
    await updateUser(trx, userId, {
      email: restored.email,
      emailNormalized: restored.emailNormalized,
      // Its reader has just used what was mailed to it.
      emailVerifiedAtMs: restored.id === taken?.id ? nowMs : restored.emailVerifiedAtMs,
      emailSetAtMs: nowMs,
      isEmailGiven: restored.isEmailGiven,
      mailRecoveryFromMs: null,
      passwordHash: null,
      updatedAtMs: nowMs,
    });
    const actor = { kind: 'user', id: userId, ip } as const;
    await record(trx, { kind: 'email.restored', actor, atMs: nowMs, userId });
    await endUserSessions(trx, userId, 'email_restored', { actor, nowMs });
    await voidNotices(trx, userId);
    // Else a thief who had the account since could keep its owner out of the reset.
    await dropFactors(trx, userId, { actor, nowMs }, (taken ?? restored).createdAtMs);
    // Who had the account before keeps their undo.
    await deleteFormerEmails(trx, userId, restored.id);
    if (!mail.isAvailable) return;
    const parameters = { link: `${publicUrl}account/forgot/` };
    // A reader of the new email may be a stranger.
    const locale = mail.localeFor(...(taken ? languages : []), user.locale);
    const to = { userId, locale, expiresAtMs: nowMs + noticeMs };
    const { email } = restored;
    await mail.write(trx, { kind: 'email_restored', ...to, email, parameters }, nowMs);
    if (isSameMailbox(user.email, email) || !isProvenOrReached(user, nowMs)) return;
    const away = { kind: 'email_taken_back', ...to, email: user.email, parameters: {} } as const;
    await mail.write(trx, away, nowMs);
  });
  mail.wake();
}

/**
 * The email that an account gets back when the reader of its present one takes that away; undefined if it has another
 * by now.
 */
async function releasedFor(
  trx: Db,
  sent: { readonly token: string; readonly nowMs: number },
  user: User,
  kept: readonly FormerEmail[],
): Promise<FormerEmail | undefined> {
  const release = await useRelease(trx, sent);
  if (release?.userId !== user.id || !isEmailOf(user, release.email)) return undefined;
  const restored = restoredBy(kept);
  const isAnother = restored && restored.emailNormalized !== release.email;
  return isAnother && !isReachedByMail(user, sent.nowMs) ? restored : undefined;
}

/**
 * Holds the code of a mail against the token of its link, for a page. See `undoCode`.
 *
 * @throws AppError `invalid_fields`, `rate_limited`
 */
export async function checkUndoCode(
  { limits }: { readonly limits: Limits },
  { network }: Pick<UndoVisitor, 'network'>,
  { token, code }: { readonly token: string; readonly code: string },
): Promise<void> {
  if (code.replaceAll(/[\s-]/g, '') === undoCode(token)) return;
  using guess = await limits.beginGuess({
    ifWrong: [['LINK_TOKEN_FAILURES_PER_NETWORK', network]],
  });
  await guess.fail();
  throwFieldErrors({ code: ['This is not the code of the mail.'] });
}

/** Whether an email is that of somebody who has to do with the account, and not just one that an access token has set. */
const isProvenOrReached = (user: User, nowMs: number) =>
  user.emailVerifiedAtMs !== null || isReachedByMail(user, nowMs);

/** A notice that is older says nothing new. */
const noticeMs = 86_400_000;
