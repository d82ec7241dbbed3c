import { readFileSync } from 'node:fs';
import type { ClientConfig } from 'pg';

/** One host that a database may be on. */
export interface PostgresTarget {
  readonly config: ClientConfig;
}

/** What a URL says, as libpq reads it. */
export interface PostgresUrl {
  readonly targets: readonly [PostgresTarget, ...PostgresTarget[]];
  /** Where the database is, without credentials, for people. */
  readonly location: string;
  /** Whether passwords and rows travel in the clear to another machine. */
  readonly isExposed: boolean;
}

/** What is wrong with a URL, without its password: one sentence for each fault. */
export class PostgresUrlError extends Error {
  override readonly name = 'PostgresUrlError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join(' '));
    this.faults = faults;
  }
}

const sslModes = ['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof sslModes)[number];

const parameters = [
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'host',
  'application_name',
  'options',
];

/**
 * Reads `postgres://user:password@host:5432,other:5432/database?sslmode=verify-full`.
 *
 * @throws PostgresUrlError that names every fault, and never the password
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
  const faults: string[] = [];
  const query = new URLSearchParams(search);
  for (const name of new Set(query.keys())) {
    if (!parameters.includes(name)) {
      faults.push(`It has the unknown parameter "${name}"; known are ${parameters.join(', ')}.`);
    }
  }
  const { user, password } = readCredentials(credentials, faults);
  const database = decode(path, 'database', faults);
  const hosts = readHosts(query.get('host') ?? authority, faults);
  const ssl = readSsl(query, faults);
  if (faults.length > 0) throw new PostgresUrlError(faults);
  const shared: ClientConfig = {
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

function readCredentials(text: string, faults: string[]): { user: string; password: string } {
  const colon = text.indexOf(':');
  const user = colon < 0 ? text : text.slice(0, colon);
  const password = colon < 0 ? '' : text.slice(colon + 1);
  return {
    user: decode(user, 'user', faults),
    password: decode(password, 'password', faults),
  };
}

function decode(text: string, what: string, faults: string[]): string {
  try {
    return decodeURIComponent(text);
  } catch {
    faults.push(`Its ${what} has a "%" that is not followed by two hexadecimal digits; write %25.`);
    return '';
  }
}

interface Host {
  readonly host: string;
  readonly port?: number;
}

function readHosts(text: string, faults: string[]): Host[] {
  return text.split(',').map((entry) => {
    const parts = /^(\[[^\]]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(decode(entry, 'host', faults));
    const port = parts?.[2] === undefined ? undefined : Number(parts[2]);
    if (!parts || (port !== undefined && (port === 0 || port > 65_535))) {
      faults.push('Each of its hosts must be HOST or HOST:PORT; several are divided by commas.');
      return { host: '' };
    }
    const host = (parts[1] || 'localhost').replace(/^\[(.*)\]$/, '$1');
    return { host, ...(port !== undefined && { port }) };
  });
}

/**
 * TLS as libpq does it. `prefer` and `allow`, which give way to whoever suppresses TLS, are refused:
 * they protect from nobody.
 */
function readSsl(query: URLSearchParams, faults: string[]): NonNullable<ClientConfig['ssl']> {
  const read = (name: string) => {
    const path = query.get(name);
    if (path === null) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      faults.push(`Its ${name} cannot be read: ${(error as Error).message}.`);
      return undefined;
    }
  };
  const files = { ca: read('sslrootcert'), cert: read('sslcert'), key: read('sslkey') };
  const hasFiles = Object.values(files).some((file) => file !== undefined);
  const text = query.get('sslmode') ?? (hasFiles ? 'verify-full' : 'disable');
  const mode = sslModes.find((known) => known === text);
  if (!mode) {
    faults.push(`Its sslmode is "${text}"; give one of ${sslModes.join(', ')}.`);
    return false;
  }
  if (mode === 'verify-ca' && files.ca === undefined) {
    faults.push('Its sslmode=verify-ca needs sslrootcert, the file of the authority to trust.');
  }
  if (mode === 'disable') return false;
  const given = Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined));
  return { ...given, ...checksOf(mode, files.ca !== undefined) };
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
