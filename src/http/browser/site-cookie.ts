import type { PublicUrlConfig } from '../public-url.ts';
import { isPlainLoopback, readCookie, readOneCookie } from './cookie.ts';
import type { BrowserRequest } from './same-origin.ts';

/** A cookie of the account site. */
export interface SiteCookie {
  /** Its value; undefined if the browser has none, or two: a cookie must not keep anybody from the page. */
  read(request: BrowserRequest): string | undefined;
  /**
   * The value of one that opens something: without it the page would show another way in, which would not help.
   *
   * @throws AppError `malformed_request` if it is there twice
   */
  readOne(request: BrowserRequest): string | undefined;
  /**
   * A `Set-Cookie` header. Scripts cannot read the cookie, and other sites cannot send it along with a change.
   *
   * @param value undefined: the cookie is taken away
   */
  write(request: BrowserRequest, value: string | undefined): string;
}

export interface SiteCookieOptions {
  /** Without a prefix: that depends on where the site is. */
  readonly name: string;
  /** Where it is sent, below the root of the server, without a slash before it; `''`: everywhere. */
  readonly path: string;
  /** Absent: until the browser is closed. */
  readonly maxAgeSeconds?: number;
}

/**
 * A cookie whose name says as much as it can of who may have set it (RFC 6265bis 4.1.3): `__Host-` at the root of
 * a host over https, `__Secure-` below a path, and neither on this machine by plain HTTP, where browsers refuse
 * both.
 *
 * It goes by the public URL where that is known. A request says less: a GET has no Origin, and a proxy may have
 * ended the TLS and put another Host.
 */
export function createSiteCookie(
  { name, path, maxAgeSeconds }: SiteCookieOptions,
  config: PublicUrlConfig,
): SiteCookie {
  const known = config.publicUrl === undefined ? undefined : placeOf(new URL(config.publicUrl));

  function at({ protocol, host }: BrowserRequest) {
    const { isSecure, basePath } = known ?? placeOf(URL.parse(`${protocol}://${host}/`));
    const whole = `${basePath}${path}`;
    const prefix = whole === '/' ? '__Host-' : '__Secure-';
    return { isSecure, path: whole, name: isSecure ? `${prefix}${name}` : name };
  }

  return {
    read: (request) => readCookie(request.headers.cookie, at(request).name),
    readOne: (request) => readOneCookie(request.headers.cookie, at(request).name),
    write(request, value) {
      const place = at(request);
      const maxAge = value === undefined ? 0 : maxAgeSeconds;
      return [
        `${place.name}=${value ?? ''}`,
        `Path=${place.path}`,
        'HttpOnly',
        'SameSite=Lax',
        ...(place.isSecure ? ['Secure'] : []),
        ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
      ].join('; ');
    },
  };
}

function placeOf(url: URL | null) {
  return { isSecure: !isPlainLoopback(url), basePath: url?.pathname ?? '/' };
}
