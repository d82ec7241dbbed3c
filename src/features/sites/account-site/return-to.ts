import type { Settings } from '../../../settings/settings.ts';

/** Where to go once a page has done what it is for. */
export interface ReturnTo {
  /** As it stands in `return_to`: a path of this server, from its root, or a whole URL. */
  readonly text: string;
  /** The origin of another site; undefined: this server. */
  readonly origin: string | undefined;
}

/** A longer text is not the URL of a page. */
const maxLength = 2_000;
/** Any base: it tells whether a path stays on the host that it is read against. */
const base = 'http://localhost';

/**
 * Reads `return_to`, which anybody may have written into a link: a path of this server, or a URL of an origin that
 * the operator has registered (`RETURN_ORIGINS`). It is read as browsers read it (WHATWG URL), and what they would
 * read in more than one way is not accepted: backslashes, control characters, two slashes at the start.
 *
 * @param value what the query has, of any type
 * @returns undefined if it is absent or not accepted: then the page leads where it does by default
 */
export function readReturnTo(
  value: unknown,
  { settings }: { readonly settings: Settings },
): ReturnTo | undefined {
  if (typeof value !== 'string' || value.length > maxLength) return undefined;
  if (!/^[\x21-\x7e]+$/.test(value) || value.includes('\\')) return undefined;
  return value.startsWith('/') ? ownPath(value) : registeredUrl(value, settings);
}

function ownPath(path: string): ReturnTo | undefined {
  if (path.startsWith('//')) return undefined;
  const url = URL.parse(path, base);
  // `/a/..//b` has two slashes at its start only once it is read.
  if (url?.origin !== base || url.pathname.startsWith('//')) return undefined;
  return { text: `${url.pathname}${url.search}${url.hash}`, origin: undefined };
}

function registeredUrl(text: string, settings: Settings): ReturnTo | undefined {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (!url || `${url.username}${url.password}` !== '') return undefined;
  if (!settings.get('RETURN_ORIGINS').split(' ').includes(url.origin)) return undefined;
  return { text: url.href, origin: url.origin };
}

/**
 * Where a redirect leads: relative for a page of this server, so that the path of a proxy stays.
 *
 * @param root as `rootFrom` gives it for the page that redirects
 */
export function locationOf({ text, origin }: ReturnTo, root: string): string {
  return origin === undefined ? `${root}${text.slice(1)}` : text;
}
