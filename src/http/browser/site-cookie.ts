import { AppError } from '../../errors/index.ts';
import type { PublicUrlConfig } from '../public-url.ts';
import { isPlainLoopback, readCookie } from './cookie.ts';
import type { BrowserRequest } from './same-origin.ts';

/** A cookie of the account site. */
export interface SiteCookie {
  /**
   * Its value; undefined if the browser has none.
   *
   * @throws AppError `malformed_request` if it is there twice
   */
  read(request: BrowserRequest): string | undefined;
  /** The same; undefined if it is there twice. A cookie that opens nothing must not keep anybody from the page. */
  readQuietly(request: BrowserRequest): string | undefined;
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

  function read(request: BrowserRequest): string | undefined {
    const { cookie } = request.headers;
    return typeof cookie === 'string' ? readCookie(cookie, at(request).name) : undefined;
  }

  return {
    read,
    readQuietly(request) {
      try {
        return read(request);
      } catch (error) {
        if (error instanceof AppError) return undefined;
        throw error;
      }
    },
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
