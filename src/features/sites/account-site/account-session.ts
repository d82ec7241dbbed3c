import { AppError } from '../../../errors/index.ts';
import type { BrowserRequest } from '../../../http/browser/same-origin.ts';
import { createSiteCookie } from '../../../http/browser/site-cookie.ts';
import type { RequestPrincipal } from '../../../http/types.ts';
import type { Answer } from '../../../lib/answer.ts';
import type { Actor } from '../../platform/audit/index.ts';
import { createBrowserSessions, logOut, type SessionDeps } from '../../sign-in/sessions/index.ts';

/**
 * The session of a browser on the account site. Its cookie is the only one that opens anything; the API does not
 * read it.
 */
export interface AccountSession {
  /**
   * The user who is signed in, for the guard.
   *
   * @throws AppError 401
   */
  authenticate(request: BrowserRequest): Answer<RequestPrincipal>;
  /** The same on a page that is for everybody; undefined: nobody. */
  find(request: BrowserRequest): Answer<RequestPrincipal | undefined>;
  /** The refresh token of the browser, whether or not it is still good. */
  token(request: BrowserRequest): string | undefined;
  /**
   * The `Set-Cookie` header for a session that has just begun. The one that the browser had before ends.
   *
   * @param refreshToken of the new session
   * @param isKept whether the browser is to keep the cookie when it is closed; otherwise it is gone then
   */
  begin(
    request: BrowserRequest,
    client: Actor,
    refreshToken: string,
    isKept?: boolean,
  ): Promise<string>;
  /**
   * Exchanges the token of the browser's session, after the user has proved again who they are (ASVS 7.2.4).
   *
   * @returns a `Set-Cookie` header
   * @throws AppError `invalid_token`
   */
  exchange(request: BrowserRequest): Promise<string>;
  /**
   * Ends the session, if there is one.
   *
   * @returns a `Set-Cookie` header that takes the cookie away
   */
  end(request: BrowserRequest, client: Actor): Promise<string>;
  /** A `Set-Cookie` header that takes the cookie away, where its session is no more. */
  forget(request: BrowserRequest): string;
}

/** The longest that browsers keep a cookie (RFC 6265bis 5.5): the server knows when the session ends. */
const keptSeconds = 400 * 86_400;
/** After the token, where the cookie is kept: it is to stay so when the token is exchanged. */
const keptMark = '.kept';

export function createAccountSession(deps: SessionDeps): AccountSession {
  const browserSessions = createBrowserSessions(deps);
  const place = { name: 'latchkey_account', path: '' };
  const cookie = createSiteCookie(place, deps);
  const keptCookie = createSiteCookie({ ...place, maxAgeSeconds: keptSeconds }, deps);

  const tokenOf = (request: BrowserRequest) => cookie.readOne(request)?.replace(keptMark, '');

  function write(request: BrowserRequest, token: string, isKept: boolean): string {
    return isKept ? keptCookie.write(request, `${token}${keptMark}`) : cookie.write(request, token);
  }

  /** A token that is good no more has nothing to end. */
  async function endSession(token: string, client: Actor): Promise<void> {
    try {
      await logOut(deps, client, token, { isReuse: false });
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'invalid_refresh_token')) throw error;
    }
  }

  return {
    authenticate: (request) => browserSessions.find(tokenOf(request)),
    find(request) {
      const token = tokenOf(request);
      if (token === undefined) return undefined;
      try {
        const found = browserSessions.find(token);
        return found instanceof Promise ? found.catch(nobody) : found;
      } catch (error) {
        return nobody(error);
      }
    },
    token: tokenOf,
    async begin(request, client, refreshToken, isKept = false) {
      const earlier = tokenOf(request);
      if (earlier !== undefined) await endSession(earlier, client);
      return write(request, refreshToken, isKept);
    },
    async exchange(request) {
      const next = await browserSessions.exchange(tokenOf(request) ?? '');
      return write(request, next, cookie.readOne(request)?.endsWith(keptMark) === true);
    },
    async end(request, client) {
      const token = tokenOf(request);
      if (token !== undefined) await endSession(token, client);
      return cookie.write(request, undefined);
    },
    forget: (request) => cookie.write(request, undefined),
  };
}

function nobody(error: unknown): undefined {
  if (error instanceof AppError && error.status === 401) return undefined;
  throw error;
}
