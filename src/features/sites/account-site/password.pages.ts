import { findPasswordHash } from '../../identity/users/index.ts';
import { changeOwnPassword } from '../../self-service/profile/index.ts';
import { requireRecentAuth } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { accountHint, button, currentPasswordField, form, newPasswordField } from './forms.ts';
import { html } from './html.ts';
import { ownOf } from './members.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo } from './visits.pages.ts';

/** Changing the password. */
export function passwordPage(site: AccountSite, deps: AccountSiteDeps): void {
  const { accountSession, settings } = deps;

  site.addPage({
    path: 'password/',
    title: 'password.title',
    auth: { kind: 'account' },
    recentAuth: false, // it takes the password, or that of who has none
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    async view(visit, state) {
      const { say, root } = visit;
      const own = ownOf(visit);
      const hasPassword = (await findPasswordHash(deps.database.db, own.id)) !== null;
      if (!hasPassword || own.factorLevel > 1) requireRecentAuth(deps, own);
      const view = { say, form: state };
      const minLength = settings.get('PASSWORD_MIN_LENGTH');
      const body = html`
        <div class="card">
          <p>${say('password.text')}</p>
          ${form(html`
            ${accountHint(own.email)}
            ${hasPassword && currentPasswordField(view, { name: 'current_password', label: 'field.current_password' })}
            ${newPasswordField(view, minLength, { name: 'new_password' })}
            <div class="buttons">
              ${button(say, hasPassword ? 'password.submit' : 'reset.submit')}
              <a href=${`${root}account/`}>${say('site.cancel')}</a>
            </div>`)}
        </div>`;
      return { kind: 'shown', title: hasPassword ? 'password.title' : 'reset.title', body };
    },
    async act(visit, body) {
      await changeOwnPassword(deps, ownOf(visit), body);
      visit.setCookie(await accountSession.exchange(visit.request));
      return goTo('account/', { notice: 'notice.password_changed' });
    },
  });
}
