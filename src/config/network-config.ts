import { createNetworks, networkNames } from '../lib/ip-address.ts';
import { configLabel } from './config-options.ts';

/** Reads the configuration of the network, and adds its errors to the list. */

export function parsePort(name: 'port' | 'metricsPort', text: string, problems: string[]): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  const orOff = name === 'metricsPort' ? ', or "off"' : '';
  problems.push(
    `${configLabel(name)}: "${text}" is not a port. Give a number from 0 (any free one) to 65535${orOff}.`,
  );
  return 0;
}

/** What stands in a list with commas. */
export function readList(text = ''): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

export function readTrustedProxies(text: string | undefined, problems: string[]): string[] {
  const proxies = readList(text);
  for (const proxy of proxies) {
    try {
      createNetworks([proxy]);
    } catch (error) {
      problems.push(
        `${configLabel('trustedProxies')}: ${(error as Error).message} Give ips (10.0.0.5), ` +
          `networks (10.0.0.0/8), or ${networkNames.join(', ')}, separated by commas.`,
      );
    }
  }
  return proxies;
}

/** As browsers send them: scheme, host, and the port if it is not the usual one (RFC 6454 6.2). */
export function isOrigin(text: string): boolean {
  if (/^https?:/i.test(text)) return URL.canParse(text) && new URL(text).origin === text;
  return /^[a-z][a-z\d+.-]*:\/\/[\w.-]+$/.test(text); // of apps, such as capacitor://localhost
}

export function readCorsOrigins(text: string | undefined, problems: string[]): string[] {
  const origins = readList(text);
  for (const origin of origins) {
    if (isOrigin(origin)) continue;
    problems.push(
      `${configLabel('corsOrigins')}: "${origin}" is not an origin. Give scheme, host and port, without a ` +
        'path, as browsers do: https://app.example.com or http://localhost:5173.',
    );
  }
  return origins;
}

/** Names of headers (RFC 9110 5.1). `*` is not a name here: it would be a token of its own. */
export function readCorsHeaders(text: string | undefined, problems: string[]): string[] {
  const names = readList(text);
  for (const name of names) {
    if (/^[\w!#$%&'+.^`|~-]{1,100}$/.test(name)) continue;
    problems.push(
      `${configLabel('corsHeaders')}: "${name}" is not a header name. Give names such as ` +
        'sentry-trace, separated by commas.',
    );
  }
  return names;
}

/** The longest public URL: it is part of every link. */
const maxUrlLength = 255;

/**
 * Where people reach the server, with a slash at its end.
 *
 * It needs a host and may have a path, and nothing that a link cannot begin with.
 */
export function readPublicUrl(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined;
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  const isBase =
    url !== null &&
    text.length <= maxUrlLength &&
    !/[\s?#;]/.test(text) &&
    url.username === '' &&
    url.password === '';
  if (!isBase) {
    problems.push(
      `${configLabel('publicUrl')}: this is not a URL that links can begin with. Give scheme, host and, ` +
        'where the server is below one, a path: https://auth.example.com or https://example.com/auth/.',
    );
    return undefined;
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

/** Whether links begin with where the process listens, though others reach it, or reach it by another way. */
export function lacksPublicUrl(config: {
  readonly publicUrl: string | undefined;
  readonly host: string;
  readonly trustedProxies: readonly string[];
}): boolean {
  return (
    config.publicUrl === undefined && (!isLocal(config.host) || config.trustedProxies.length > 0)
  );
}

/** Whether this machine alone reaches a host. */
export function isLocal(host: string): boolean {
  return /^(127\.|::1$|localhost$)/.test(host);
}
