import type { AccessClaims } from './access-token.ts';
import type { components } from './openapi.ts';

/** One sign-in, as long as it lasts. */
export interface Session {
  readonly userId: number;
  /** What the current access token says. Not verified here: the server does, at every request. */
  readonly claims: AccessClaims;
}

/**
 * Why a session ended: what the server says, or
 * - `invalid_refresh_token`: the server does not know the session any more;
 * - `user_inactive`: the account was deactivated or deleted;
 * - `replaced`: somebody signed in again in this browser;
 * - `storage_cleared`: the user, or the browser, removed what the site had stored.
 */
export type SessionEndCause =
  | components['schemas']['EndCause']
  | 'invalid_refresh_token'
  | 'user_inactive'
  | 'replaced'
  | 'storage_cleared';

export interface SessionEnd {
  /** `logged_out`: by `signOut`, in this tab or another one. */
  readonly cause: SessionEndCause;
  readonly session: Session;
}

export interface SessionListeners {
  /** There is a session that was not there before: a sign-in, in any tab, or one that was stored. */
  readonly onSessionStart?: ((session: Session) => void) | undefined;
  /** It is over, and the user has to sign in again. Never because of the network. */
  readonly onSessionEnd?: ((end: SessionEnd) => void) | undefined;
}
