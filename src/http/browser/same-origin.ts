import { AppError } from '../../errors/index.ts';
import type { PublicUrlConfig } from '../public-url.ts';

/** A request as far as a browser says where it comes from. */
export interface BrowserRequest {
  readonly host: string;
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Lets only our own pages ask for what a cookie opens (CSRF). `SameSite=Strict` does not keep out other
 * hosts of the same site; but the browser says where a request comes from. Old browsers without
 * `Sec-Fetch-Site` send the Origin of a POST.
 *
 * @throws AppError `csrf_refused`
 */
export function requireSameOrigin(
  { host, headers }: Pick<BrowserRequest, 'host' | 'headers'>,
  config: PublicUrlConfig,
): void {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const isOurs = site === undefined ? isOurOrigin(host, origin, config) : site === 'same-origin';
  if (!isOurs) throw new AppError('csrf_refused');
}

/**
 * Whether an origin is that of the requested host, or the one that the configuration names: a proxy may send a Host
 * of its own.
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
