import type { Body } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { anonymousActor } from '../../platform/audit/index.ts';
import { login } from '../../sign-in/login/index.ts';
import { sessionOriginOf, type TokenPair } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import type { Visit } from './visits.pages.ts';

/** Signs the user of an account in who has just chosen its password on a page. */

/**
 * @param body as of a login
 * @param isTold whether the user is mailed already that somebody was here: one mail about it is enough
 * @returns undefined if something else keeps the user from signing in now: the page has done its work all the same,
 *   and leads to the sign-in
 */
export async function signIn(
  { request }: Visit,
  deps: AccountSiteDeps,
  body: Body,
  isTold = false,
): Promise<TokenPair | undefined> {
  try {
    const origin = { ...sessionOriginOf(request), isKnownDevice: isTold };
    return await login(deps, body, { origin, authorization: undefined });
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/**
 * The same, and begins the session of this site.
 *
 * @returns whether somebody is signed in now
 */
export async function beginSession(
  visit: Visit,
  deps: AccountSiteDeps,
  body: Body,
  isTold = false,
): Promise<boolean> {
  const pair = await signIn(visit, deps, body, isTold);
  if (!pair) return false;
  const { request } = visit;
  const actor = anonymousActor(request);
  visit.setCookie(await deps.accountSession.begin(request, actor, pair.refresh_token));
  return true;
}
