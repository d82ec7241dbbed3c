import { type Body, textMember } from '../../../contract/fields.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { findFlow } from '../../identity/flows/index.ts';
import {
  applicantOf,
  beginRegistration,
  confirmRegistration,
  register,
} from '../../self-service/registration/index.ts';
import { isEmailProofDue } from '../../sign-in/login/index.ts';
import { beginSession, signIn } from './begin-session.ts';
import type { AccountSiteDeps } from './deps.ts';
import { codeForm, isExpirySaid } from './flow-views.ts';
import { createFlowVisits, type FlowState, proofBody, withReturnTo } from './flow-visits.ts';
import {
  accountHint,
  button,
  emailField,
  type FormState,
  form,
  newPasswordField,
} from './forms.ts';
import { type Html, html } from './html.ts';
import { createProofVisits } from './prove.pages.ts';
import { afterSignIn } from './sign-in.pages.ts';
import type { AccountSite, View } from './site.pages.ts';
import type { NoticeName } from './texts/texts.ts';
import { goTo, type Redirect, type Visit } from './visits.pages.ts';

/**
 * Making an account, as `REGISTRATION_MODE` has it: at once; or by a mail, which is asked for here, and whose code and
 * link lead to this page again; or not at all.
 */
export function signUpPage(site: AccountSite, deps: AccountSiteDeps): void {
  const { settings, limits } = deps;
  const proofs = createProofVisits(deps);
  const flows = createFlowVisits(deps, 'registration', {
    path: 'account/sign-up/',
    name: 'latchkey_sign_up',
  });

  async function registerAtOnce(visit: Visit, body: Body): Promise<Redirect> {
    const { request } = visit;
    await limits.count('REGISTRATIONS_PER_NETWORK', countedNetwork(request.ip));
    const { id } = await register(deps, body, applicantFor(visit, deps));
    if (await isEmailProofDue(deps, id)) return proofs.start(visit, body);
    const key = { purpose: 'email_verification', nowMs: deps.clock.nowMs() } as const;
    const isMailed = (await findFlow(deps.database.db, key, { userId: id })) !== undefined;
    return signedUp(visit, body, isMailed ? 'notice.signed_up_mailed' : undefined);
  }

  /** If something else keeps the new user from signing in now, the account exists nevertheless. */
  async function signedUp(visit: Visit, credentials: Body, notice?: NoticeName): Promise<Redirect> {
    const to = withReturnTo('account/sign-in/', visit.returnTo?.text);
    const otherwise = goTo(to, { notice: 'notice.signed_up' });
    const start = () => signIn(visit, deps, credentials);
    return beginSession(visit, deps, start, {
      ...{ next: afterSignIn(visit, notice), otherwise },
    });
  }

  site.addPage({
    path: 'sign-up/',
    title: 'sign_up.title',
    auth: { kind: 'public' },
    limits: [
      ...(['REGISTRATIONS_PER_ACCOUNT', 'REGISTRATIONS_PER_NETWORK'] as const),
      ...(['MAILS_PER_NETWORK', 'MAILS_PER_RECIPIENT', 'MAILS_PER_RECIPIENT_A_DAY'] as const),
      'LINK_TOKEN_FAILURES_PER_NETWORK',
    ],
    isSameForStrangers: true,
    async view(visit, state): Promise<View> {
      const linked = await flows.takeLink(visit);
      if (linked) return linked;
      if (await site.findSignedIn(visit)) return afterSignIn(visit);
      const mode = settings.get('REGISTRATION_MODE');
      if (mode === 'invite' || mode === 'closed') return closedView(visit, mode);
      const flow = await flows.state(visit);
      if ('open' in flow) return flowView(visit, state, flow, settings.get('PASSWORD_MIN_LENGTH'));
      if (mode === 'verify_first') deps.mail.requireAvailable();
      const minLength = mode === 'open' ? settings.get('PASSWORD_MIN_LENGTH') : undefined;
      const email = flows.typedEmail(visit) ?? '';
      const isExpired = flow.kind === 'expired' && !isExpirySaid(visit, state);
      return startView(visit, state, { isExpired, email, minLength });
    },
    async act(visit, body) {
      const flow = await flows.state(visit);
      const action = textMember(body, 'action');
      if (action === 'again') {
        flows.forget(visit);
        return flows.toPage(visit);
      }
      if (!('open' in flow)) {
        if (settings.get('REGISTRATION_MODE') !== 'verify_first')
          return registerAtOnce(visit, body);
        const begun = await beginRegistration(deps, applicantFor(visit, deps), body);
        flows.begin(visit, begun.flow);
        return flows.toPage(visit);
      }
      const { email } = flow.open;
      if (action === 'resend') {
        const again = { value: { email } };
        const begun = await beginRegistration(deps, applicantFor(visit, deps), again);
        flows.begin(visit, begun.flow);
        return flows.toPage(visit, { notice: 'notice.mail_sent' });
      }
      const sent = proofBody(flow, body, ['password']);
      await confirmRegistration(deps, applicantFor(visit, deps), sent);
      flows.forget(visit);
      return signedUp(visit, { value: { email, password: textMember(body, 'password') } });
    },
  });
}

function applicantFor(visit: Visit, deps: AccountSiteDeps) {
  const { request, language, returnTo } = visit;
  return {
    ...applicantOf(request),
    languages: [language],
    publicUrl: publicUrlOf(request.server, deps),
    returnTo: returnTo?.text,
  };
}

function closedView({ say, link }: Visit, mode: 'invite' | 'closed'): View {
  const body = html`
    <div>
      <p>${say(mode === 'invite' ? 'sign_up.invite_text' : 'sign_up.closed_text')}</p>
      <p>${say('sign_up.have_account')} <a href=${link('sign-in/')}>${say('sign_in.title')}</a></p>
    </div>`;
  return { kind: 'shown', title: 'sign_up.closed_title', body };
}

/** @param about `minLength`: of the password; absent: it is not asked for yet */
function startView(
  { say, link }: Visit,
  state: FormState,
  about: {
    readonly isExpired: boolean;
    readonly email: string;
    readonly minLength: number | undefined;
  },
): Html {
  const view = { say, form: state };
  const { isExpired, email, minLength } = about;
  return html`
    <div>
      ${isExpired && html`<p class="notice">${say('sign_up.expired')}</p>`}
      ${minLength === undefined && html`<p>${say('sign_up.mail_text')}</p>`}
      ${form(html`
        ${emailField(view, { hasFocus: true, value: email })}
        ${minLength !== undefined && newPasswordField(view, minLength, { label: 'field.password' })}
        ${button(say, minLength === undefined ? 'sign_up.ask' : 'sign_up.submit')}`)}
      <p>${say('sign_up.have_account')} <a href=${link('sign-in/')}>${say('sign_in.title')}</a></p>
    </div>`;
}

function flowView(
  visit: Visit,
  state: FormState,
  flow: Extract<FlowState, { readonly open: unknown }>,
  minLength: number,
): Html {
  const { say } = visit;
  const { email } = flow.open;
  const password = newPasswordField({ say, form: state }, minLength, {
    label: 'field.password',
    hasFocus: flow.kind === 'linked',
  });
  return html`
    <div>
      ${codeForm(visit, state, flow, {
        begunText: say('sign_up.begun_text', { email }),
        linkedText: say('sign_up.linked_text', { email }),
        fields: html`${accountHint(email)}${password}`,
        submit: 'sign_up.submit',
      })}
      ${form(button(say, 'sign_up.again', { name: 'action', value: 'again', kind: 'plain' }))}
    </div>`;
}
