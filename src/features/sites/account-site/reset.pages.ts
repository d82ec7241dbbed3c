import { type Body, textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { resendMailedFlow } from '../../identity/flows/index.ts';
import {
  beginPasswordReset,
  checkPasswordReset,
  confirmPasswordReset,
  findResetMethods,
  passwordResetOptions,
} from '../../self-service/password-reset/index.ts';
import { finishSignIn } from '../../sign-in/login/index.ts';
import { sessionOriginOf } from '../../sign-in/sessions/index.ts';
import { beginSession } from './begin-session.ts';
import type { AccountSiteDeps } from './deps.ts';
import { credentialOf } from './factor-body.ts';
import { codeForm, nothingOfFlow, type OpenFlowState } from './flow-views.ts';
import { askerOf, createFlowVisits, proofBody, withReturnTo } from './flow-visits.ts';
import { noErrors } from './form-errors.ts';
import {
  accountHint,
  button,
  codeField,
  emailField,
  type FormState,
  type FormView,
  form,
  hasErrors,
  newPasswordField,
} from './forms.ts';
import { type Html, html } from './html.ts';
import { passkeyForm } from './passkey-views.ts';
import { recoveryCodeField } from './second-factor.pages.ts';
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
  /** The requests whose code of the mail was right: whatever else goes wrong in one is said on the second step. */
  const proven = new WeakSet<Visit['request']>();

  site.addPage({
    path: 'forgot/',
    title: 'forgot.title',
    auth: { kind: 'public' },
    limits: mailLimits,
    async view(visit, state) {
      deps.mail.requireAvailable();
      const { say, link, root } = visit;
      const signedIn = await site.findSignedIn(visit);
      const email = signedIn?.email ?? flows.typedEmail(visit) ?? '';
      const back = signedIn
        ? html`<a href=${`${root}account/`}>${say('site.cancel')}</a>`
        : html`<a href=${link('sign-in/')}>${say('forgot.back')}</a>`;
      return html`
        <div>
          <p>${say('forgot.text')}</p>
          ${form(html`
            ${emailField({ say, form: state }, { hasFocus: true, value: email })}
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
      const redirect = await flows.takeLink(visit);
      if (redirect) return redirect;
      const flow = await flows.state(visit);
      if (flow.kind === 'none' || flow.kind === 'expired') {
        deps.mail.requireAvailable();
        return nothingOfFlow(visit, state, flow, { path: 'forgot/', text: 'flow.ask_again' });
      }
      if (flow.kind !== 'begun' || proven.has(visit.request)) {
        return passwordView(visit, state, flow, deps);
      }
      // Whether there are factors is told to those who read the mail; so the password is asked for once, beside them.
      const linkedText = visit.say('reset.linked_text', { email: flow.open.email });
      return codeForm(visit, state, flow, { linkedText, submit: 'reset.go_on', again: 'forgot/' });
    },
    async act(visit, body) {
      const state = await flows.state(visit);
      if (textMember(body, 'action') === 'resend') {
        if (!('flow' in state)) throw new AppError('flow_expired');
        await resendMailedFlow(deps, askerOf(visit, deps), 'password_reset', state.flow);
        flows.begin(visit, state.flow);
        return flows.toPage(visit, { notice: 'notice.mail_sent' });
      }
      const { request, returnTo } = visit;
      const from = sessionOriginOf(request);
      const resetter = { ...visitorOf(request), device: from.device };
      const sent = proofBody(state, body, ['password']);
      await checkPasswordReset(deps, resetter, sent);
      proven.add(request);
      if (state.kind === 'begun' && textMember(body, 'password') === undefined) {
        const form = { values: { code: textMember(body, 'code') ?? '' }, errors: noErrors };
        const shown = await passwordView(visit, form, state, deps);
        return { kind: 'shown_once', title: 'reset.title', body: shown };
      }
      const proof = await confirmPasswordReset(deps, resetter, withFactor(sent, body));
      flows.forget(visit);
      // One mail about it is enough.
      const origin = { ...from, isKnownDevice: deps.notices.isOn('password_was_reset') };
      const start = async () => {
        const outcome = await finishSignIn(deps, proof, origin);
        if (outcome.kind === 'outdated') throw new AppError('invalid_credentials');
        return outcome.tokens;
      };
      const signInPage = withReturnTo('account/sign-in/', returnTo?.text);
      return beginSession(visit, deps, start, {
        next: goTo(returnTo ?? 'account/', { notice: 'notice.password_reset' }),
        otherwise: goTo(signInPage, { notice: 'notice.password_set' }),
      });
    },
  });
}

