import { type Body, textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { anonymousActor } from '../../platform/audit/index.ts';
import { login, loginLimitNames } from '../../sign-in/login/index.ts';
import { signInWithPasskey } from '../../sign-in/passkey-sign-in/index.ts';
import { sessionOriginOf } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { credentialOf } from './factor-body.ts';
import { button, checkbox, currentPasswordField, emailField, form } from './forms.ts';
import { html } from './html.ts';
import { passkeyForm, unknownPasskey } from './passkey-views.ts';
import { createProofVisits } from './prove.pages.ts';
import { createRememberedDevice } from './remembered-device.ts';
import { createSecondSteps } from './second-steps.ts';
import type { AccountSite } from './site.pages.ts';
import type { NoticeName } from './texts/texts.ts';
import { forgetTypedEmails } from './typed-email.ts';
import { goTo, type Visit } from './visits.pages.ts';

/** Where somebody goes who has signed in, or is signed in already. */
export const afterSignIn = ({ returnTo }: Visit, notice?: NoticeName) =>
  goTo(returnTo ?? 'account/', notice && { notice });

/** Whether the browser is to stay signed in when it is closed. */
export const isToBeKept = (body: Body) => Boolean(textMember(body, 'keep'));

/** Signing in with a password or a passkey, and signing out. */
export function signInPages(site: AccountSite, deps: AccountSiteDeps): void {
  const { accountSession } = deps;
  const proofs = createProofVisits(deps);
  const steps = createSecondSteps(deps);
  const device = createRememberedDevice(deps);

  site.addPage({
    path: 'sign-in/',
    title: 'sign_in.title',
    auth: { kind: 'public' },
    limits: loginLimitNames,
    isSameForStrangers: true,
    async view(visit, state) {
      const { say, link, root } = visit;
      if (await site.findSignedIn(visit)) return afterSignIn(visit);
      const view = { say, form: state };
      const email = steps.typedEmail(visit) ?? '';
      const { isAvailable: hasMail } = deps.mail;
      const mode = deps.settings.get('REGISTRATION_MODE');
      const canSignUp = mode === 'open' || (mode === 'verify_first' && hasMail);
      return html`
        <div>
          ${form(html`
            ${emailField(view, { hasFocus: email === '', autocomplete: 'username webauthn', value: email })}
            ${currentPasswordField(view, { hasFocus: email !== '' })}
            ${checkbox(view, 'keep')}
            ${button(say, 'sign_in.submit')}`)}
          ${
            deps.relyingParty &&
            html`<div>
              <p class="or scripted">${say('passkey.or')}</p>
              ${passkeyForm(say, {
                kind: 'get',
                options: { url: `${root}api/login/passkey/options/` },
                submit: 'passkey.sign_in',
                isInAutofill: true,
              })}
              ${unknownPasskey(state, deps)}
            </div>`
          }
          ${hasMail && html`<p><a href=${link('forgot/')}>${say('sign_in.forgot')}</a></p>`}
          ${hasMail && deps.settings.get('MAIL_SIGN_IN') && html`<p><a href=${link('mail-sign-in/')}>${say('mail_sign_in.title')}</a></p>`}
          ${canSignUp && html`<p>${say('sign_in.no_account')} <a href=${link('sign-up/')}>${say('sign_in.sign_up')}</a></p>`}
        </div>`;
    },
    async act(visit, body) {
      const { request } = visit;
      const earlier = accountSession.token(request);
      const client = {
        origin: sessionOriginOf(request),
        authorization: earlier && `Bearer ${earlier}`,
        deviceToken: device.token(request),
      };
      const isKept = isToBeKept(body);
      const credential = credentialOf(body);
      if (credential) {
        const start = () => signInWithPasskey(deps, client.origin, credential);
        return steps.signIn(visit, start, { isKept });
      }
      try {
        return await steps.signIn(visit, () => login(deps, body, client), { isKept });
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'email_not_verified')) throw error;
        return proofs.start(visit, body);
      }
    },
  });

  site.addPage({
    path: 'sign-out/',
    title: 'sign_out.title',
    auth: { kind: 'public' },
    limits: ['REFRESHES_PER_NETWORK'],
    async view(visit) {
      const { say, link } = visit;
      const principal = await site.findSignedIn(visit);
      if (!principal) {
        return html`
          <div>
            <p>${say('sign_out.not_signed_in')}</p>
            <p><a href=${link('sign-in/')}>${say('sign_in.title')}</a></p>
          </div>`;
      }
      return html`
        <div>
          <p>${say('sign_out.text', { email: principal.email })}</p>
          ${form(button(say, 'sign_out.submit'))}
        </div>`;
    },
    async act(visit) {
      const { request } = visit;
      await deps.limits.count('REFRESHES_PER_NETWORK', countedNetwork(request.ip));
      visit.setCookie(await accountSession.end(request, anonymousActor(request)));
      forgetTypedEmails(visit, deps);
      return goTo(visit.returnTo ?? 'account/sign-in/', { notice: 'notice.signed_out' });
    },
  });
}
