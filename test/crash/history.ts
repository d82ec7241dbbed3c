/** What the clients of one or more servers saw, in an order in which it can have happened. */

/** `unknown`: nobody could say whether it happened: a server died before it answered, or said so. */
export type Operation =
  | { kind: 'registered'; email: string; id: number }
  | { kind: 'registration unknown'; email: string }
  /** Somebody asks whether an email is taken. */
  | { kind: 'email looked up'; email: string; isTaken: boolean }
  | { kind: 'name changed'; user: string; name: string }
  | { kind: 'name change unknown'; user: string; name: string }
  | { kind: 'name read'; user: string; name: string }
  | { kind: 'signed in'; session: string; token: string }
  /** `key`: the Idempotency-Key that it had. */
  | { kind: 'refreshed'; session: string; token: string; next: string; key?: string }
  | { kind: 'refresh refused'; session: string; token: string; key?: string }
  | { kind: 'refresh unknown'; session: string; token: string; key?: string }
  | { kind: 'logged out'; session: string; token: string }
  | { kind: 'logout refused'; session: string; token: string }
  | { kind: 'logout unknown'; session: string; token: string }
  /** An access token of the session was used. */
  | { kind: 'session seen'; session: string; isLive: boolean }
  /** What all servers are to share from now on, such as the value of a setting. */
  | { kind: 'shared value set'; name: string; value: string }
  /** What one of them has, when it should have learned of it. */
  | { kind: 'shared value read'; name: string; node: string; value: string }
  | { kind: 'unexpected answer'; what: string }
  /** Why a request has no answer. Where no server died, a reader of the history needs it. */
  | { kind: 'no answer'; client: string; what: string }
  | { kind: 'killed' };

/** The database file, as another program than the server reads it after the last kill. */
export interface FinalState {
  readonly integrity: string;
  readonly users: readonly { readonly id: number; readonly email: string }[];
}
