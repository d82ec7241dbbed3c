import { AppError } from '../../../errors/index.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { anonymousActor } from '../../platform/audit/index.ts';
import { applicantOf, register } from '../../self-service/registration/index.ts';
import { login } from '../../sign-in/login/index.ts';
import { sessionOriginOf } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, emailField, form, newPasswordField } from './forms.ts';
import { html } from './html.ts';
import { afterSignIn } from './sign-in.pages.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo } from './visits.pages.ts';

/** Making an account. */
export function signUpPage(site: AccountSite, deps: AccountSiteDeps): void {
  const { settings, limits, accountSession } = deps;

  site.addPage({
    path: 'sign-up/',
    title: 'sign_up.title',
    auth: { kind: 'public' },
    limits: ['REGISTRATIONS_PER_ACCOUNT', 'REGISTRATIONS_PER_NETWORK'],
    isSameForStrangers: true,
    async view(visit, state) {
      const { say, link } = visit;
      if (await site.findSignedIn(visit)) return afterSignIn(visit);
      const view = { say, form: state };
      return html`
        <div>
          ${form(html`
            ${emailField(view, { hasFocus: true })}
            ${newPasswordField(view, settings.get('PASSWORD_MIN_LENGTH'), { label: 'field.password' })}
            ${button(say, 'sign_up.submit')}`)}
          <p>${say('sign_up.have_account')} <a href=${link('sign-in/')}>${say('sign_in.title')}</a></p>
        </div>`;
    },
    async act(visit, body) {
      const { request } = visit;
      const actor = anonymousActor(request);
      await limits.count('REGISTRATIONS_PER_NETWORK', countedNetwork(request.ip));
      const publicUrl = publicUrlOf(request.server, deps);
      const applicant = { ...applicantOf(request), languages: [visit.language], publicUrl };
      await register(deps, body, applicant);
      try {
        const origin = sessionOriginOf(request);
        const pair = await login(deps, body, { origin, authorization: undefined });
        visit.setCookie(await accountSession.begin(request, actor, pair.refresh_token));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        // The account is there; something else keeps its user from signing in now.
        return goTo('account/sign-in/', { notice: 'notice.signed_up' });
      }
      return afterSignIn(visit);
    },
  });
}
