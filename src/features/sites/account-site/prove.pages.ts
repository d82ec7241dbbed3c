import type { Body } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { visitorOf } from '../../../http/visitor.ts';
import {
  beginEmailVerificationByPassword,
  confirmEmailVerification,
} from '../../self-service/email-verification/index.ts';
import { sessionOriginOf } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { codeForm, nothingOfFlow } from './flow-views.ts';
import {
  askerOf,
  createFlowVisits,
  type FlowVisits,
  proofBody,
  withReturnTo,
} from './flow-visits.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Redirect, type Visit } from './visits.pages.ts';

interface ProofVisits extends FlowVisits {
  /**
   * Begins it with email and password, and leads to its page.
   *
   * @throws AppError as `beginEmailVerificationByPassword`
   */
  start(visit: Visit, credentials: Body): Promise<Redirect>;
}

/** The flow of users who may not sign in before they have proven their email: signing in, or up, begins it. */
export function createProofVisits(deps: AccountSiteDeps): ProofVisits {
  const flows = createFlowVisits(deps, 'email_verification', {
    path: 'account/prove/',
    name: 'latchkey_prove',
  });
  return {
    ...flows,
    async start(visit, credentials) {
      const { request } = visit;
      const earlier = deps.accountSession.token(request);
      const client = {
        origin: sessionOriginOf(request),
        authorization: earlier && `Bearer ${earlier}`,
      };
      const how = askerOf(visit, deps);
      const { flow } = await beginEmailVerificationByPassword(deps, client, credentials, how);
      flows.begin(visit, flow);
      return flows.toPage(visit);
    },
  };
}

/**
 * Proving the email before signing in (`REQUIRE_VERIFIED_EMAIL`), in the browser that began it: who registered with the email
 * of somebody else could have its owner prove it for them otherwise.
 */
export function provePage(site: AccountSite, deps: AccountSiteDeps): void {
  const flows = createProofVisits(deps);

  site.addPage({
    path: 'prove/',
    title: 'verify.title',
    auth: { kind: 'public' },
    limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'],
    async view(visit, state) {
      const linked = await flows.takeLink(visit);
      if (linked) return linked;
      const { say } = visit;
      const flow = await flows.state(visit);
      // A mail that a stranger asked for with the email of its reader: it proves nothing for the stranger's account.
      if (flow.kind === 'elsewhere') {
        const to = withReturnTo('account/sign-in/', visit.returnTo?.text);
        return goTo(to, { notice: 'notice.sign_in_to_verify' });
      }
      if (flow.kind === 'none' || flow.kind === 'expired') {
        // Without mail nobody has to prove anything.
        if (!deps.mail.isAvailable) return goTo('account/sign-in/');
        return nothingOfFlow(visit, state, flow, { path: 'sign-in/', text: 'prove.ask_again' });
      }
      const { email } = flow.open;
      return codeForm(visit, state, flow, {
        begunText: say('prove.begun_text', { email }),
        linkedText: say('verify.linked_text', { email }),
        submit: 'verify.submit',
        elsewhere: { path: 'sign-in/', text: 'prove.ask_again' }, // that takes the password again
      });
    },
    async act(visit, body) {
      const flow = await flows.state(visit);
      if (flow.kind === 'elsewhere') throw new AppError('flow_expired');
      const isOwnBrowser = flow.kind === 'linked';
      const prover = { ...visitorOf(visit.request), isOwnBrowser };
      await confirmEmailVerification(deps, prover, proofBody(flow, body, []));
      flows.forget(visit);
      const to = withReturnTo('account/sign-in/', visit.returnTo?.text);
      return goTo(to, { notice: 'notice.email_proven' });
    },
  });
}
