import {
  deleteOwnAccount,
  exportFileName,
  exportOwnData,
} from '../../self-service/profile/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, form } from './forms.ts';
import { html } from './html.ts';
import { ownOf } from './members.ts';
import { ownerProof } from './owner-proof.ts';
import type { AccountSite } from './site.pages.ts';
import { forgetTypedEmails } from './typed-email.ts';
import { goTo } from './visits.pages.ts';

/** Taking the data of the account along, and deleting it. */
export function dataPages(site: AccountSite, deps: AccountSiteDeps): void {
  site.addPage({
    path: 'export/',
    title: 'data.title',
    auth: { kind: 'account' },
    recentAuth: true,
    limits: ['EXPORTS_PER_USER'],
    view({ say, root }) {
      return html`
        <div>
          <section class="card">
            <h2>${say('export.title')}</h2>
            <p>${say('export.text')}</p>
            ${form(button(say, 'export.submit'))}
          </section>
          <section class="card">
            <h2>${say('delete.title')}</h2>
            <p>${say('delete.short')}</p>
            <p><a class="button danger" href=${`${root}account/delete/`}>${say('delete.link')}</a></p>
          </section>
        </div>`;
    },
    async act(visit) {
      const exported = await exportOwnData(deps, ownOf(visit));
      const content = `${JSON.stringify(exported, null, 2)}\n`;
      return { kind: 'download', fileName: exportFileName, type: 'application/json', content };
    },
  });

  site.addPage({
    path: 'delete/',
    title: 'delete.title',
    auth: { kind: 'account' },
    recentAuth: false, // it takes the password, or that of who has none or a second factor
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    async view(visit, state) {
      const { say, root } = visit;
      const { email } = ownOf(visit);
      return html`
        <div class="card">
          <p>${say('delete.text', { email })}</p>
          <p><strong>${say('delete.warning')}</strong></p>
          ${form(html`
            ${await ownerProof(visit, state, deps)}
            <div class="buttons">
              ${button(say, 'delete.submit', { kind: 'danger' })}
              <a href=${`${root}account/`}>${say('site.cancel')}</a>
            </div>`)}
        </div>`;
    },
    async act(visit, body) {
      await deleteOwnAccount(deps, ownOf(visit), body);
      visit.setCookie(deps.accountSession.forget(visit.request));
      forgetTypedEmails(visit, deps);
      return goTo('account/sign-in/', { notice: 'notice.account_deleted' });
    },
  });
}
