import { AppError } from '../../../errors/index.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { beginEmailChange, confirmEmailChange } from '../../self-service/profile/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { codeForm, nothingOfFlow } from './flow-views.ts';
import { createFlowVisits, proofBody, withReturnTo } from './flow-visits.ts';
import { button, emailField, form } from './forms.ts';
import { html } from './html.ts';
import { ownOf } from './members.ts';
import { ownerProof } from './owner-proof.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

/**
 * Changing the email: the new one is proven first, in the browser that began it or in one that is signed in to the account.
 * Else its owner could prove it for somebody who has named it as theirs.
 */
export function emailPages(site: AccountSite, deps: AccountSiteDeps): void {
  const flows = createFlowVisits(deps, 'email_change', {
    path: 'account/email/confirm/',
    name: 'latchkey_email',
  });
  const contextOf = ({ language, request }: Visit) => ({
    languages: [language],
    publicUrl: publicUrlOf(request.server, deps),
  });

  site.addPage({
    path: 'email/',
    title: 'email.title',
    auth: { kind: 'account' },
    recentAuth: false, // it takes the password, or that of who has none or a second factor
    limits: ['CHANGES_PER_USER'],
    async view(visit, state) {
      deps.mail.requireAvailable();
      const { say, root } = visit;
      const view = { say, form: state };
      const { email } = ownOf(visit);
      return html`
        <div>
          <p>${say('email.text', { email })}</p>
          ${form(html`
            ${emailField(view, { label: 'email.new', autocomplete: 'email', hasFocus: true })}
            ${await ownerProof(visit, state, deps)}
            <div class="buttons">
              ${button(say, 'email.ask')}
              <a href=${`${root}account/`}>${say('site.cancel')}</a>
            </div>`)}
        </div>`;
    },
    async act(visit, body) {
      const own = { ...ownOf(visit), ...contextOf(visit) };
      const { flow } = await beginEmailChange(deps, own, body);
      flows.begin(visit, flow);
      return flows.toPage(visit);
    },
  });

  site.addPage({
    path: 'email/confirm/',
    title: 'email.confirm_title',
    auth: { kind: 'public' },
    limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'],
    async view(visit, state) {
      const linked = await flows.takeLink(visit);
      if (linked) return linked;
      const { say } = visit;
      const flow = await flows.state(visit);
      if (flow.kind === 'none' || flow.kind === 'expired') {
        deps.mail.requireAvailable();
        return nothingOfFlow(visit, state, flow, { path: 'email/', text: 'flow.ask_again' });
      }
      if (flow.kind === 'elsewhere' && (await site.findSignedIn(visit))?.id !== flow.open.userId) {
        const back = withReturnTo('account/sign-in/', '/account/email/confirm/');
        return goTo(back, { notice: 'notice.sign_in_to_change' });
      }
      const { email } = flow.open;
      const shown =
        flow.kind === 'elsewhere' ? ({ ...flow, kind: 'linked', flow: '' } as const) : flow;
      return codeForm(visit, state, shown, {
        begunText: say('email.begun_text', { email }),
        linkedText: say('email.linked_text', { email }),
        submit: 'email.submit',
        elsewhere: { path: 'email/', text: 'flow.ask_again' }, // that takes the password again
      });
    },
    async act(visit, body) {
      const { request } = visit;
      const from = { ...visitorOf(request), ...contextOf(visit) };
      const state = await flows.state(visit);
      if (state.kind === 'elsewhere') {
        const own = await site.findSignedIn(visit);
        if (!own) throw new AppError('flow_expired');
        const actor = { kind: 'user', id: own.id, ip: from.ip } as const;
        const sent = { value: { token: state.token } };
        await confirmEmailChange(deps, { ...from, id: own.id, actor }, sent);
      } else {
        const by = { ...from, isOwnBrowser: true };
        await confirmEmailChange(deps, by, proofBody(state, body, []));
      }
      flows.forget(visit);
      return goTo('account/', { notice: 'notice.email_changed' });
    },
  });
}
