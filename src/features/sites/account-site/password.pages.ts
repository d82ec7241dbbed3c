import { changeOwnPassword } from '../../self-service/profile/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { accountHint, button, currentPasswordField, form, newPasswordField } from './forms.ts';
import { html } from './html.ts';
import { ownOf } from './members.ts';
import { noPasswordView } from './no-password.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo } from './visits.pages.ts';

/** Changing the password. */
export function passwordPage(site: AccountSite, deps: AccountSiteDeps): void {
  const { accountSession, settings } = deps;

  site.addPage({
    path: 'password/',
    title: 'password.title',
    auth: { kind: 'account' },
    recentAuth: false, // it takes the current password
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    async view(visit, state) {
      const withoutPassword = await noPasswordView(deps, visit);
      if (withoutPassword) return withoutPassword;
      const { say, root } = visit;
      const view = { say, form: state };
      const minLength = settings.get('PASSWORD_MIN_LENGTH');
      return html`
        <div class="card">
          <p>${say('password.text')}</p>
          ${form(html`
            ${accountHint(ownOf(visit).email)}
            ${currentPasswordField(view, { name: 'current_password', label: 'field.current_password' })}
            ${newPasswordField(view, minLength, { name: 'new_password' })}
            <div class="buttons">
              ${button(say, 'password.submit')}
              <a href=${`${root}account/`}>${say('site.cancel')}</a>
            </div>`)}
        </div>`;
    },
    async act(visit, body) {
      await changeOwnPassword(deps, ownOf(visit), body);
      visit.setCookie(await accountSession.exchange(visit.request));
      return goTo('account/', { notice: 'notice.password_changed' });
    },
  });
}
