import { type Body, textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { findUnconfirmedApp, readRequirement } from '../../sign-in/factors/index.ts';
import {
  beginEnrolmentApp,
  beginEnrolmentPasskey,
  finishEnrolmentWithApp,
  finishEnrolmentWithPasskey,
  rememberSecondsOf,
  secondFactorLimits,
} from '../../sign-in/login/index.ts';
import { sessionOriginOf } from '../../sign-in/sessions/index.ts';
import { signedInAdminSite } from '../admin-site/index.ts';
import { appRef, namedApp } from './app-refs.ts';
import { appDepsOf, appNameForm, appSteps } from './authenticator-app.pages.ts';
import type { AccountSiteDeps } from './deps.ts';
import { credentialOf } from './factor-body.ts';
import { button, codeField, type FormState } from './forms.ts';
import { type Html, html } from './html.ts';
import { passkeyForm, passkeysMissing } from './passkey-views.ts';
import { codesShown } from './recovery-code-views.ts';
import { rememberBox, signInAgain } from './second-factor.pages.ts';
import { createSecondSteps, type WaitingSignIn } from './second-steps.ts';
import type { AccountSite } from './site.pages.ts';
import type { NoticeName } from './texts/texts.ts';
import { goTo, type Redirect, type Visit } from './visits.pages.ts';

const path = 'sign-in/enrolment/';

/** Setting up a second factor before one is signed in, because the time for doing it later is over. */
export function enrolmentPage(site: AccountSite, deps: AccountSiteDeps): void {
  const steps = createSecondSteps(deps);
  const holderOf = ({ flow }: WaitingSignIn) => `flow ${flow}`;
  const idOf = (visit: Visit, waiting: WaitingSignIn) => namedApp(deps, holderOf(waiting), visit);

  /** What the functions of an enrolment take from the pages. */
  const enrolmentDeps = (visit: Visit) => ({ ...deps, apps: appDepsOf(deps, visit) });

  site.addPage({
    path,
    title: 'enrolment.title',
    auth: { kind: 'public' },
    limits: [...secondFactorLimits, 'SECURITY_CHANGES_PER_SESSION'],
    async view(visit, state) {
      const waiting = await steps.find(visit, 'enrolment');
      if (!waiting) return signInAgain(visit);
      const { requiredLevel } = await readRequirement(deps, waiting.userId);
      const appId = idOf(visit, waiting);
      const app = await findUnconfirmedApp(appDepsOf(deps, visit), waiting.userId, appId);
      // No app is enough for who has to have a passkey, even if they began one before they had to.
      if (!app || requiredLevel === 3) return startPart(visit, state, waiting, requiredLevel);
      const remember = rememberPart(visit, state, waiting, requiredLevel);
      return appSteps(visit, app, codePart(visit, state, remember));
    },
    async act(visit, body) {
      const waiting = await steps.find(visit, 'enrolment');
      if (!waiting) return steps.toSignIn(visit);
      try {
        return await enrol(visit, body, waiting);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (error.code === 'flow_expired') return steps.toSignIn(visit);
        if (error.code === 'not_found') return toSelf(visit, {}, 'notice.app_expired');
        throw error;
      }
    },
  });

  /** The box for a device that is to be remembered. The admin site has its own, at its second step. */
  function rememberPart(
    visit: Visit,
    state: FormState,
    { isForAdminSite }: WaitingSignIn,
    level: AuthLevel,
  ): Html | false {
    const rememberSeconds = rememberSecondsOf(deps, level);
    return !isForAdminSite && rememberBox(visit, state, { rememberSeconds });
  }

  async function startPart(
    visit: Visit,
    state: FormState,
    waiting: WaitingSignIn,
    requiredLevel: AuthLevel,
  ): Promise<Html> {
    const { say, link, root } = visit;
    const { flow, email, isForAdminSite } = waiting;
    const needsPasskey = requiredLevel === 3;
    const remember = rememberPart(visit, state, waiting, requiredLevel);
    const passkeys =
      deps.relyingParty && (await passkeyPart(visit, flow, { isAlone: needsPasskey, remember }));
    return html`
      <div>
        <p>${say(needsPasskey ? 'enrolment.strong_text' : 'enrolment.text', { email })}</p>
        ${!needsPasskey && html`<div><p>${say('app.text')}</p>${appNameForm(visit, state)}</div>`}
        ${!needsPasskey && passkeys && html`<p class="or scripted">${say('passkey.or')}</p>`}
        ${passkeys}
        ${needsPasskey && !passkeys && html`<p><strong>${say('error.passkeys_not_configured')}</strong></p>`}
        <p><a href=${isForAdminSite ? `${root}admin/` : link('sign-in/')}>${say('second_factor.cancel')}</a></p>
      </div>`;
  }

  /** @param how `isAlone`: nothing else would do */
  async function passkeyPart(
    visit: Visit,
    flow: string,
    { isAlone, remember }: { readonly isAlone: boolean; readonly remember: Html | false },
  ): Promise<Html> {
    const { say, request } = visit;
    const client = { origin: sessionOriginOf(request) };
    const asked = await beginEnrolmentPasskey(enrolmentDeps(visit), { value: { flow } }, client);
    return html`
      <div>
        ${isAlone && html`<div><p>${say('new_passkey.text')}</p>${passkeysMissing(say)}</div>`}
        ${passkeyForm(say, {
          kind: 'create',
          options: { publicKey: asked.public_key },
          submit: 'new_passkey.submit',
          buttonKind: isAlone ? 'main' : 'plain',
          fields: remember,
        })}
      </div>`;
  }

  /** Begins an app, or adds it or a passkey, and signs in with it. */
  async function enrol(visit: Visit, body: Body, waiting: WaitingSignIn) {
    const { flow, email, isKept, isForAdminSite } = waiting;
    const its = enrolmentDeps(visit);
    const client = { origin: sessionOriginOf(visit.request) };
    const name = textMember(body, 'name');
    if (name !== undefined) {
      const value = { flow, kind: 'totp', name };
      const { id } = await beginEnrolmentApp(its, { value }, client);
      return toSelf(visit, { id: appRef(deps, holderOf(waiting), id) });
    }
    const credential = credentialOf(body);
    const remember = !isForAdminSite && textMember(body, 'remember') !== undefined;
    const app = { flow, remember, id: idOf(visit, waiting), code: textMember(body, 'code') ?? '' };
    let codes: readonly string[] = [];
    const start = async () => {
      const pair = await (credential
        ? finishEnrolmentWithPasskey(its, { value: { flow, remember, credential } }, client)
        : finishEnrolmentWithApp(its, { value: app }, client));
      codes = pair.recovery_codes;
      return pair;
    };
    const next = await steps.signIn(visit, start, { isKept, isForAdminSite });
    steps.forget(visit);
    if (codes.length === 0) return next;
    const added = credential ? 'notice.passkey_added' : 'notice.app_added';
    return codesShown(visit, deps, {
      codes,
      email,
      added,
      ...(isForAdminSite && { next: signedInAdminSite }),
    });
  }
}

/** Leads to the page again. */
function toSelf(
  { returnTo }: Visit,
  query: Readonly<Record<string, string>>,
  notice?: NoticeName,
): Redirect {
  const back = returnTo && { return_to: returnTo.text };
  const parts = new URLSearchParams({ ...query, ...back });
  return goTo(`account/${path}${parts.size > 0 ? `?${parts}` : ''}`, notice && { notice });
}

function codePart({ say }: Visit, state: FormState, remember: Html | false): Html {
  return html`
    ${codeField({ say, form: state }, { hint: say('field.app_code_hint') })}
    ${remember}
    ${button(say, 'app.submit')}`;
}
