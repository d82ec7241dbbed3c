import type { Body } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { login } from '../../sign-in/login/index.ts';
import { sessionOriginOf, type TokenPair } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { createSecondSteps } from './second-steps.ts';
import type { Redirect, Visit } from './visits.pages.ts';

/** Signs the user of an account in who has just chosen its password on a page. */

/**
 * @param body as of a login
 * @param isTold whether the user is mailed already that somebody was here: one mail about it is enough
 */
export function signIn(
  { request }: Visit,
  deps: AccountSiteDeps,
  body: Body,
  isTold = false,
): Promise<TokenPair> {
  const origin = { ...sessionOriginOf(request), isKnownDevice: isTold };
  return login(deps, body, { origin, authorization: undefined });
}

interface SignInPlan {
  /** Where it goes on. */
  readonly next: Redirect;
  /** Where, if something else keeps the user from signing in now: the page has done its work all the same. */
  readonly otherwise: Redirect;
  /** As of `signIn`. */
  readonly isTold?: boolean;
}

/** The same, and begins the session of this site, or leads to the second step. */
export async function beginSession(
  visit: Visit,
  deps: AccountSiteDeps,
  body: Body,
  { next, otherwise, isTold }: SignInPlan,
): Promise<Redirect> {
  try {
    return await createSecondSteps(deps).signIn(visit, () => signIn(visit, deps, body, isTold), {
      next,
    });
  } catch (error) {
    if (error instanceof AppError) return otherwise;
    throw error;
  }
}
