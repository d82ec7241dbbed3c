import { AppError } from '../../errors/index.ts';
import type { PublicUrlConfig } from '../public-url.ts';
import type { BrowserRequest } from './same-origin.ts';

/** A cookie that holds the secret of a browser's session. */
export interface SessionCookie {
  /** The value in a `Cookie` header (RFC 6265 5.4); undefined if it is not there, or there twice. */
  read(header: string | undefined): string | undefined;
  /**
   * The same of one that opens something.
   *
   * @throws AppError `malformed_request` if it is there twice: one of them is from another host of the same site,
   *   and nothing says which
   */
  readOne(header: string | undefined): string | undefined;
  /**
   * A `Set-Cookie` header. Scripts cannot read the cookie, other sites cannot cause it to be sent, and the API
   * never gets it.
   *
   * @param value undefined: the cookie is taken away
   */
  write(request: BrowserRequest, value: string | undefined): string;
}

/**
 * @param name its name in browsers
 * @param maxAgeSeconds how long browsers keep it; absent: it goes with the browser's session
 * @param path where it is sent: below the path that the server has for browsers, without a slash before it
 */
export function createSessionCookie(
  {
    name,
    path,
    maxAgeSeconds,
  }: { readonly name: string; readonly path: string; readonly maxAgeSeconds?: number },
  config: PublicUrlConfig,
): SessionCookie {
  return {
    read: (header) => readCookie(header, name),
    readOne: (header) => readOneCookie(header, name),
    write(request, value) {
      const maxAge = value === undefined ? 0 : maxAgeSeconds;
      return [
        `${name}=${value ?? ''}`,
        `Path=${basePath(request, config)}${path}`,
        'HttpOnly',
        'SameSite=Strict',
        ...(isSecureOnly(request) ? ['Secure'] : []),
        ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
      ].join('; ');
    },
  };
}

/** The value of a cookie in a `Cookie` header (RFC 6265 5.4); undefined if it is not there, or there twice. */
export function readCookie(header: unknown, name: string): string | undefined {
  const values = valuesOf(header, name);
  return values.length === 1 ? values[0] : undefined;
}

/**
 * The same.
 *
 * @throws AppError `malformed_request` if it is there twice
 */
export function readOneCookie(header: unknown, name: string): string | undefined {
  const [value, ...others] = valuesOf(header, name);
  if (others.length === 0) return value;
  throw new AppError('malformed_request', {
    detail: `There are two cookies named ${name}. Delete the cookies of this site.`,
  });
}

function valuesOf(header: unknown, name: string): string[] {
  if (typeof header !== 'string') return [];
  const pairs = header.split(';').map((pair) => pair.trim().split('=', 2));
  return pairs.filter(([other]) => other === name).map(([, value = '']) => value);
}

/** Whether a URL is of this machine, by plain HTTP: there a cookie cannot be for TLS alone. */
export function isPlainLoopback(url: URL | null): boolean {
  return url?.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

/** The path below which a cookie is sent back: that of the public URL, where the page was opened there. */
function basePath({ headers }: BrowserRequest, { publicUrl }: PublicUrlConfig): string {
  if (publicUrl === undefined) return '/';
  const { origin, pathname } = new URL(publicUrl);
  return headers.origin === undefined || headers.origin === origin ? pathname : '/';
}

/**
 * Whether a cookie may be sent over TLS only: everywhere but on this machine, by plain HTTP. The scheme of the page
 * counts, because a proxy may have ended the TLS.
 */
function isSecureOnly({ host, protocol, headers }: BrowserRequest): boolean {
  return !isPlainLoopback(URL.parse(String(headers.origin ?? `${protocol}://${host}`)));
}
