import { textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { passkeyRequestOptions } from '../../sign-in/factors/index.ts';
import {
  findChoices,
  finishSecondFactor,
  type SecondFactorChoices,
  secondFactorLimits,
  signInBinding,
} from '../../sign-in/login/index.ts';
import { sessionOriginOf } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { factorMembers } from './factor-body.ts';
import {
  button,
  checkbox,
  codeField,
  type FieldOptions,
  type FormState,
  field,
  form,
} from './forms.ts';
import { type Html, html } from './html.ts';
import { passkeyForm, passkeysMissing } from './passkey-views.ts';
import { createSecondSteps, type WaitingSignIn } from './second-steps.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

const path = 'sign-in/second-factor/';

/** The second step of a sign-in to an account with a second factor, whatever the first was. */
export function secondFactorPage(site: AccountSite, deps: AccountSiteDeps): void {
  const steps = createSecondSteps(deps);

  site.addPage({
    path,
    title: 'second_factor.title',
    auth: { kind: 'public' },
    limits: secondFactorLimits,
    async view(visit, state) {
      const waiting = await steps.find(visit, 'second_factor');
      if (!waiting) return signInAgain(visit);
      const choices = await findChoices(deps, waiting);
      return viewOf(visit, state, { ...waiting, ...choices }, deps);
    },
    async act(visit, body) {
      const waiting = await steps.find(visit, 'second_factor');
      if (!waiting) return steps.toSignIn(visit);
      const { flow } = waiting;
      const remember = Boolean(textMember(body, 'remember'));
      const sent = { flow, remember, ...factorMembers(body) };
      let isSignedIn = false;
      const start = async () => {
        const client = { origin: sessionOriginOf(visit.request) };
        const pair = await finishSecondFactor(deps, { value: sent }, client);
        isSignedIn = true;
        return pair;
      };
      const next =
        'recovery_code' in sent && !visit.returnTo
          ? goTo('account/security/', { notice: 'notice.recovery_code_used' })
          : undefined;
      try {
        const answer = await steps.signIn(visit, start, { isKept: waiting.isKept, next });
        // Else the cookie has the enrolment that it leads to.
        if (isSignedIn) steps.forget(visit);
        return answer;
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'flow_expired')) throw error;
        return steps.toSignIn(visit);
      }
    },
  });
}

/** Where a browser has no sign-in that waits. */
export function signInAgain({ say, link }: Visit): Html {
  return html`
    <div>
      <p>${say('second_factor.over_text')}</p>
      <p><a class="button main" href=${link('sign-in/')}>${say('second_factor.again')}</a></p>
    </div>`;
}

type Offered = WaitingSignIn & SecondFactorChoices;

async function viewOf(
  visit: Visit,
  state: FormState,
  waiting: Offered,
  deps: AccountSiteDeps,
): Promise<Html> {
  const { say, link, query } = visit;
  const { email, methods } = waiting;
  const has = (method: string) => methods.some((one) => one === method);
  const hasOthers = has('totp') || has('passkey');
  const isByRecoveryCode = has('recovery_code') && (query.by === 'recovery_code' || !hasOthers);
  const other = html`
    <div>
      ${
        isByRecoveryCode
          ? hasOthers &&
            html`<p><a href=${link(path)}>${say(has('totp') ? 'second_factor.use_app' : 'passkey.use')}</a></p>`
          : has('recovery_code') &&
            html`<p><a href=${link(path, { by: 'recovery_code' })}>${say('second_factor.use_recovery_code')}</a></p>`
      }
      <p><a href=${link('sign-in/')}>${say('second_factor.cancel')}</a></p>
      <p class="hint">${say('second_factor.lost')}</p>
    </div>`;
  if (isByRecoveryCode) return html`<div>${recoveryForm({ say, state, email })}${other}</div>`;
  const passkeys = has('passkey') && (await passkeyPart(visit, state, waiting, deps));
  return html`
    <div>
      ${methods.length === 0 && html`<p>${say('second_factor.none')}</p>`}
      ${has('totp') && appForm({ say, state, email }, rememberBox(visit, state, waiting))}
      ${has('totp') && passkeys && html`<p class="or scripted">${say('passkey.or')}</p>`}
      ${passkeys}
      ${other}
    </div>`;
}

interface Asked {
  readonly say: Visit['say'];
  readonly state: FormState;
  readonly email: string;
}

function appForm({ say, state, email }: Asked, remember: Html | false): Html {
  return html`
    <div>
      <p>${say('second_factor.code_text', { email })}</p>
      ${form(html`
        ${codeField({ say, form: state }, { hint: say('field.app_code_hint'), hasFocus: true })}
        ${remember}
        ${button(say, 'second_factor.submit')}`)}
    </div>`;
}

function recoveryForm({ say, state, email }: Asked): Html {
  return html`
    <div>
      <p>${say('second_factor.recovery_text', { email })}</p>
      ${form(html`
        ${recoveryCodeField({ say, form: state })}
        ${button(say, 'second_factor.submit')}`)}
    </div>`;
}

/** The field for a recovery code. */
export function recoveryCodeField(
  view: Parameters<typeof field>[0],
  options: Partial<FieldOptions> = {},
): Html {
  return field(view, {
    name: 'recovery_code',
    label: 'field.recovery_code',
    autocomplete: 'off',
    hint: view.say('field.recovery_code_hint'),
    hasFocus: true,
    ...options,
  });
}

async function passkeyPart(
  visit: Visit,
  state: FormState,
  waiting: Offered,
  deps: AccountSiteDeps,
): Promise<Html> {
  const { say } = visit;
  const { flow, userId, email, methods } = waiting;
  const isAlone = !methods.includes('totp');
  const publicKey = await passkeyRequestOptions(deps, userId, signInBinding(flow));
  const asked = passkeyForm(say, {
    kind: 'get',
    options: { publicKey },
    submit: 'passkey.use',
    ...(isAlone && { buttonKind: 'main', fields: rememberBox(visit, state, waiting) }),
  });
  return isAlone
    ? html`<div><p>${say('second_factor.passkey_text', { email })}</p>${asked}${passkeysMissing(say)}</div>`
    : asked;
}

/** The box for not being asked again here, where the operator allows it, and it has an effect. */
export function rememberBox(
  { say }: Visit,
  state: FormState,
  { rememberSeconds }: Pick<SecondFactorChoices, 'rememberSeconds'>,
): Html | false {
  const hours = rememberSeconds / 3_600;
  if (hours === 0) return false;
  const label =
    hours < 24
      ? say('field.remember_hours', { count: Math.ceil(hours) })
      : say('field.remember', { count: Math.floor(hours / 24) });
  return checkbox({ say, form: state }, 'remember', label);
}
