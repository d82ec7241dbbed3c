import { type Body, textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { resendMailedFlow } from '../../identity/flows/index.ts';
import {
  beginPasswordReset,
  confirmPasswordReset,
} from '../../self-service/password-reset/index.ts';
import { sessionOriginOf } from '../../sign-in/sessions/index.ts';
import { beginSession } from './begin-session.ts';
import type { AccountSiteDeps } from './deps.ts';
import { codeForm, nothingOfFlow } from './flow-views.ts';
import {
  askerOf,
  createFlowVisits,
  type FlowState,
  proofBody,
  withReturnTo,
} from './flow-visits.ts';
import {
  accountHint,
  button,
  emailField,
  type FormState,
  form,
  newPasswordField,
} from './forms.ts';
import { html } from './html.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

const mailLimits = [
  'MAILS_PER_NETWORK',
  'MAILS_PER_RECIPIENT',
  'MAILS_PER_RECIPIENT_A_DAY',
] as const;

/** Where a reset goes on, and its cookies. */
export const resetFlow = { path: 'account/reset/', name: 'latchkey_reset' } as const;

/** A forgotten password: a mail is asked for, and a new password is set with it. */
export function resetPages(site: AccountSite, deps: AccountSiteDeps): void {
  const flows = createFlowVisits(deps, 'password_reset', resetFlow);

  site.addPage({
    path: 'forgot/',
    title: 'forgot.title',
    auth: { kind: 'public' },
    limits: mailLimits,
    async view(visit, state) {
      deps.mail.requireAvailable();
      const { say, link, root } = visit;
      const signedIn = await site.findSignedIn(visit);
      const back = signedIn
        ? html`<a href=${`${root}account/`}>${say('site.cancel')}</a>`
        : html`<a href=${link('sign-in/')}>${say('forgot.back')}</a>`;
      return html`
        <div>
          <p>${say('forgot.text')}</p>
          ${form(html`
            ${emailField({ say, form: state }, { hasFocus: true, value: signedIn?.email ?? '' })}
            ${button(say, 'forgot.submit')}`)}
          <p>${back}</p>
        </div>`;
    },
    async act(visit, body) {
      const { flow } = await beginPasswordReset(deps, askerOf(visit, deps), body);
      flows.begin(visit, flow);
      return flows.toPage(visit);
    },
  });

  site.addPage({
    path: 'reset/',
    title: 'reset.title',
    auth: { kind: 'public' },
    limits: [...mailLimits, 'LINK_TOKEN_FAILURES_PER_NETWORK'],
    async view(visit, state) {
      return (await flows.takeLink(visit)) ?? viewOf(visit, state, await flows.state(visit), deps);
    },
    async act(visit, body) {
      const state = await flows.state(visit);
      if (textMember(body, 'action') === 'resend') {
        if (!('flow' in state)) throw new AppError('flow_expired');
        await resendMailedFlow(deps, askerOf(visit, deps), 'password_reset', state.flow);
        flows.begin(visit, state.flow);
        return flows.toPage(visit, { notice: 'notice.mail_sent' });
      }
      await confirmPasswordReset(
        deps,
        { ...visitorOf(visit.request), device: sessionOriginOf(visit.request).device },
        proofBody(state, body, ['password']),
      );
      flows.forget(visit);
      const email = 'open' in state ? state.open.email : '';
      const isTold = deps.notices.isOn('password_was_reset');
      const { returnTo } = visit;
      const signInPage = withReturnTo('account/sign-in/', returnTo?.text);
      return beginSession(visit, deps, credentials(email, body), {
        next: goTo(returnTo ?? 'account/', { notice: 'notice.password_reset' }),
        otherwise: goTo(signInPage, { notice: 'notice.password_set' }),
        isTold,
      });
    },
  });
}

function credentials(email: string, body: Body): Body {
  return { value: { email, password: textMember(body, 'password') } };
}

function viewOf(visit: Visit, state: FormState, flow: FlowState, { settings }: AccountSiteDeps) {
  const { say } = visit;
  const view = { say, form: state };
  if (flow.kind === 'none' || flow.kind === 'expired') {
    return nothingOfFlow(visit, flow, { path: 'forgot/', text: 'flow.ask_again' });
  }
  const { email } = flow.open;
  const password = newPasswordField(view, settings.get('PASSWORD_MIN_LENGTH'), {
    hasFocus: flow.kind === 'linked',
  });
  return codeForm(visit, state, flow, {
    linkedText: say('reset.linked_text', { email }),
    fields: html`${accountHint(email)}${password}`,
    submit: 'reset.submit',
    again: 'forgot/',
  });
}
