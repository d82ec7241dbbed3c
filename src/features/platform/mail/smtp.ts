import { Readable } from 'node:stream';
import type { Mailbox, SmtpServer } from '../../../lib/mail-delivery.ts';
import { mailRecipient } from '../../../lib/mail-recipient.ts';
import type { RenderedMail } from './messages/render.ts';
import { openSession, type SmtpSession } from './smtp-session.ts';

/** Hands mails to the SMTP server (RFC 5321, RFC 6409). Nodemailer is loaded with the first one. */

export interface OutgoingMail extends RenderedMail {
  readonly messageId: string;
  readonly from: Mailbox;
  readonly to: string;
  /** Where a report goes if it does not arrive. */
  readonly returnPath: string;
  readonly date: Date;
}

/** What became of an attempt to send. `reply`: what the server said, or what is wrong with it. */
export type Attempt =
  | { readonly outcome: 'sent'; readonly reply: string }
  /** The server refuses this mail; for good where `isFinal` (RFC 5321 4.2.1). */
  | {
      readonly outcome: 'refused';
      readonly isFinal: boolean;
      readonly reply: string;
      /** What it says of the recipient, as an enhanced status code (RFC 3463); absent: nothing. */
      readonly recipientStatus?: string | undefined;
    }
  /** The server cannot be used: it is away, or its certificate or our password is not good. */
  | { readonly outcome: 'unreachable'; readonly reply: string };

/** Sends mails by one server, several at once, each over a connection of its own that others used before it. */
export interface Smtp {
  /** @param signal cuts the attempt off */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<Attempt>;
  /** Ends the connections that nothing is sent over. */
  close(): void;
}

/** A connection waits so long for the next mail: less than any server does (RFC 5321 4.5.3.2.7 has five minutes). */
const idleMs = 2_000;
/** Some servers take no more in one session; what is refused for that goes over a new one. */
const maxMailsInSession = 100;

interface KeptSession {
  readonly session: SmtpSession;
  sent: number;
  timer?: NodeJS.Timeout;
}

export function createSmtp(server: SmtpServer): Smtp {
  const idle: KeptSession[] = [];

  /** One that is open still, the last used first, so that those there are too many of end. */
  function takeIdle(): KeptSession | undefined {
    for (let kept = idle.pop(); kept; kept = idle.pop()) {
      clearTimeout(kept.timer);
      if (kept.session.isOpen) return kept;
    }
    return undefined;
  }

  function keep(kept: KeptSession): void {
    kept.sent += 1;
    if (kept.sent >= maxMailsInSession) kept.session.quit();
    if (!kept.session.isOpen) return;
    kept.timer = setTimeout(() => {
      idle.splice(idle.indexOf(kept), 1);
      kept.session.quit();
    }, idleMs).unref();
    idle.push(kept);
  }

  /** @returns undefined if the server had ended a session before it heard anything of this mail */
  async function sendBy(
    kept: KeptSession,
    envelope: Parameters<SmtpSession['send']>[0],
    bytes: Buffer,
    signal: AbortSignal,
  ): Promise<Attempt | undefined> {
    const isFresh = kept.sent === 0;
    const message = Readable.from([bytes], { objectMode: false });
    try {
      const response = await kept.session.send(envelope, message, signal);
      keep(kept);
      return { outcome: 'sent', reply: replyText(response) };
    } catch (error) {
      const attempt = attemptOf(error);
      const isUnheard = attempt.outcome === 'unreachable' && !message.readableDidRead;
      return isUnheard && !isFresh && !signal.aborted ? undefined : attempt;
    }
  }

  return {
    async send(mail, signal) {
      const to = mailRecipient(mail.to);
      const bytes = await compose(mail, to);
      const envelope = { from: mail.returnPath, to };
      for (let kept = takeIdle(); kept; kept = takeIdle()) {
        const attempt = await sendBy(kept, envelope, bytes, signal);
        if (attempt) return attempt;
      }
      try {
        const fresh = { session: await openSession(server, signal), sent: 0 };
        const attempt = await sendBy(fresh, envelope, bytes, signal);
        return attempt ?? { outcome: 'unreachable', reply: '' };
      } catch (error) {
        return attemptOf(error);
      }
    },
    close() {
      for (let kept = takeIdle(); kept; kept = takeIdle()) kept.session.close();
    },
  };
}

let composing: Promise<typeof import('nodemailer/lib/mail-composer')> | undefined;

/** The mail as it goes over the line, but for the dots of RFC 5321 4.5.2. */
async function compose(mail: OutgoingMail, to: string): Promise<Buffer> {
  composing ??= import('nodemailer/lib/mail-composer');
  const { default: MailComposer } = await composing;
  const composer = new MailComposer({
    messageId: mail.messageId,
    date: mail.date,
    from: { name: mail.from.name, address: mail.from.email },
    to: { name: '', address: to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    headers: {
      'Auto-Submitted': 'auto-generated', // RFC 3834 5
      'X-Auto-Response-Suppress': 'All',
      'Content-Language': mail.locale,
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/**
 * Connects, with TLS and password as for a mail, and sends none.
 *
 * @throws Error that says what is wrong
 */
export async function checkSmtpServer(server: SmtpServer): Promise<void> {
  const session = await openSession(server, AbortSignal.timeout(checkMs));
  session.quit();
}

const checkMs = 30_000;

interface SmtpError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

function attemptOf(thrown: unknown): Attempt {
  const error = thrown as SmtpError;
  const { code = '', command, response, responseCode } = error;
  const reply = replyText(response || error.message);
  const isOfMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  // What is said of the sender is said of every mail.
  if (!isOfMail || responseCode === undefined || command === 'MAIL FROM') {
    return { outcome: 'unreachable', reply };
  }
  const [, status] = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '') ?? [];
  const recipientStatus = command === 'RCPT TO' ? status : undefined;
  return { outcome: 'refused', isFinal: responseCode >= 500, reply, recipientStatus };
}

const maxReplyLength = 500;

/** What a server said, in one line that both engines take. */
function replyText(text = ''): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, maxReplyLength)
    .toWellFormed();
}
