import { readFileSync } from 'node:fs';
import type { ClientConfig } from 'pg';

/** What `pg` is given, and what `GuardedClient` adds to it. */
export interface PostgresClientConfig extends ClientConfig {
  /** A server that does not prove, bound to this TLS connection, that it knows the password, is not ours. */
  readonly requireChannelBinding?: boolean;
}

/** One host that a database may be on. */
export interface PostgresTarget {
  readonly config: PostgresClientConfig;
}

/** The parts of a URL, as libpq reads it. */
export interface PostgresUrl {
  readonly targets: readonly [PostgresTarget, ...PostgresTarget[]];
  /** Where the database is, without credentials, for people. */
  readonly location: string;
  /** Whether passwords and rows travel in the clear to another machine. */
  readonly isExposed: boolean;
}

/** The errors in a URL, without its password: one sentence for each. */
export class PostgresUrlError extends Error {
  override readonly name = 'PostgresUrlError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}

const sslModes = ['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof sslModes)[number];

const unencoded =
  'It has a second "@", or one behind a "/" or "?": percent-encode the password, "@" as %40, "/" as %2F, ' +
  '"?" as %3F, ":" as %3A, "%" as %25.';

const parameters = [
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'host',
  'application_name',
  'options',
  'channel_binding',
  'target_session_attrs',
];

/**
 * Reads `postgres://user:password@host:5432,other:5432/database?sslmode=verify-full`.
 *
 * @throws PostgresUrlError that names every error, and never the password
 */
export function readPostgresUrl(text: string): PostgresUrl {
  const parts = /^postgres(?:ql)?:\/\/(?:([^@/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/i.exec(
    text,
  );
  if (!parts) {
    throw new PostgresUrlError([
      'It is not of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE.',
    ]);
  }
  const [, credentials = '', authority = '', path = '', search = ''] = parts;
  // What follows the first "@" is then a part of the password: no more of it is read, or printed.
  if (/@/.test(authority + path + search)) throw new PostgresUrlError([unencoded]);
  const problems: string[] = [];
  const query = new URLSearchParams(search);
  for (const name of new Set(query.keys())) {
    if (!parameters.includes(name)) {
      problems.push(`It has the unknown parameter "${name}"; known are ${parameters.join(', ')}.`);
    }
  }
  const { user, password } = readCredentials(credentials, problems);
  const database = decode(path, 'database', problems);
  const hosts = readHosts(query.get('host') ?? authority, problems);
  const ssl = readSsl(query, problems);
  const binding = readChannelBinding(query, ssl !== false, problems);
  checkSessionAttributes(query, problems);
  if (problems.length > 0) throw new PostgresUrlError(problems);
  const shared: PostgresClientConfig = {
    ...binding,
    ...(user && { user }),
    ...(password && { password }),
    ...(database && { database }),
    ...(query.has('application_name') && { application_name: query.get('application_name') ?? '' }),
    ...(query.has('options') && { options: query.get('options') ?? '' }),
    ssl,
  };
  const [first, ...others] = hosts.map((host) => ({ config: { ...shared, ...host } }));
  if (!first) throw new PostgresUrlError(['It names no host.']);
  const at = hosts.map(({ host, port }) => (port === undefined ? host : `${host}:${port}`));
  return {
    targets: [first, ...others],
    location: `postgres://${user ? `${user}@` : ''}${at.join(',')}/${database}`,
    isExposed: ssl === false && hosts.some(({ host }) => !isLocal(host)),
  };
}

function readCredentials(text: string, problems: string[]): { user: string; password: string } {
  const colon = text.indexOf(':');
  const user = colon < 0 ? text : text.slice(0, colon);
  const password = colon < 0 ? '' : text.slice(colon + 1);
  return {
    user: decode(user, 'user', problems),
    password: decode(password, 'password', problems),
  };
}

function decode(text: string, what: string, problems: string[]): string {
  try {
    return decodeURIComponent(text);
  } catch {
    problems.push(
      `Its ${what} has a "%" that is not followed by two hexadecimal digits; write %25.`,
    );
    return '';
  }
}

interface Host {
  readonly host: string;
  readonly port?: number;
}

function readHosts(text: string, problems: string[]): Host[] {
  return text.split(',').map((entry) => {
    const parts = /^(\[[^\]]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(decode(entry, 'host', problems));
    const port = parts?.[2] === undefined ? undefined : Number(parts[2]);
    if (!parts || (port !== undefined && (port === 0 || port > 65_535))) {
      problems.push('Each of its hosts must be HOST or HOST:PORT; several are divided by commas.');
      return { host: '' };
    }
    const host = (parts[1] || 'localhost').replace(/^\[(.*)\]$/, '$1');
    return { host, ...(port !== undefined && { port }) };
  });
}

/**
 * TLS as libpq does it. `prefer` and `allow` are refused: an attacker who suppresses TLS defeats them, so they
 * protect against nobody.
 */
function readSsl(query: URLSearchParams, problems: string[]): NonNullable<ClientConfig['ssl']> {
  const read = (name: string) => {
    const path = query.get(name);
    if (path === null) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      problems.push(`Its ${name} cannot be read: ${(error as Error).message}.`);
      return undefined;
    }
  };
  const files = { ca: read('sslrootcert'), cert: read('sslcert'), key: read('sslkey') };
  const hasFiles = Object.values(files).some((file) => file !== undefined);
  const text = query.get('sslmode') ?? (hasFiles ? 'verify-full' : 'disable');
  const mode = sslModes.find((known) => known === text);
  if (!mode) {
    problems.push(`Its sslmode is "${text}"; give one of ${sslModes.join(', ')}.`);
    return false;
  }
  if (mode === 'verify-ca' && files.ca === undefined) {
    problems.push('Its sslmode=verify-ca needs sslrootcert, the file of the authority to trust.');
  }
  if (mode === 'disable') return false;
  const given = Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined));
  return { ...given, ...checksOf(mode, files.ca !== undefined) };
}

/**
 * SCRAM bound to the TLS connection (RFC 5929 4), so that nobody in between can pass it on.
 *
 * @returns `prefer` uses it if the server offers it, `require` accepts no other server
 */
function readChannelBinding(
  query: URLSearchParams,
  isEncrypted: boolean,
  problems: string[],
): Pick<PostgresClientConfig, 'enableChannelBinding' | 'requireChannelBinding'> {
  const text = query.get('channel_binding') ?? 'disable';
  if (text === 'disable') return {};
  if (text === 'prefer') return isEncrypted ? { enableChannelBinding: true } : {};
  if (text !== 'require') {
    problems.push('Its channel_binding must be disable, prefer or require.');
    return {};
  }
  if (!isEncrypted) problems.push('Its channel_binding=require needs TLS: sslmode=verify-full.');
  return { enableChannelBinding: true, requireChannelBinding: true };
}

/** Of several hosts the one that accepts writes is used in any case. */
function checkSessionAttributes(query: URLSearchParams, problems: string[]): void {
  const text = query.get('target_session_attrs');
  if (text === null || ['any', 'read-write', 'primary'].includes(text)) return;
  problems.push(
    'Its target_session_attrs must be any, read-write or primary: the server writes, and of several ' +
      'hosts uses the one that takes writes.',
  );
}

function checksOf(mode: Exclude<SslMode, 'disable'>, hasAuthority: boolean) {
  const isChainChecked =
    mode === 'verify-full' || mode === 'verify-ca' || (mode === 'require' && hasAuthority);
  if (!isChainChecked) return { rejectUnauthorized: false };
  return mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined };
}

function isLocal(host: string): boolean {
  return host.startsWith('/') || /^(127\.|::1$|localhost$)/.test(host);
}
