import { textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { declareProofBody, resendMailedFlow } from '../../identity/flows/index.ts';
import { beginMailSignIn, confirmMailSignIn } from '../../sign-in/mail-sign-in/index.ts';
import { sessionOriginOf } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { codeForm, nothingOfFlow } from './flow-views.ts';
import { askerOf, createFlowVisits, proofBody } from './flow-visits.ts';
import { button, checkbox, emailField, form } from './forms.ts';
import { html } from './html.ts';
import { createRememberedDevice } from './remembered-device.ts';
import { createSecondSteps } from './second-steps.ts';
import { afterSignIn, isToBeKept } from './sign-in.pages.ts';
import type { AccountSite } from './site.pages.ts';

/** Unlike the API, the page takes a link as well. */
const confirmation = declareProofBody({}, { title: 'MailSignInPage' });

const mailLimits = [
  'MAILS_PER_NETWORK',
  'MAILS_PER_RECIPIENT',
  'MAILS_PER_RECIPIENT_A_DAY',
] as const;

/** Signing in with a mailed code, where the operator wants it. */
export function mailSignInPages(site: AccountSite, deps: AccountSiteDeps): void {
  const flows = createFlowVisits(deps, 'mail_sign_in', {
    path: 'account/mail-sign-in/code/',
    name: 'latchkey_mail_sign_in',
  });
  const steps = createSecondSteps(deps);
  const device = createRememberedDevice(deps);

  function requireOn(): void {
    if (!deps.settings.get('MAIL_SIGN_IN')) throw new AppError('mail_sign_in_off');
  }

  site.addPage({
    path: 'mail-sign-in/',
    title: 'mail_sign_in.title',
    auth: { kind: 'public' },
    limits: mailLimits,
    async view(visit, state) {
      const { say, link } = visit;
      requireOn();
      const toPage = await flows.takeLink(visit);
      if (toPage) return toPage;
      if (await site.findSignedIn(visit)) return afterSignIn(visit);
      deps.mail.requireAvailable();
      return html`
        <div>
          <p>${say('mail_sign_in.text')}</p>
          ${form(html`
            ${emailField({ say, form: state }, { hasFocus: true, value: flows.typedEmail(visit) ?? '' })}
            ${button(say, 'mail_sign_in.ask')}`)}
          <p><a href=${link('sign-in/')}>${say('mail_sign_in.with_password')}</a></p>
        </div>`;
    },
    async act(visit, body) {
      const { flow } = await beginMailSignIn(deps, askerOf(visit, deps), body);
      flows.begin(visit, flow);
      return flows.toPage(visit);
    },
  });

  site.addPage({
    path: 'mail-sign-in/code/',
    title: 'mail_sign_in.title',
    auth: { kind: 'public' },
    limits: [...mailLimits, 'LINK_TOKEN_FAILURES_PER_NETWORK'],
    async view(visit, state) {
      requireOn();
      const flow = await flows.state(visit);
      if (flow.kind === 'none' || flow.kind === 'expired') {
        deps.mail.requireAvailable();
        return nothingOfFlow(visit, state, flow, { path: 'mail-sign-in/', text: 'flow.ask_again' });
      }
      return codeForm(visit, state, flow, {
        linkedText: visit.say('mail_sign_in.linked_text', { email: flow.open.email }),
        fields: checkbox({ say: visit.say, form: state }, 'keep'),
        submit: 'mail_sign_in.submit',
        again: 'mail-sign-in/',
      });
    },
    async act(visit, body) {
      const { request } = visit;
      const state = await flows.state(visit);
      if (textMember(body, 'action') === 'resend') {
        requireOn();
        if (!('flow' in state)) throw new AppError('flow_expired');
        await resendMailedFlow(deps, askerOf(visit, deps), 'mail_sign_in', state.flow);
        flows.begin(visit, state.flow);
        return flows.toPage(visit, { notice: 'notice.mail_sent' });
      }
      const { proof } = confirmation.read(proofBody(state, body, []));
      const confirm = () =>
        confirmMailSignIn(deps, sessionOriginOf(request), proof, device.token(request));
      const next = await steps.signIn(visit, confirm, { isKept: isToBeKept(body) });
      flows.forget(visit);
      return next;
    },
  });
}
