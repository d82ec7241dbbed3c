/**
 * Reads reports that say what became of a mail: a multipart/report (RFC 6522) with a message/delivery-status
 * (RFC 3464). Written for this alone, because a MIME library brings much that must not read what strangers send; it
 * looks at each byte a fixed number of times, and takes whatever bytes there are.
 */

export interface DeliveryReport {
  /** `failed`, `delayed`, `delivered`, `relayed` or `expanded`, in lower case (RFC 3464 2.3.3). */
  readonly action: string;
  /** `5.1.1` (RFC 3463). */
  readonly status: string;
  /** What the other mail server said, in one line; `''`: nothing. */
  readonly diagnostic: string;
}

export interface ReadReport {
  /** Where the report was sent to, by its headers, the most certain first. */
  readonly recipients: readonly string[];
  /** What it says; undefined if it is not a delivery report, but somebody's answer, say. */
  readonly report: DeliveryReport | undefined;
}

/** What is behind them is not looked at. */
const maxBytes = 256 * 1024;
const maxParts = 20;
const maxDepth = 4;
const maxDiagnosticLength = 400;

/** By which headers mail servers say whom a mail was for, beside what its sender has written. */
const recipientHeaders = ['delivered-to', 'x-original-to', 'envelope-to', 'to'] as const;

type Headers = ReadonlyMap<string, string>;

interface Entity {
  readonly headers: Headers;
  readonly body: string;
}

/** Reads a mail, as a mail server hands it over. */
export function readDeliveryReport(bytes: Uint8Array): ReadReport {
  // One character for each byte: so nothing that somebody sends is malformed.
  const text = Buffer.from(bytes.subarray(0, maxBytes)).toString('latin1');
  const mail = readEntity(withoutEnvelope(text.replaceAll('\r\n', '\n')));
  const recipients = recipientHeaders.flatMap((name) => mail.headers.get(name) ?? []);
  const status = findStatus(mail, 0);
  return { recipients, report: status === undefined ? undefined : readStatus(status) };
}

/** An mbox line (`From MAILER-DAEMON …`) that some servers put in front. */
function withoutEnvelope(text: string): string {
  return /^>?From /.test(text) ? text.slice(text.indexOf('\n') + 1) : text;
}

/** Headers, in lower case and unfolded (RFC 5322 2.2.3), and what is behind the first empty line. */
function readEntity(text: string): Entity {
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  const body = end < 0 ? '' : text.slice(text.indexOf('\n', end) + 1).replace(/^\n/, '');
  return { headers: readHeaders(head), body };
}

function readHeaders(text: string): Headers {
  const headers = new Map<string, string>();
  let name = '';
  for (const line of text.split('\n')) {
    if (/^[ \t]/.test(line)) {
      if (name !== '') headers.set(name, `${headers.get(name)} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    name = colon > 0 ? line.slice(0, colon).trim().toLowerCase() : '';
    // The first one counts: what a server adds, it puts on top.
    if (name === '' || headers.has(name)) name = '';
    else headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

const statusType = /^message\/(?:global-)?delivery-status\b/i;

/** The delivery status among the parts of a mail, and the parts of those. */
function findStatus({ headers, body }: Entity, depth: number): string | undefined {
  const type = headers.get('content-type') ?? '';
  if (statusType.test(type)) return decode(body, headers.get('content-transfer-encoding') ?? '');
  const boundary = boundaryOf(type);
  if (boundary === undefined || depth === maxDepth) return undefined;
  for (const part of partsOf(body, boundary)) {
    const found = findStatus(readEntity(part), depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** RFC 2046 5.1.1: up to 70 characters. */
function boundaryOf(type: string): string | undefined {
  if (!/^multipart\//i.test(type)) return undefined;
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type) ?? [];
  return quoted ?? plain;
}

function partsOf(body: string, boundary: string): string[] {
  const parts: string[] = [];
  let part: string[] | undefined;
  for (const line of body.split('\n')) {
    if (line.startsWith(`--${boundary}`)) {
      if (part) parts.push(part.join('\n'));
      part = [];
      if (parts.length === maxParts || line.startsWith(`--${boundary}--`)) return parts;
    } else part?.push(line);
  }
  if (part) parts.push(part.join('\n')); // it was cut off
  return parts;
}

function decode(body: string, encoding: string): string {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('latin1').replaceAll('\r\n', '\n');
    case 'quoted-printable':
      return body
        .replaceAll(/=[ \t]*\n/g, '')
        .replaceAll(/=([\dA-F]{2})/gi, (_all, hex) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
    default:
      return body;
  }
}

const statusForm = /^[245]\.\d{1,3}\.\d{1,3}/;

/**
 * The groups of fields of a delivery status: one about the mail, then one for each recipient. Our mails have one
 * recipient, who may forward to others: that it failed for one of them counts.
 */
function readStatus(text: string): DeliveryReport | undefined {
  const groups = text
    .split(/\n[ \t]*\n/)
    .map((group) => readHeaders(group.replace(/^\n+/, '')))
    .filter((group) => group.has('action'));
  const group = groups.find((each) => actionOf(each) === 'failed') ?? groups[0];
  if (!group) return undefined;
  const [status = ''] = statusForm.exec(group.get('status') ?? '') ?? [];
  return { action: actionOf(group), status, diagnostic: oneLine(group.get('diagnostic-code')) };
}

const actionOf = (group: Headers) =>
  /^\w*/.exec(group.get('action') ?? '')?.[0].toLowerCase() ?? '';

function oneLine(text = ''): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, maxDiagnosticLength);
}

/** Replies that say that there is no such mailbox, where nothing more exact is said (RFC 5321 4.2.3). */
const noMailbox = /^(?:smtp\s*;\s*)?55[013](?![\d.])(?![ -]*5\.\d)/i;

/**
 * Whether a report says that an email does not exist: the mailbox or the domain is not there, or is switched off
 * (RFC 3463 3.2 and 3.3). Not that it is full, or that the mail was taken for spam: that is not the email's.
 */
export function isOfBadEmail({ action, status, diagnostic }: DeliveryReport): boolean {
  if (action !== 'failed') return false;
  if (isBadEmailStatus(status)) return true;
  return (status === '5.0.0' || status === '') && noMailbox.test(diagnostic);
}

/** @param status an enhanced status code (RFC 3463) */
export function isBadEmailStatus(status: string): boolean {
  // 5.1.7 and 5.1.8 are about the sender.
  return /^5\.1\.(?!7$|8$)\d{1,3}$/.test(status) || status === '5.2.1' || status === '5.4.4';
}
