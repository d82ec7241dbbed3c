import { textMember } from '../../../contract/fields.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { changeOwnProfile } from '../../self-service/profile/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, field, form, select } from './forms.ts';
import { html } from './html.ts';
import { languageName, languagesOf } from './language.ts';
import { ownOf } from './members.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo } from './visits.pages.ts';

/** Changing the username, and the language of mails and pages. */
export function profilePage(site: AccountSite, deps: AccountSiteDeps): void {
  site.addPage({
    path: 'profile/',
    title: 'profile.title',
    auth: { kind: 'account' },
    recentAuth: false,
    limits: ['CHANGES_PER_USER'],
    view(visit, state) {
      const { say, root } = visit;
      const view = { say, form: state };
      const { username, locale } = ownOf(visit);
      const tags = languagesOf(locale, deps.mail.languages);
      return html`
        <div class="card">
          ${form(html`
            ${field(view, {
              name: 'username',
              label: 'field.username',
              autocomplete: 'off', // a password manager would take it for what one signs in with
              hint: say('profile.username_hint'),
              value: username,
              isOptional: true,
            })}
            ${select(view, {
              name: 'locale',
              label: 'field.locale',
              hint: say('profile.locale_hint'),
              choices: [
                { value: '', text: say('overview.no_locale') },
                ...tags.map((tag) => ({ value: tag, text: languageName(tag) })),
              ],
              value: locale ?? '',
            })}
            <div class="buttons">
              ${button(say, 'profile.submit')}
              <a href=${`${root}account/`}>${say('site.cancel')}</a>
            </div>`)}
        </div>`;
    },
    async act(visit, body) {
      const own = ownOf(visit);
      const username = textMember(body, 'username');
      const locale = textMember(body, 'locale');
      const value = {
        ...(username !== undefined && { username }),
        ...(locale !== undefined && { locale }),
      };
      const context = {
        languages: [visit.language],
        publicUrl: publicUrlOf(visit.request.server, deps),
      };
      await changeOwnProfile(deps, { ...own, ...context }, { value }, own.actor);
      // What was chosen at the foot of a page would come first.
      if (locale !== undefined && locale !== (own.locale ?? '')) visit.forgetLanguage();
      return goTo('account/', { notice: 'notice.profile_changed' });
    },
  });
}
