import { createSiteCookie } from '../../../http/browser/site-cookie.ts';
import type { AccountSiteDeps } from './deps.ts';
import { goTo, type Redirect, type Visit } from './visits.pages.ts';

/** The token of a link that works once, from its URL into a cookie of its page, so that no history and no log keeps it. */
export interface LinkVisits {
  /** Leads to the page without the token, where the URL has one. */
  takeLink(visit: Visit): Redirect | undefined;
  /** Undefined if no link was opened here. */
  token(visit: Visit): string | undefined;
  forget(visit: Visit): void;
}

const linkSeconds = 10 * 60;

export function createLinkVisits(
  deps: AccountSiteDeps,
  { path, name }: { readonly path: string; readonly name: string },
): LinkVisits {
  const cookie = createSiteCookie({ path, name, maxAgeSeconds: linkSeconds }, deps);
  return {
    takeLink({ query: { token }, request, setCookie }) {
      if (typeof token !== 'string') return undefined;
      // A text that is not a token is shown as an invalid link, and has no place in a header.
      setCookie(cookie.write(request, /^[\w-]{1,64}$/.test(token) ? token : 'none'));
      return goTo(path);
    },
    token: ({ request }) => cookie.readOne(request),
    forget({ request, setCookie }) {
      setCookie(cookie.write(request, undefined));
    },
  };
}
