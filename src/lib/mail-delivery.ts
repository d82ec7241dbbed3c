/** How mail leaves a server. */
export type MailDelivery =
  | {
      /** By an SMTP server (RFC 5321), which relays it (RFC 6409). */
      readonly by: 'smtp';
      readonly server: SmtpServer;
      readonly from: Mailbox;
      /** Where reports about mails go that did not arrive; absent: to `from`. */
      readonly bounceEmail?: string | undefined;
    }
  /** Not at all: it is kept to be read, on the machine of a developer. */
  | { readonly by: 'nobody'; readonly from: Mailbox };

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte on (`smtps://`); else STARTTLS. */
  readonly isImplicitTls: boolean;
  /** This machine alone hears what is said: no TLS is needed, and no certificate checked. */
  readonly isLocal: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** A name and an email: `Latchkey <no-reply@example.com>`. */
export interface Mailbox {
  /** `''`: none. */
  readonly name: string;
  readonly email: string;
}

const standardPorts = { 'smtp:': 587, 'smtps:': 465 } as const;

/** Whether a host is this machine. */
const local = /^(127\.[\d.]+|\[?::1\]?|localhost)$/;

/**
 * Reads `smtp://user:password@host:587` or `smtps://…`. User and password are percent-encoded (RFC 3986 2.1).
 *
 * @returns undefined if it is not such a URL, or has more parts
 */
export function parseSmtpUrl(text: string): SmtpServer | undefined {
  const url = URL.parse(text);
  const standardPort = standardPorts[url?.protocol as keyof typeof standardPorts];
  if (!url || standardPort === undefined || url.hostname === '') return undefined;
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') return undefined;
  const [user, password] = [decode(url.username), decode(url.password)];
  if (user === undefined || password === undefined) return undefined;
  if ((user === '') !== (password === '')) return undefined;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? standardPort : Number(url.port),
    isImplicitTls: url.protocol === 'smtps:',
    isLocal: local.test(url.hostname),
    user: user || undefined,
    password: password || undefined,
  };
}

function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    // No line of SMTP may have control characters.
    return /\p{Cc}/u.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

/** What any mail system takes as a sender. */
const senderEmail = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d](?:[a-z\d.-]{0,250}[a-z\d])?$/i;

/**
 * Reads `no-reply@example.com` or `Name <no-reply@example.com>` (RFC 5322 3.4).
 *
 * @returns undefined if it is neither
 */
export function parseMailbox(text: string): Mailbox | undefined {
  const [, quoted, plain, bracketed, bare] =
    /^(?:(?:"([^"\\]*)"|([^<>"@]*?))\s*<([^<>]*)>|([^<>\s]*))$/.exec(text.trim()) ?? [];
  const email = bracketed ?? bare ?? '';
  const name = (quoted ?? plain ?? '').trim();
  if (!senderEmail.test(email) || name.length > 100 || /\p{Cc}/u.test(name)) return undefined;
  return { name, email };
}
