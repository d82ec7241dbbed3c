import { AppError } from '../../../errors/index.ts';

/** The cookie that holds the refresh token of the admin site's session. */

export const cookieName = 'latchkey_admin';
/** Below the path that the server has for browsers. */
const path = 'admin/session/';

/**
 * The value of the cookie in a `Cookie` header (RFC 6265 5.4); undefined where it is not there.
 *
 * @throws AppError `malformed_request` where it is there twice: one of them is from another host of the
 *   same site, and nothing says which
 */
export function readCookie(header: string | undefined): string | undefined {
  const pairs = (header?.split(';') ?? []).map((pair) => pair.trim().split('=', 2));
  const [value, second] = pairs.filter(([name]) => name === cookieName).map(([, text]) => text);
  if (second === undefined) return value;
  throw new AppError('malformed_request', {
    detail: `There are two cookies named ${cookieName}. Delete the cookies of this site.`,
  });
}

/**
 * A `Set-Cookie` header. Scripts cannot read it, other sites cannot cause it to be sent, the API never
 * gets it, and it goes with the browser's session.
 *
 * @param refreshToken undefined: the cookie is taken away
 * @param basePath the path that the server has for this browser, with a slash at both ends
 */
export function writeCookie(
  refreshToken: string | undefined,
  { basePath, isSecureOnly }: { readonly basePath: string; readonly isSecureOnly: boolean },
): string {
  return [
    `${cookieName}=${refreshToken ?? ''}`,
    `Path=${basePath}${path}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecureOnly ? ['Secure'] : []),
    ...(refreshToken === undefined ? ['Max-Age=0'] : []),
  ].join('; ');
}
