import { AppError } from '../../../errors/index.ts';
import type { PublicUrlConfig } from '../../../http/public-url.ts';

/** The header that the site sends with every request about its session. */
const siteHeader = 'x-latchkey-admin';

interface RequestOfBrowser {
  readonly host: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Lets only the admin site itself ask for what its cookie opens. The cookie is `SameSite=Strict`, which
 * does not keep out other hosts of the same site; a header of our own, which no form and no other
 * origin can send without being asked about it first (CORS), does; and the browser says where the
 * request comes from. Old browsers without `Sec-Fetch-Site` send the Origin of a POST.
 *
 * @throws AppError `csrf_refused`
 */
export function requireSameSite(
  { host, headers }: RequestOfBrowser,
  config: PublicUrlConfig,
): void {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const isOurs = site === undefined ? isOurOrigin(host, origin, config) : site === 'same-origin';
  if (headers[siteHeader] !== '1' || !isOurs) throw new AppError('csrf_refused');
}

/**
 * Whether an origin is that of the host that was asked, or the one that the configuration names: a proxy
 * may send a Host of its own.
 */
function isOurOrigin(
  host: string,
  origin: string | string[] | undefined,
  { publicUrl }: PublicUrlConfig,
): boolean {
  if (origin === undefined) return true; // no browser
  const url = URL.parse(String(origin));
  if (!url) return false;
  // A Host may name the usual port of its scheme, which an Origin never does.
  const asked = URL.parse(`${url.protocol}//${host}`);
  return (
    url.host === asked?.host ||
    (publicUrl !== undefined && url.origin === new URL(publicUrl).origin)
  );
}

/** The path in which a cookie is sent back: below that of the public URL, where the site was opened there. */
export function cookieBase({ headers }: RequestOfBrowser, { publicUrl }: PublicUrlConfig): string {
  if (publicUrl === undefined) return '/';
  const { origin, pathname } = new URL(publicUrl);
  return headers.origin === undefined || headers.origin === origin ? pathname : '/';
}

/**
 * Whether a cookie has to be sent over TLS alone: everywhere but on this machine, by plain HTTP. What
 * the browser says of itself counts, for a proxy may have ended the TLS.
 */
export function isSecureOnly({
  host,
  protocol,
  headers,
}: RequestOfBrowser & { readonly protocol: string }): boolean {
  const url = URL.parse(String(headers.origin ?? `${protocol}://${host}`));
  return url?.protocol !== 'http:' || !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}
