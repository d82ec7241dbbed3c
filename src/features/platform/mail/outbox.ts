import { randomUUID } from 'node:crypto';
import type { Db } from '../../../db/database.ts';
import type { Mailbox } from '../../../lib/mail-delivery.ts';
import { seal, unseal } from '../../../lib/sealing.ts';
import type { Settings } from '../../../settings/settings.ts';
import type { MailTexts } from './messages/mail-texts.ts';
import {
  type MessageKind,
  type MessageParameters,
  messageOf,
  noticeKinds,
} from './messages/messages.ts';
import type { RenderedMail } from './messages/render.ts';
import { insertMail, type OutboxRow } from './outbox.queries.ts';

/**
 * The outbox: mails are written into it in the transaction that causes them, and sent from it afterwards.
 * See docs/decisions/outbox.md.
 */

/** A mail that is to be sent. */
export interface NewMail<Kind extends MessageKind> {
  readonly kind: Kind;
  /** Whom it is about; null: nobody who has an account. */
  readonly userId: number | null;
  /** Has passed `emailField`. */
  readonly email: string;
  readonly locale: string;
  readonly parameters: MessageParameters[Kind];
  /** It is not sent after that: what it carries is not valid any more. */
  readonly expiresAtMs: number;
  /**
   * Nobody gets it: the request was for an email that nobody has, or may get no more mail, and must not take
   * less time for it.
   */
  readonly isDecoy?: boolean;
}

/** What the outbox says of a mail whose time is over. */
export const notInTime = 'It could not be sent while what it carries was good.';

const purpose = 'latchkey outbox';

/** What the parameters are bound to: nobody who can write to the database sends them to somebody else. */
const boundTo = (row: Pick<OutboxRow, 'messageId' | 'kind' | 'email'>) =>
  [row.messageId, row.kind, row.email].join('\n');

/** Somebody waits for a code; however many are told of something, it goes first. */
const priorityOf = (kind: MessageKind) =>
  (noticeKinds as readonly string[]).includes(kind) ? 1 : 0;

/** Writes a mail into the outbox, in the transaction that causes it. */
export async function writeMail<Kind extends MessageKind>(
  trx: Db,
  { secretKey, from, nowMs }: { secretKey: string; from: Mailbox; nowMs: number },
  mail: NewMail<Kind>,
): Promise<void> {
  const [, domain = 'localhost'] = from.email.split('@');
  const { kind, email } = mail;
  const row = { messageId: `<${randomUUID()}@${domain}>`, kind, email };
  const parameters = Buffer.from(JSON.stringify(mail.parameters));
  await insertMail(trx, {
    ...row,
    userId: mail.userId,
    locale: mail.locale,
    sealedParameters: seal(parameters, { secretKey, purpose, boundTo: boundTo(row) }),
    state: mail.isDecoy ? 'decoy' : 'pending',
    finishedAtMs: mail.isDecoy ? 0 : null,
    createdAtMs: nowMs,
    dueAtMs: nowMs,
    expiresAtMs: mail.expiresAtMs,
    priority: priorityOf(kind),
  });
}

/** Why a mail cannot be read, in words for operators. */
export class UnreadableMail extends Error {}

export interface ReadOptions {
  readonly settings: Pick<Settings, 'get'>;
  /** The secret that the server works with, and those before it. */
  readonly secretKeys: readonly string[];
  /** Where the server is reached; absent: not known. */
  readonly publicUrl?: string | undefined;
  /** What mails say; absent: what we have written alone. */
  readonly texts?: MailTexts | undefined;
}

/** Loaded with the first mail; to ask for a module again for each costs as much as to write the mail. */
let rendering: Promise<typeof import('./messages/render.ts')> | undefined;

/**
 * The mail of a row, as it is read.
 *
 * @throws UnreadableMail if it was wiped, or is of another secret or a newer release
 */
export async function readMail(row: OutboxRow, options: ReadOptions): Promise<RenderedMail> {
  rendering ??= import('./messages/render.ts');
  const { renderMail } = await rendering;
  const message = messageOf(row.kind, parametersOf(row, options.secretKeys));
  if (!message) throw new UnreadableMail(`This release knows no mail of the kind ${row.kind}.`);
  return renderMail(message, {
    locale: row.locale,
    site: siteNameOf(options),
    lifetimeMs: row.expiresAtMs - row.createdAtMs,
    texts: options.texts,
  });
}

/** What a site is called in its mails: as on its pages, or by where it is reached. */
export function siteNameOf({
  settings,
  publicUrl,
}: Pick<ReadOptions, 'settings' | 'publicUrl'>): string {
  const host = () => (publicUrl === undefined ? 'localhost' : new URL(publicUrl).host);
  return settings.get('SITE_NAME') || host();
}

function parametersOf(row: OutboxRow, secretKeys: readonly string[]): unknown {
  if (row.sealedParameters === null) {
    throw new UnreadableMail('What it said was wiped when it was sent or given up.');
  }
  for (const secretKey of secretKeys) {
    const by = { secretKey, purpose, boundTo: boundTo(row) };
    const bytes = unseal(row.sealedParameters, by);
    if (bytes) return JSON.parse(bytes.toString());
  }
  throw new UnreadableMail('It was written under another secret, or was changed.');
}
