import type { Body } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { login } from '../../sign-in/login/index.ts';
import { sessionOriginOf, type TokenPair } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { createSecondSteps } from './second-steps.ts';
import type { Redirect, Visit } from './visits.pages.ts';

/** Signs the user of an account in who has just chosen its password on a page. */

/** @param body as of a login */
export function signIn({ request }: Visit, deps: AccountSiteDeps, body: Body): Promise<TokenPair> {
  const origin = sessionOriginOf(request);
  return login(deps, body, { origin, authorization: undefined });
}

interface SignInPlan {
  /** Where it goes on; absent: where the visitor came from, or the overview. */
  readonly next?: Redirect;
  /** Where, if something else keeps the user from signing in now: the page has done its work all the same. */
  readonly otherwise: Redirect;
  /** Whether the session is that of the admin site, where it then goes on. */
  readonly isForAdminSite?: boolean;
}

/**
 * Begins the session of this site, or leads to the second step.
 *
 * @param start signs in
 */
export async function beginSession(
  visit: Visit,
  deps: AccountSiteDeps,
  start: () => Promise<TokenPair>,
  { otherwise, ...plan }: SignInPlan,
): Promise<Redirect> {
  try {
    return await createSecondSteps(deps).signIn(visit, start, plan);
  } catch (error) {
    if (error instanceof AppError) return otherwise;
    throw error;
  }
}
