import type { PasskeySignal } from '../../sign-in/factors/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { credentialOf } from './factor-body.ts';
import { button, type FormState } from './forms.ts';
import { type Html, html } from './html.ts';
import type { Say, TextName } from './texts/texts.ts';

/** Forms that a passkey fills in: `assets/passkeys.js` runs them. Without a script they are not there. */

interface PasskeyForm {
  /** Whether it proves who somebody is, or makes a new passkey. */
  readonly kind: 'get' | 'create';
  /** What the authenticator is asked for, as JSON (WebAuthn Level 3, 5.1.8.2 and 5.1.9); or the URL that answers it. */
  readonly options: { readonly publicKey: object } | { readonly url: string };
  readonly submit: TextName;
  readonly buttonKind?: 'main' | 'plain';
  /** What is entered beside. */
  readonly fields?: unknown;
  /** Whether what is entered in the form beside is sent with it; it has to be entered first. */
  readonly takesFormBeside?: boolean;
  /** Whether passkeys stand in the list of the field for the email as well (conditional mediation, 5.1.4). */
  readonly isInAutofill?: boolean;
  /** Whether it is offered to the password manager alone, and nobody sees it (conditional create, 5.1.3). */
  readonly isUpgrade?: boolean;
  /** Where it is sent; absent: to its own page. */
  readonly action?: string;
}

export function passkeyForm(say: Say, options: PasskeyForm): Html {
  const { kind, fields, submit, buttonKind = 'plain', isInAutofill, isUpgrade, action } = options;
  const asked = 'url' in options.options ? undefined : JSON.stringify(options.options.publicKey);
  return html`
    <form
      method="post"
      action=${action}
      novalidate
      class=${isUpgrade ? undefined : 'scripted'}
      hidden=${isUpgrade}
      data-beside=${options.takesFormBeside ? '' : undefined}
      data-upgrade=${isUpgrade ? '' : undefined}
      data-saved=${isUpgrade ? say('notice.passkey_saved') : undefined}
      data-passkey=${kind}
      data-options=${asked}
      data-options-url=${'url' in options.options ? options.options.url : undefined}
      data-autofill=${isInAutofill ? '' : undefined}
      data-problem=${say('passkey.failed')}
      data-problem-not-allowed-error=${say(kind === 'get' ? 'passkey.cancelled' : 'passkey.not_created')}
      data-problem-invalid-state-error=${say('passkey.exists')}
      data-problem-security-error=${say('passkey.other_site')}
    >
      <input type="hidden" name="credential" />
      ${fields}
      ${button(say, submit, { name: 'action', value: 'passkey', kind: buttonKind })}
    </form>`;
}

/** What stands in its place where there is nothing but passkeys. */
export function passkeysMissing(say: Say): Html {
  return html`<p class="unscripted">${say('passkey.unscripted')}</p>`;
}

/** What password managers are told of the account's passkeys, so that old ones and old names go (5.1.10). */
export function passkeySignals(signal: PasskeySignal | undefined): Html | undefined {
  return signal && html`<span hidden data-passkeys=${JSON.stringify(signal)} />`;
}

/** That a passkey is gone which somebody wanted to sign in with: their password manager removes it (5.1.10.1). */
export function unknownPasskey(
  { errors, values }: FormState,
  { relyingParty }: Pick<AccountSiteDeps, 'relyingParty'>,
): Html | undefined {
  if (!errors.isPasskeyGone || !relyingParty) return undefined;
  const { id } = credentialOf({ value: values }) as { readonly id?: unknown };
  const gone = { rpId: relyingParty.id, credentialId: String(id) };
  return html`<span hidden data-unknown-passkey=${JSON.stringify(gone)} />`;
}
