import {
  type Mailbox,
  type MailDelivery,
  parseMailbox,
  parseSmtpUrl,
  type SmtpServer,
} from '../lib/mail-delivery.ts';
import { configLabel, type Given } from './config-options.ts';
import { isLocal, lacksPublicUrl } from './network-config.ts';

/** Where the server is, as far as it decides what becomes of mail. */
interface Place {
  readonly publicUrl: string | undefined;
  readonly host: string;
  readonly trustedProxies: readonly string[];
}

/** How long it may be before the `@`: each mail adds up to 34 characters, and 64 are allowed (RFC 5321 4.5.3.1.1). */
const maxBounceMailbox = 30;

/** The sender of mails on a server that sends none. */
const keptFrom: Mailbox = { name: '', email: 'latchkey@localhost' };

/**
 * Reads how mail leaves the server, and adds errors to the list. Without an SMTP server, mails are kept to be read if
 * only this machine is served; otherwise there is no mail.
 *
 * @returns undefined if there is no mail
 */
export function readMailDelivery(
  given: Given,
  place: Place,
  errors: string[],
): MailDelivery | undefined {
  const server = readServer(given('smtpUrl'), errors);
  const from = readFrom(given('mailFrom'), errors);
  const bounceEmail = readBounces(given('mailBounces'), errors);
  if (given('smtpUrl') === undefined) {
    return isDevelopment(place) ? { by: 'nobody', from: from ?? keptFrom } : undefined;
  }
  if (given('mailFrom') === undefined) {
    errors.push(
      `${configLabel('mailFrom')}: mail needs a sender. Give an email, with a name or without: ` +
        'Example <no-reply@example.com>.',
    );
  }
  if (lacksPublicUrl(place)) {
    errors.push(
      `${configLabel('publicUrl')}: mail needs it, because links in mails begin with it: ` +
        'https://auth.example.com.',
    );
  }
  return server && from && { by: 'smtp', server, from, bounceEmail };
}

/** The URL holds a password, so it is not in the message. */
function readServer(text: string | undefined, errors: string[]): SmtpServer | undefined {
  if (text === undefined) return undefined;
  const server = parseSmtpUrl(text);
  if (!server) {
    errors.push(
      `${configLabel('smtpUrl')}: this is not the URL of an SMTP server. Give ` +
        'smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465, with what is special in user ' +
        'and password percent-encoded.',
    );
  } else if (server.port === 0) {
    errors.push(`${configLabel('smtpUrl')}: 0 is no port. Give a number from 1 to 65535.`);
  }
  return server;
}

function readFrom(text: string | undefined, errors: string[]): Mailbox | undefined {
  if (text === undefined) return undefined;
  const from = parseMailbox(text);
  if (!from) {
    errors.push(
      `${configLabel('mailFrom')}: ${JSON.stringify(text)} is not a sender. Give an email, with a name or without: ` +
        'Example <no-reply@example.com>.',
    );
  }
  return from;
}

function readBounces(text: string | undefined, errors: string[]): string | undefined {
  if (text === undefined) return undefined;
  const mailbox = parseMailbox(text);
  const [local = ''] = text.split('@');
  if (mailbox?.email === text.trim() && local.length <= maxBounceMailbox && !local.includes('+')) {
    return mailbox.email;
  }
  errors.push(
    `${configLabel('mailBounces')}: ${JSON.stringify(text)} cannot be used. Give an email without a name, with at most ` +
      `${maxBounceMailbox} characters and no + before the @: bounces@example.com.`,
  );
  return undefined;
}

/** Whether only this machine can reach the server, in any way. */
function isDevelopment({ host, publicUrl, trustedProxies }: Place): boolean {
  const isPublicLocal = publicUrl === undefined || isLocal(new URL(publicUrl).hostname);
  return isLocal(host) && isPublicLocal && trustedProxies.length === 0;
}
