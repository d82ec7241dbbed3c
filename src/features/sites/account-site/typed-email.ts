import { createSiteCookie } from '../../../http/browser/site-cookie.ts';
import type { AccountSiteDeps } from './deps.ts';
import type { Visit } from './visits.pages.ts';

/**
 * The email of something that was begun in this browser, in a cookie that outlives it: who comes too late to end it need
 * not enter the email once more. It goes when it is done, and when somebody signs out: the next person may be another.
 */
export interface TypedEmail {
  read(visit: Visit): string | undefined;
  keep(visit: Visit, email: string): void;
  /** It is done. */
  forget(visit: Visit): void;
}

/** What can be begun, by the beginning of the names of its cookies. */
const names = [
  'latchkey_reset',
  'latchkey_mail_sign_in',
  'latchkey_sign_up',
  'latchkey_second_step',
] as const;

export type TypedEmailName = (typeof names)[number];

/** Flows live for ten minutes. */
const keptSeconds = 60 * 60;

export function createTypedEmail(deps: AccountSiteDeps, name: TypedEmailName): TypedEmail {
  const cookie = createSiteCookie(
    { path: 'account/', name: `${name}_email`, maxAgeSeconds: keptSeconds },
    deps,
  );

  function read({ request }: Visit): string | undefined {
    const value = cookie.read(request);
    try {
      return value === undefined ? undefined : decodeURIComponent(value);
    } catch {
      return undefined; // not from us
    }
  }

  return {
    read,
    keep(visit, email) {
      if (read(visit) === email) return;
      visit.setCookie(cookie.write(visit.request, encodeURIComponent(email)));
    },
    forget(visit) {
      if (cookie.read(visit.request) === undefined) return;
      visit.setCookie(cookie.write(visit.request, undefined));
    },
  };
}

/** Forgets all of them: the account that is signed in leaves this browser. */
export function forgetTypedEmails(visit: Visit, deps: AccountSiteDeps): void {
  for (const name of names) createTypedEmail(deps, name).forget(visit);
}
