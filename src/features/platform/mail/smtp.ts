import type { Mailbox, SmtpServer } from '../../../lib/mail-delivery.ts';
import { mailRecipient } from '../../../lib/mail-recipient.ts';
import type { RenderedMail } from './messages/render.ts';

/** Hands one mail to the SMTP server (RFC 5321, RFC 6409). Nodemailer is loaded with the first one. */

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

const secondMs = 1_000;

function optionsOf(server: SmtpServer) {
  const { host, port, isImplicitTls, isLocal, user, password } = server;
  return {
    host,
    port,
    secure: isImplicitTls,
    requireTLS: !isImplicitTls && !isLocal,
    ...(isLocal && { tls: { rejectUnauthorized: false } }), // the certificate of a relay on this machine
    ...(user !== undefined && { auth: { user, pass: password ?? '' }, forceAuth: true }),
    connectionTimeout: 10 * secondMs,
    greetingTimeout: 10 * secondMs,
    dnsTimeout: 10 * secondMs,
    socketTimeout: 20 * secondMs,
    socketCloseTimeout: secondMs,
    maxResponseSize: 64 * 1024,
    logger: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as const;
}

async function openTransport(server: SmtpServer) {
  const { createTransport } = await import('nodemailer');
  return createTransport(optionsOf(server));
}

/** @param signal cuts the attempt off */
export async function sendMail(
  server: SmtpServer,
  mail: OutgoingMail,
  signal: AbortSignal,
): Promise<Attempt> {
  const transport = await openTransport(server);
  const to = mailRecipient(mail.to);
  try {
    const { response } = await transport.sendMail({
      messageId: mail.messageId,
      date: mail.date,
      from: { name: mail.from.name, address: mail.from.email },
      to: { name: '', address: to },
      // Not read out of a header: an email may be `"a@b"@example.com`.
      envelope: { from: mail.returnPath, to: [to] },
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      xMailer: false,
      headers: {
        'Auto-Submitted': 'auto-generated', // RFC 3834 5
        'X-Auto-Response-Suppress': 'All',
        'Content-Language': mail.locale,
      },
      signal,
    });
    return { outcome: 'sent', reply: replyText(response) };
  } catch (error) {
    return attemptOf(error);
  }
}

/**
 * Connects, with TLS and password as for a mail, and sends none.
 *
 * @throws Error that says what is wrong
 */
export async function checkSmtpServer(server: SmtpServer): Promise<void> {
  const transport = await openTransport(server);
  await transport.verify();
}

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
