import { type Body, textMember } from '../../../contract/fields.ts';
import { findFlow } from '../../identity/flows/index.ts';
import { normalizeEmail } from '../../identity/users/index.ts';
import {
  beginEmailVerification,
  confirmEmailVerification,
} from '../../self-service/email-verification/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { codeForm, isExpirySaid } from './flow-views.ts';
import {
  askerOf,
  createFlowVisits,
  type FlowState,
  proofBody,
  withReturnTo,
} from './flow-visits.ts';
import { button, form } from './forms.ts';
import { html } from './html.ts';
import { ownOf } from './members.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

/**
 * The proof of the user's email. It needs a session of the account, even if the link is opened in another browser:
 * else a person who registered with the email of another one could have its owner prove it for them.
 */
export function verifyPages(site: AccountSite, deps: AccountSiteDeps): void {
  const flows = createFlowVisits(deps, 'email_verification', {
    path: 'account/verify/',
    name: 'latchkey_verify',
  });

  /**
   * How far the user who is signed in is with the proof. That they are is known, so the link of their own mail takes its
   * code in no browser; and the code alone is enough, as of the mail after the registration, whose flow nobody is told.
   */
  async function stateOf(visit: Visit): Promise<FlowState> {
    const { id: userId, email } = ownOf(visit);
    const state = await flows.state(visit);
    if ('open' in state && state.open.userId === userId) {
      return state.kind === 'elsewhere' ? { ...state, kind: 'linked', flow: '' } : state;
    }
    const key = { purpose: 'email_verification', nowMs: deps.clock.nowMs() } as const;
    const open = await findFlow(deps.database.db, key, { userId });
    const isOfEmail = open?.email === normalizeEmail(email);
    if (open && isOfEmail)
      return { kind: 'begun', open, flow: '', isLinkExpired: state.kind !== 'none' };
    return { kind: state.kind === 'none' ? 'none' : 'expired' };
  }

  function proofOf(state: FlowState, body: Body): Body {
    const isOfUser = state.kind === 'begun' && state.flow === '';
    return isOfUser
      ? { value: { code: textMember(body, 'code') ?? '' } }
      : proofBody(state, body, []);
  }

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
    recentAuth: false, // it proves only that the user reads the mail
    limits: ['CHANGES_PER_USER'],
    async view(visit, state) {
      const { say, root } = visit;
      const { email, isEmailVerified } = ownOf(visit);
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
      const flow = await stateOf(visit);
      if (!('open' in flow)) {
        deps.mail.requireAvailable();
        const text = flow.kind === 'none' ? 'verify.text' : 'verify.expired_text';
        const ask = button(say, 'verify.ask', { name: 'action', value: 'send' });
        const about = !isExpirySaid(visit, state) && html`<p>${say(text, { email })}</p>`;
        return html`<div>${about}${form(ask)}</div>`;
      }
      return codeForm(visit, state, flow, {
        begunText: say('verify.begun_text', { email }),
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
      const state = await stateOf(visit);
      await confirmEmailVerification(deps, own, proofOf(state, body));
      flows.forget(visit);
      return goTo(visit.returnTo ?? 'account/', { notice: 'notice.email_verified' });
    },
  });
}
