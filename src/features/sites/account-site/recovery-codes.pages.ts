import { textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { regenerateRecoveryCodes } from '../../sign-in/factors/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, form } from './forms.ts';
import { html } from './html.ts';
import { ownOf } from './members.ts';
import { codesShown, ownerWords } from './recovery-code-views.ts';
import type { AccountSite } from './site.pages.ts';

/** Ten codes as the page sends them: nothing else becomes a file of ours. */
const codesForm = /^(?:\d{1,2}(?:-[0-9A-Z]{4}){4}(?: |$)){1,10}$/;

/** New recovery codes in place of the old ones, and the file of those that were just shown. */
export function recoveryCodesPages(site: AccountSite, deps: AccountSiteDeps): void {
  site.addPage({
    path: 'security/recovery-codes/',
    title: 'codes.make_title',
    auth: { kind: 'account' },
    recentAuth: true,
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    view({ say, root }) {
      return html`
        <div class="card">
          <p>${say('codes.make_text')}</p>
          ${form(html`
            <div class="buttons">
              ${button(say, 'codes.make')}
              <a href=${`${root}account/security/`}>${say('site.cancel')}</a>
            </div>`)}
        </div>`;
    },
    async act(visit) {
      const codes = await regenerateRecoveryCodes(deps, ownOf(visit));
      const about = { codes, email: ownOf(visit).email, added: 'notice.codes_replaced' } as const;
      return codesShown(visit, deps, about);
    },
  });

  site.addPage({
    path: 'security/recovery-codes/file/',
    title: 'codes.title',
    auth: { kind: 'account' },
    recentAuth: false, // the page that sends them has just shown them
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    view({ say, link }) {
      return html`<p><a href=${link('security/')}>${say('security.title')}</a></p>`;
    },
    async act(visit, body) {
      const codes = textMember(body, 'codes') ?? '';
      if (!codesForm.test(codes)) throw new AppError('not_found');
      const owner = ownerWords(visit, deps, ownOf(visit).email);
      const lines = [owner, '', ...codes.split(' '), ''];
      return {
        kind: 'download',
        fileName: 'recovery-codes.txt',
        type: 'text/plain; charset=utf-8',
        content: lines.join('\n'),
      };
    },
  });
}
