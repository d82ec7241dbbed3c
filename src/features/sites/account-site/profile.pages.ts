import { textMember } from '../../../contract/fields.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { changeOwnProfile } from '../../self-service/profile/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, field, form } from './forms.ts';
import { html } from './html.ts';
import { ownOf } from './members.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo } from './visits.pages.ts';

/** Changing the username. */
export function profilePage(site: AccountSite, deps: AccountSiteDeps): void {
  site.addPage({
    path: 'profile/',
    title: 'profile.title',
    auth: { kind: 'account' },
    recentAuth: false,
    limits: ['CHANGES_PER_USER'],
    view(visit, state) {
      const { say, root } = visit;
      return html`
        <div class="card">
          ${form(html`
            ${field(
              { say, form: state },
              {
                name: 'username',
                label: 'field.username',
                autocomplete: 'off', // a password manager would take it for what one signs in with
                hint: say('profile.username_hint'),
                value: ownOf(visit).username,
                isOptional: true,
              },
            )}
            <div class="buttons">
              ${button(say, 'profile.submit')}
              <a href=${`${root}account/`}>${say('site.cancel')}</a>
            </div>`)}
        </div>`;
    },
    async act(visit, body) {
      const own = ownOf(visit);
      const username = textMember(body, 'username');
      const context = {
        languages: [visit.language],
        publicUrl: publicUrlOf(visit.request.server, deps),
      };
      await changeOwnProfile(deps, { ...own, ...context }, { value: { username } }, own.actor);
      return goTo('account/', { notice: 'notice.profile_changed' });
    },
  });
}
