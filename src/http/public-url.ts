import { isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** The configuration of where people reach the server. */
export interface PublicUrlConfig {
  /** With a slash at its end; undefined: nothing is known but where the server listens. */
  readonly publicUrl?: string | undefined;
}

/** Listening at one of these is listening at every ip of the machine. */
const wildcards: readonly string[] = ['0.0.0.0', '::'];

/**
 * What every link begins with: `LATCHKEY_PUBLIC_URL`, else where the server listens. Never the Host of a request,
 * because a client can write anything into it.
 *
 * @returns a URL with a slash at its end
 */
export function publicUrlOf(app: FastifyInstance, { publicUrl }: PublicUrlConfig): string {
  if (publicUrl !== undefined) return publicUrl;
  const at = app.server.address();
  if (at === null || typeof at === 'string') return 'http://127.0.0.1/';
  return listenerUrl(at.address, at.port);
}

/**
 * The URL of a server that listens there. One that listens at every ip is reached at the loopback. The zone of an ip
 * (`fe80::1%eth0`) is left out, because a URL cannot have one (WHATWG URL, 3.5).
 *
 * @param host a name or an ip
 * @returns a URL with a slash at its end
 */
export function listenerUrl(host: string, port: number): string {
  const name = wildcards.includes(host) ? '127.0.0.1' : host;
  const [ip] = name.split('%');
  return `http://${isIPv6(name) ? `[${ip}]` : name}:${port}/`;
}

/**
 * How a page names the root of the server relative to itself, so that it is right behind a proxy that
 * puts the server below a path: `./` in `/docs`, `../` in `/docs/`.
 *
 * @param url the path of the page, as it was asked for
 */
export function rootFrom(url: string): string {
  const [path = ''] = url.split('?', 1);
  return '../'.repeat(path.split('/').length - 2) || './';
}

/**
 * The headers of an answer that made something: where it is, relative to the request, so that it is right behind a
 * proxy that puts the server below a path.
 *
 * @param path from the root of the server, without its slash
 */
export function locatedAt({ url }: { readonly url: string }, path: string): { location: string } {
  return { location: `${rootFrom(url)}${path}` };
}
