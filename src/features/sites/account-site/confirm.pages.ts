import { textMember } from '../../../contract/fields.ts';
import { reauthenticate, reauthenticationOptions } from '../../self-service/profile/index.ts';
import { type FactorKind, findUsableMethods } from '../../sign-in/factors/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { factorMembers } from './factor-body.ts';
import {
  accountHint,
  button,
  codeField,
  currentPasswordField,
  type FormState,
  form,
} from './forms.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import { noPasswordView, signInAgainForm } from './no-password.ts';
import { passkeyForm, passkeysMissing } from './passkey-views.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

/** Where a page leads that takes recent authentication: by the password, or by a factor where the user has one. */
export function confirmPage(site: AccountSite, deps: AccountSiteDeps): void {
  site.addPage({
    path: 'confirm/',
    title: 'confirm.title',
    auth: { kind: 'account' },
    recentAuth: false, // it is where one gets it
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    async view(visit, state) {
      const { returnTo } = visit;
      const { id, factorLevel } = ownOf(visit);
      const next = returnTo?.text ?? '/account/';
      const findMethods = () => findUsableMethods(deps, deps.database.db, id);
      if (factorLevel > 1) {
        const methods = await findMethods();
        const isAsked = methods.includes('totp') || methods.includes('passkey');
        if (!isAsked) return noFactorView(visit, next, methods);
        return factorView(visit, state, { deps, methods });
      }
      const withoutPassword = await noPasswordView(deps, visit, next);
      if (!withoutPassword) return passwordView(visit, state);
      const methods = await findMethods();
      // One that was made without asking is not a second factor, and it is all that they have.
      if (!methods.includes('passkey')) return withoutPassword;
      return html`<div>${await factorView(visit, state, { deps, methods })}${withoutPassword}</div>`;
    },
    async act(visit, body) {
      const password = textMember(body, 'password');
      const value = password === undefined ? factorMembers(body) : { password };
      await reauthenticate(deps, ownOf(visit), { value });
      visit.setCookie(await deps.accountSession.exchange(visit.request));
      return goTo(visit.returnTo ?? 'account/');
    },
  });
}

function passwordView(visit: Visit, state: FormState): Html {
  const { say, root } = visit;
  const { email } = ownOf(visit);
  return html`
    <div class="card">
      <p>${say('confirm.text', { email })}</p>
      ${form(html`
        ${accountHint(email)}
        ${currentPasswordField({ say, form: state }, { hasFocus: true })}
        <div class="buttons">
          ${button(say, 'confirm.submit')}
          <a href=${`${root}account/`}>${say('site.cancel')}</a>
        </div>`)}
    </div>`;
}

async function factorView(
  visit: Visit,
  state: FormState,
  { deps, methods }: { readonly deps: AccountSiteDeps; readonly methods: readonly FactorKind[] },
): Promise<Html> {
  const { say, root } = visit;
  const { email } = ownOf(visit);
  const isByApp = methods.includes('totp');
  const cancel = html`<a href=${`${root}account/`}>${say('site.cancel')}</a>`;
  const passkeys =
    methods.includes('passkey') &&
    passkeyForm(say, {
      kind: 'get',
      options: { publicKey: (await reauthenticationOptions(deps, ownOf(visit))).public_key },
      submit: 'passkey.use',
      buttonKind: isByApp ? 'plain' : 'main',
    });
  return html`
    <div class="card">
      <p>${say(isByApp ? 'confirm.code_text' : 'confirm.passkey_text', { email })}</p>
      ${
        isByApp &&
        form(html`
          ${codeField({ say, form: state }, { hint: say('field.app_code_hint'), hasFocus: true })}
          <div class="buttons">${button(say, 'confirm.submit')}${cancel}</div>`)
      }
      ${isByApp && passkeys && html`<p class="or scripted">${say('passkey.or')}</p>`}
      ${passkeys}
      ${!isByApp && html`<div>${passkeysMissing(say)}<p>${cancel}</p></div>`}
    </div>`;
}

/** All that they have are passkeys of another domain. Recovery codes are for signing in alone, which is recent as well. */
function noFactorView(visit: Visit, next: string, methods: readonly FactorKind[]): Html {
  const { say, root } = visit;
  return html`
    <div class="card">
      ${
        methods.includes('recovery_code')
          ? html`<div><p>${say('confirm.recovery_text')}</p>${signInAgainForm(visit, next)}</div>`
          : html`<p>${say('second_factor.none')}</p>`
      }
      <p><a href=${`${root}account/`}>${say('site.cancel')}</a></p>
    </div>`;
}
