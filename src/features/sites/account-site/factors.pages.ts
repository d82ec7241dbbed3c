import { textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { removeOwnFactor, renameOwnFactor } from '../../sign-in/factors/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, checkbox, field, form } from './forms.ts';
import { html } from './html.ts';
import { ownOf } from './members.ts';
import { findOwnFactors, type OwnFactor } from './own-factors.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

/** Renaming an authenticator app or a passkey, and removing it. */
export function factorPages(site: AccountSite, deps: AccountSiteDeps): void {
  /**
   * The factor that the URL names, and how many there are.
   *
   * @throws AppError `not_found`
   */
  async function find(visit: Visit): Promise<{ factor: OwnFactor; isLast: boolean }> {
    const { kind, id } = visit.query;
    const { factors } = await findOwnFactors(deps, ownOf(visit).id);
    const factor = factors.find((one) => one.kind === kind && String(one.id) === id);
    if (!factor) throw new AppError('not_found');
    return { factor, isLast: factors.length === 1 };
  }

  site.addPage({
    path: 'security/rename/',
    title: 'rename.title',
    auth: { kind: 'account' },
    recentAuth: false, // a name opens nothing
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    async view(visit, state) {
      const { say, root } = visit;
      const { factor } = await find(visit);
      const title = factor.kind === 'totp' ? 'rename.app_title' : 'rename.passkey_title';
      const body = html`
        <div class="card">
          ${form(html`
            ${field(
              { say, form: state },
              {
                name: 'name',
                label: 'field.name',
                autocomplete: 'off',
                value: factor.name,
                maxLength: 50,
              },
            )}
            <div class="buttons">
              ${button(say, 'rename.submit')}
              <a href=${`${root}account/security/`}>${say('site.cancel')}</a>
            </div>`)}
        </div>`;
      return { kind: 'shown', title, body };
    },
    async act(visit, body) {
      const { factor } = await find(visit);
      const value = { name: textMember(body, 'name') ?? '' };
      await renameOwnFactor(deps, ownOf(visit), { factor: factor.kind, id: factor.id }, { value });
      return goTo('account/security/', { notice: 'notice.factor_renamed' });
    },
  });

  site.addPage({
    path: 'security/remove/',
    title: 'remove.title',
    auth: { kind: 'account' },
    recentAuth: true,
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    async view(visit, state) {
      const { say, root } = visit;
      const { factor, isLast } = await find(visit);
      const { name } = factor;
      const isApp = factor.kind === 'totp';
      const body = html`
        <div class="card">
          <p>${say(isApp ? 'remove.app_text' : 'remove.passkey_text', { name })}</p>
          ${isLast && html`<p><strong>${say('remove.last_text')}</strong></p>`}
          ${form(html`
            ${checkbox({ say, form: state }, 'end_other_sessions')}
            <div class="buttons">
              ${button(say, 'remove.submit', { kind: 'danger' })}
              <a href=${`${root}account/security/`}>${say('site.cancel')}</a>
            </div>`)}
        </div>`;
      return { kind: 'shown', title: isApp ? 'remove.app_title' : 'remove.passkey_title', body };
    },
    async act(visit, body) {
      const { factor } = await find(visit);
      const isApp = factor.kind === 'totp';
      const value = { end_other_sessions: Boolean(textMember(body, 'end_other_sessions')) };
      await removeOwnFactor(deps, ownOf(visit), { factor: factor.kind, id: factor.id }, { value });
      const notice = isApp ? 'notice.app_removed' : 'notice.passkey_removed';
      return goTo('account/security/', { notice });
    },
  });
}
