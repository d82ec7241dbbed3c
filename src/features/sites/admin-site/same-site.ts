import { AppError } from '../../../errors/index.ts';

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
export function requireSameSite({ host, headers }: RequestOfBrowser): void {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const isOurs = site === undefined ? isOriginOf(host, origin) : site === 'same-origin';
  if (headers[siteHeader] !== '1' || !isOurs) throw new AppError('csrf_refused');
}

function isOriginOf(host: string, origin: string | string[] | undefined): boolean {
  if (origin === undefined) return true; // no browser
  return URL.parse(String(origin))?.host === host;
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
