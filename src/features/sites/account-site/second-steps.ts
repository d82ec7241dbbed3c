import { AppError } from '../../../errors/index.ts';
import { createSiteCookie } from '../../../http/browser/site-cookie.ts';
import { anonymousActor } from '../../platform/audit/index.ts';
import { findSignInFlow, type OpenSignInFlow } from '../../sign-in/login/index.ts';
import type { TokenPair } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { withReturnTo } from './flow-visits.ts';
import { createPasskeyOffers } from './passkey-offers.ts';
import { createRememberedDevice } from './remembered-device.ts';
import { createTypedEmail } from './typed-email.ts';
import { goTo, type Redirect, type Visit } from './visits.pages.ts';

/**
 * Sign-ins that take one step more, in a browser: a cookie has the flow from the first step to the second, and whether
 * the browser is to stay signed in after it.
 */
export interface SecondSteps {
  /**
   * Ends a sign-in: the session of the browser begins. Or it leads to the page of the second step.
   *
   * @param start signs in, as the API does
   * @param how `next`: where it goes on; absent: where the visitor came from, or the overview
   * @throws AppError as `start`
   */
  signIn(
    visit: Visit,
    start: () => Promise<TokenPair & { readonly device_token?: string }>,
    how?: { readonly isKept?: boolean | undefined; readonly next?: Redirect | undefined },
  ): Promise<Redirect>;
  /** The sign-in that waits here; undefined: there is none, or it is over. */
  find(visit: Visit, purpose: Purpose): Promise<WaitingSignIn | undefined>;
  /** The email of the last one, even if it is over by now. */
  typedEmail(visit: Visit): string | undefined;
  /** It is done. */
  forget(visit: Visit): void;
  /** It is over: it took too long, or too many tries. */
  toSignIn(visit: Visit): Redirect;
}

type Purpose = Parameters<typeof findSignInFlow>[1]['purpose'];

export type WaitingSignIn = OpenSignInFlow & { readonly flow: string; readonly isKept: boolean };

const paths: Readonly<Record<string, string>> = {
  second_factor_required: 'account/sign-in/second-factor/',
  second_factor_enrolment_required: 'account/sign-in/enrolment/',
};

/** As long as a flow. */
const flowSeconds = 10 * 60;
const keptMark = '.kept';

export function createSecondSteps(deps: AccountSiteDeps): SecondSteps {
  const { accountSession } = deps;
  const device = createRememberedDevice(deps);
  const place = { path: 'account/sign-in/', maxAgeSeconds: flowSeconds };
  const cookie = createSiteCookie({ ...place, name: 'latchkey_second_step' }, deps);

  const typed = createTypedEmail(deps, 'latchkey_second_step');
  const offers = createPasskeyOffers(deps);

  const drop = ({ request, setCookie }: Visit) => setCookie(cookie.write(request, undefined));

  return {
    async signIn(visit, start, { isKept = false, next } = {}) {
      const { request, returnTo } = visit;
      let pair: Awaited<ReturnType<typeof start>>;
      try {
        pair = await start();
      } catch (error) {
        const path = error instanceof AppError ? paths[error.code] : undefined;
        if (!(error instanceof AppError && path)) throw error;
        const flow = String(error.options.members?.flow);
        visit.setCookie(cookie.write(request, isKept ? `${flow}${keptMark}` : flow));
        return goTo(withReturnTo(path, returnTo?.text));
      }
      const { device_token: deviceToken } = pair;
      if (deviceToken !== undefined) visit.setCookie(device.keep(request, deviceToken));
      const actor = anonymousActor(request);
      visit.setCookie(await accountSession.begin(request, actor, pair.refresh_token, isKept));
      offers.note(visit);
      return next ?? goTo(returnTo ?? 'account/');
    },
    typedEmail: typed.read,
    async find(visit, purpose) {
      const value = cookie.read(visit.request);
      if (value === undefined) return undefined;
      const flow = value.replace(keptMark, '');
      const found = await findSignInFlow(deps, { flow, purpose });
      if (!found) return undefined;
      typed.keep(visit, found.email);
      return { ...found, flow, isKept: value.endsWith(keptMark) };
    },
    forget(visit) {
      drop(visit);
      typed.forget(visit);
    },
    toSignIn(visit) {
      drop(visit);
      const to = withReturnTo('account/sign-in/', visit.returnTo?.text);
      return goTo(to, { notice: 'notice.second_factor_over' });
    },
  };
}
