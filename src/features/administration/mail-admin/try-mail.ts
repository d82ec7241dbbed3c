import type { Database } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Clock } from '../../../lib/clock.ts';
import { mailTextSetting } from '../../../settings/mail-text-settings.ts';
import type { Settings } from '../../../settings/settings.ts';
import { findUserById, normalizeEmail } from '../../identity/users/index.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import {
  type AddedTexts,
  createMailTexts,
  isTextName,
  loadTextRules,
  type Mail,
  type MailTexts,
  type MessageKind,
  previewMail,
  sampleParameters,
  siteNameOf,
} from '../../platform/mail/index.ts';
import { requireLanguage } from './mail-texts.ts';

/** Mails that are looked at before anybody else gets them: on a page, or in the mailbox of the administrator. */

/** The mail that is to be tried. */
interface TriedMail {
  readonly kind: MessageKind;
  readonly locale: string;
  /** Texts that are not stored yet, by name. */
  readonly texts?: Readonly<Record<string, string>>;
}

interface PreviewDeps {
  readonly settings: Settings;
  readonly addedMailTexts?: AddedTexts | undefined;
  readonly mailTexts: MailTexts;
  /** What links begin with. */
  readonly publicUrl: string;
}

/**
 * A mail as it would be, with texts that are not stored yet.
 *
 * @throws AppError `not_found` if mails are not written in the language; `invalid_fields` with what is wrong with a
 *   text
 */
export async function previewTexts(
  deps: PreviewDeps,
  { kind, locale, texts: drafts = {} }: TriedMail,
): Promise<{ subject: string; text: string; html: string }> {
  requireLanguage(deps, locale);
  const { textProblem } = await loadTextRules();
  const overrides = new Map(deps.settings.texts());
  for (const [name, text] of Object.entries(drafts)) {
    const problem = isTextName(name) ? textProblem(name, text, locale) : 'There is no such text.';
    if (problem !== undefined) {
      throw new AppError('invalid_fields', { members: { texts: [`${name}: ${problem}`] } });
    }
    overrides.set(mailTextSetting(locale, name), text);
  }
  const texts = createMailTexts(() => overrides, deps.addedMailTexts);
  const site = siteNameOf(deps);
  const { subject, text, html } = await previewMail(kind, { locale, texts, site });
  return { subject, text, html };
}

/**
 * Sends a mail to the administrator who asks, and to nobody else. What it carries is good for nothing.
 *
 * @returns whom it is sent to
 * @throws AppError `not_found`, `mail_not_configured`, `rate_limited` if the administrator has been sent too many
 */
export async function sendTestMail(
  {
    database,
    clock,
    mail,
    mailTexts,
  }: {
    readonly database: Database;
    readonly clock: Clock;
    readonly mail: Mail;
    readonly mailTexts: MailTexts;
  },
  actor: Actor & { readonly kind: 'user' },
  { kind, locale }: TriedMail,
): Promise<string> {
  mail.requireAvailable();
  requireLanguage({ mailTexts }, locale);
  const user = await findUserById(database.db, actor.id);
  if (!user) throw new AppError('user_inactive');
  await mail.countFor(normalizeEmail(user.email));
  await database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const parameters = sampleParameters[kind];
    const to = { userId: user.id, email: user.email, locale, expiresAtMs: nowMs + lifetimeMs };
    await mail.write(trx, { kind, ...to, parameters }, nowMs);
    const details = { kind, locale };
    await record(trx, { kind: 'mail.tested', actor, atMs: nowMs, userId: user.id, details });
  });
  mail.wake();
  return user.email;
}

const lifetimeMs = 10 * 60_000;