/** The body with the second factor that was entered beside; the mailed code has its name. */
function withFactor({ value }: Body, sent: Body): Body {
  const credential = credentialOf(sent);
  const code = textMember(sent, 'factor_code');
  const recoveryCode = textMember(sent, 'recovery_code');
  const entered = recoveryCode ? { recovery_code: recoveryCode } : code ? { code } : undefined;
  const factor = credential ? { credential } : entered;
  return { value: { ...Object(value), ...(factor && { second_factor: factor }) } };
}

/** The new password and the second factor, where the mail was shown to be read or a link of it was opened. */
async function passwordView(
  visit: Visit,
  state: FormState,
  flow: OpenFlowState,
  deps: AccountSiteDeps,
): Promise<Html> {
  const { say } = visit;
  const view = { say, form: state };
  const { email, userId } = flow.open;
  const password = newPasswordField(view, deps.settings.get('PASSWORD_MIN_LENGTH'), {
    hasFocus: flow.kind !== 'elsewhere',
  });
  const methods = userId === null ? undefined : await findResetMethods(deps, userId);
  // No page has it from before: it would be in the browser's cache.
  const isAsked = methods !== undefined && hasErrors(state);
  const again = isAsked && html`<p>${say('reset.password_again')}</p>`;
  return codeForm(visit, state, flow, {
    linkedText: say('reset.linked_text', { email }),
    fields: html`${accountHint(email)}${again}${password}${factorFields(view, methods)}`,
    rightCode: flow.kind === 'begun' ? state.values.code : undefined,
    submit: 'reset.submit',
    beside: await passkeyPart(visit, state, flow, { methods, deps }),
  });
}

/** A passkey instead of what is entered of the factor, once the mail was shown to be read. */
async function passkeyPart(
  { say, request }: Visit,
  { values }: FormState,
  flow: OpenFlowState,
  {
    methods,
    deps,
  }: { readonly methods: readonly string[] | undefined; readonly deps: AccountSiteDeps },
): Promise<Html | undefined> {
  if (!methods?.includes('passkey')) return undefined;
  const proof =
    flow.kind === 'begun' ? { flow: flow.flow, code: values.code ?? '' } : { token: flow.token };
  const publicKey = await passwordResetOptions(deps, visitorOf(request), { value: proof }).then(
    (asked) => asked.public_key,
    (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    },
  );
  if (!publicKey?.allowCredentials?.length) return undefined;
  return html`
    <div>
      <p class="or scripted">${say('passkey.or')}</p>
      ${passkeyForm(say, { kind: 'get', options: { publicKey }, submit: 'passkey.use', takesFormBeside: true })}
    </div>`;
}

/** What is entered of the second factor, where the account has one. */
function factorFields(view: FormView, methods: readonly string[] | undefined): Html | undefined {
  if (!methods) return undefined;
  const { say } = view;
  if (methods.length === 0) return html`<p>${say('second_factor.none')}</p>`;
  const hasApp = methods.includes('totp');
  return html`
    <div>
      <p>${say(hasApp ? 'reset.factor_text' : 'reset.recovery_text')}</p>
      ${
        hasApp &&
        codeField(view, {
          name: 'factor_code',
          label: 'field.factor_code',
          hint: say('field.app_code_hint'),
          isOptional: true,
        })
      }
      ${recoveryCodeField(view, { isOptional: true, hasFocus: false })}
    </div>`;
}
