import type { AccountSiteDeps } from './deps.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import type { OwnFactors } from './own-factors.ts';
import { passkeyForm } from './passkey-views.ts';
import type { Visit } from './visits.pages.ts';

/** How lately the password was entered: so the password manager has just filled it in. */
const freshMs = 5 * 60_000;

/**
 * Offers a passkey to the password manager that has just filled in the password (conditional create, WebAuthn Level 3,
 * 5.1.3): it makes one without asking, or does nothing. One that was made so leaves the password enough. A user is
 * offered one once a month.
 */
export function passkeyUpgrade(
  visit: Visit,
  { clock, relyingParty }: AccountSiteDeps,
  { factors }: OwnFactors,
): Html | undefined {
  const { say, root } = visit;
  const { authTimeMs = 0 } = ownOf(visit);
  const hasPasskey = factors.some(({ kind }) => kind === 'passkey');
  const isFresh = clock.nowMs() - authTimeMs < freshMs;
  if (!relyingParty || !isFresh || hasPasskey) return undefined;
  return passkeyForm(say, {
    kind: 'create',
    isUpgrade: true,
    action: `${root}account/security/passkey/`,
    options: { url: `${root}account/security/passkey/upgrade/` },
    submit: 'new_passkey.submit',
    fields: html`<input type="hidden" name="is_upgrade" value="true" />`,
  });
}
