/** The cookie that holds the refresh token of the admin site's session. */

export const cookieName = 'latchkey_admin';
/** Below the path that the server has for browsers. */
const path = 'admin/session/';

/** The value of the cookie in a `Cookie` header (RFC 6265 5.4); undefined where it is not there. */
export function readCookie(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === cookieName) return value;
  }
  return undefined;
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
