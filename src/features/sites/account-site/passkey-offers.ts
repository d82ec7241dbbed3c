import { createSiteCookie } from '../../../http/browser/site-cookie.ts';
import { isPasskeyOfferDue } from '../../sign-in/factors/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import { passkeyForm } from './passkey-views.ts';
import type { Visit } from './visits.pages.ts';

/**
 * Offers a passkey to the password manager that has just filled in the password (conditional create, WebAuthn Level 3,
 * 5.1.3): it makes one without asking, or does nothing. One that was made so leaves the password enough. It is offered on
 * the first page that is shown after the sign-in, whichever that is, once a month.
 */
export interface PasskeyOffers {
  /** Somebody has signed in. */
  note(visit: Visit): void;
  /** What the page of somebody who is signed in has of it; it is not asked for again. */
  take(visit: Visit): Promise<Html | undefined>;
}

/** How lately that was: so the password manager has just filled in the password. */
const freshSeconds = 5 * 60;

export function createPasskeyOffers(deps: AccountSiteDeps): PasskeyOffers {
  const cookie = createSiteCookie(
    { path: 'account/', name: 'latchkey_signed_in', maxAgeSeconds: freshSeconds },
    deps,
  );
  return {
    note({ request, setCookie }) {
      if (deps.relyingParty) setCookie(cookie.write(request, '1'));
    },
    async take(visit) {
      const { request, setCookie, say, root } = visit;
      if (cookie.read(request) === undefined) return undefined;
      setCookie(cookie.write(request, undefined));
      const { id, sessionId } = ownOf(visit);
      if (!(await isPasskeyOfferDue(deps, id, sessionId))) return undefined;
      return passkeyForm(say, {
        kind: 'create',
        isUpgrade: true,
        action: `${root}account/security/passkey/`,
        options: { url: `${root}account/security/passkey/upgrade/` },
        submit: 'new_passkey.submit',
        fields: html`<input type="hidden" name="is_upgrade" value="true" />`,
      });
    },
  };
}
