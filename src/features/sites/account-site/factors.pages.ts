import { textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { removeOwnFactor, renameOwnFactor } from '../../sign-in/factors/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, checkbox, field, form } from './forms.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import { findOwnFactors, type OwnFactor } from './own-factors.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

/** Renaming an authenticator app or a passkey, and removing it. */
export function factorPages(site: AccountSite, deps: AccountSiteDeps): void {
  /**
   * The factor that the URL names. `isLast`: there is no other. `isRequired`: the user is obliged to have it, so it stays.
   *
   * @throws AppError `not_found`
   */
  async function find(
    visit: Visit,
  ): Promise<{ factor: OwnFactor; isLast: boolean; isRequired: boolean }> {
    const { kind, id } = visit.query;
    const { id: userId, factorLevel } = ownOf(visit);
    const { factors, requirement } = await findOwnFactors(deps, userId);
    const factor = factors.find((one) => one.kind === kind && String(one.id) === id);
    if (!factor) throw new AppError('not_found');
    const isLast = factors.length === 1;
    const isLastPasskey =
      kind === 'passkey' && factors.filter((one) => one.kind === kind).length === 1;
    // What counts is what removing it would take away.
    const heldLevel = Math.min(requirement.requiredLevel, factorLevel);
    const isRequired = (isLast && heldLevel > 1) || (isLastPasskey && heldLevel === 3);
    return { factor, isLast, isRequired };
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
      const { factor, isLast, isRequired } = await find(visit);
      const { name } = factor;
      const isApp = factor.kind === 'totp';
      const title = isApp ? 'remove.app_title' : 'remove.passkey_title';
      if (isRequired) return { kind: 'shown', title, body: requiredPart(visit, factor) };
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
      return { kind: 'shown', title, body };
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

/** What stands in place of the form for a factor that has to stay: another one comes first. */
function requiredPart({ say, root }: Visit, { kind, name }: OwnFactor): Html {
  const isApp = kind === 'totp';
  const add = `${root}account/security/${isApp ? 'app' : 'passkey'}/`;
  return html`
    <div class="card">
      <p>${say('remove.required_text', { name })}</p>
      <div class="buttons">
        <a class="button main" href=${add}>${say(isApp ? 'security.add_app' : 'security.add_passkey')}</a>
        <a href=${`${root}account/security/`}>${say('site.cancel')}</a>
      </div>
    </div>`;
}
