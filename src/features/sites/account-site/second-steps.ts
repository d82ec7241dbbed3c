import { AppError } from '../../../errors/index.ts';
import { anonymousActor } from '../../platform/audit/index.ts';
import { findSignInFlow, type OpenSignInFlow } from '../../sign-in/login/index.ts';
import type { TokenPair } from '../../sign-in/sessions/index.ts';
import {
  adminSessionCookie,
  createSecondStepCookie,
  signedInAdminSite,
  type WaitingStep,
} from '../admin-site/index.ts';
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
   * @param how `next`: where it goes on; absent: where the visitor came from, or the overview. `isForAdminSite`: the session
   *   is that of the admin site, and it goes on there
   * @throws AppError as `start`
   */
  signIn(
    visit: Visit,
    start: () => Promise<TokenPair & { readonly device_token?: string }>,
    how?: Partial<Omit<WaitingStep, 'flow'>> & { readonly next?: Redirect | undefined },
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

export type WaitingSignIn = OpenSignInFlow & WaitingStep;

const paths: Readonly<Record<string, string>> = {
  second_factor_required: 'account/sign-in/second-factor/',
  second_factor_enrolment_required: 'account/sign-in/enrolment/',
};

export function createSecondSteps(deps: AccountSiteDeps): SecondSteps {
  const { accountSession } = deps;
  const device = createRememberedDevice(deps);
  const cookie = createSecondStepCookie(deps);
  const adminCookie = adminSessionCookie(deps);
  const typed = createTypedEmail(deps, 'latchkey_second_step');
  const offers = createPasskeyOffers(deps);

  const drop = ({ request, setCookie }: Visit) => setCookie(cookie.write(request, undefined));

  return {
    async signIn(visit, start, { isKept = false, isForAdminSite = false, next } = {}) {
      const { request, returnTo } = visit;
      let pair: Awaited<ReturnType<typeof start>>;
      try {
        pair = await start();
      } catch (error) {
        const path = error instanceof AppError ? paths[error.code] : undefined;
        if (!(error instanceof AppError && path)) throw error;
        const flow = String(error.options.members?.flow);
        visit.setCookie(cookie.write(request, { flow, isKept, isForAdminSite }));
        return goTo(withReturnTo(path, returnTo?.text));
      }
      if (isForAdminSite) {
        visit.setCookie(adminCookie.write(request, pair.refresh_token));
        return goTo(signedInAdminSite);
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
      const step = cookie.read(visit.request);
      const found = step && (await findSignInFlow(deps, { flow: step.flow, purpose }));
      if (!found) return undefined;
      typed.keep(visit, found.email);
      return { ...found, ...step };
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
