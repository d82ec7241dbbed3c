import { textMember } from '../../../contract/fields.ts';
import { normalizeEmail } from '../../identity/users/index.ts';
import {
  beginEmailVerification,
  confirmEmailVerification,
} from '../../self-service/email-verification/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { codeForm } from './flow-views.ts';
import { askerOf, createFlowVisits, proofBody, withReturnTo } from './flow-visits.ts';
import { button, form } from './forms.ts';
import { html } from './html.ts';
import { ownOf } from './members.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo } from './visits.pages.ts';

/**
 * The proof of the own email. It takes a session of the account, also where the link is opened in another browser: else
 * who registered with the email of somebody else could have its owner prove it for them.
 */
export function verifyPages(site: AccountSite, deps: AccountSiteDeps): void {
  const flows = createFlowVisits(deps, 'email_verification', {
    path: 'account/verify/',
    name: 'latchkey_verify',
  });

  /** Where the link of a mail leads: it is kept, also for after the sign-in. */
  site.addPage({
    path: 'verify/link/',
    title: 'verify.title',
    auth: { kind: 'public' },
    async view(visit) {
      const toPage = (await flows.takeLink(visit)) ?? flows.toPage(visit);
      if (await site.findSignedIn(visit)) return toPage;
      const back = withReturnTo('account/sign-in/', `/${String(toPage.to)}`);
      return goTo(back, { notice: 'notice.sign_in_to_verify' });
    },
  });

  site.addPage({
    path: 'verify/',
    title: 'verify.title',
    auth: { kind: 'account' },
    recentAuth: false, // whoever reads the mail proves no more than that
    limits: ['CHANGES_PER_USER'],
    async view(visit, state) {
      const { say, root } = visit;
      const { id, email, isEmailVerified } = ownOf(visit);
      // One that mail came back from is confirmed again.
      if (
        isEmailVerified &&
        !(await deps.mail.isBounced(deps.database.db, normalizeEmail(email)))
      ) {
        return html`
          <div>
            <p>${say('verify.done_text', { email })}</p>
            <p><a href=${`${root}account/`}>${say('nav.overview')}</a></p>
          </div>`;
      }
      const flow = await flows.state(visit);
      // Who is signed in here is known: in no browser does the link of their own mail take its code.
      const isTheirs = 'open' in flow && flow.open.userId === id;
      const ask = html`
        ${form(button(say, 'verify.ask', { name: 'action', value: 'send', kind: isTheirs ? 'plain' : 'main' }))}`;
      if (!isTheirs) {
        const text = flow.kind === 'none' ? 'verify.text' : 'verify.expired_text';
        return html`<div><p>${say(text, { email })}</p>${ask}</div>`;
      }
      const shown =
        flow.kind === 'elsewhere' ? ({ ...flow, kind: 'linked', flow: '' } as const) : flow;
      return codeForm(visit, state, shown, {
        linkedText: say('verify.linked_text', { email }),
        submit: 'verify.submit',
      });
    },
    async act(visit, body) {
      const own = ownOf(visit);
      const action = textMember(body, 'action');
      if (action === 'send' || action === 'resend') {
        const { flow } = await beginEmailVerification(deps, own, askerOf(visit, deps));
        flows.begin(visit, flow);
        return flows.toPage(visit, { notice: 'notice.mail_sent' });
      }
      const state = await flows.state(visit);
      const sent =
        state.kind === 'elsewhere' ? { value: { token: state.token } } : proofBody(state, body, []);
      await confirmEmailVerification(deps, own, sent);
      flows.forget(visit);
      return goTo(visit.returnTo ?? 'account/', { notice: 'notice.email_verified' });
    },
  });
}
