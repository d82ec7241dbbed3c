import { type Body, textMember } from '../../../contract/fields.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { checkUndoCode, undoEmailChange } from '../../self-service/profile/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, codeField, form } from './forms.ts';
import { html } from './html.ts';
import { createLinkVisits } from './link-visits.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo } from './visits.pages.ts';

/** Undoing a change of the email, from the old one. It takes the code of the same mail: scanners press buttons too. */
export function undoPage(site: AccountSite, deps: AccountSiteDeps): void {
  const links = createLinkVisits(deps, { path: 'account/undo/', name: 'latchkey_undo' });

  site.addPage({
    path: 'undo/',
    title: 'undo.title',
    auth: { kind: 'public' },
    limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'],
    view(visit, state) {
      const linked = links.takeLink(visit);
      if (linked) return linked;
      const { say } = visit;
      if (links.token(visit) === undefined) return html`<p>${say('undo.no_link')}</p>`;
      return html`
        <div>
          <p>${say('undo.text')}</p>
          ${form(html`
            ${codeField({ say, form: state }, { hasFocus: true })}
            ${button(say, 'undo.submit', { kind: 'danger' })}`)}
        </div>`;
    },
    async act(visit, body: Body) {
      const token = links.token(visit) ?? '';
      const visitor = {
        ...visitorOf(visit.request),
        languages: [visit.language],
        publicUrl: publicUrlOf(visit.request.server, deps),
      };
      await checkUndoCode(deps, visitor, { token, code: textMember(body, 'code') ?? '' });
      await undoEmailChange(deps, visitor, { value: { token } });
      links.forget(visit);
      return goTo('account/forgot/', { notice: 'notice.email_restored' });
    },
  });
}
