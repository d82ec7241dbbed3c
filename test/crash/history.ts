/** What the clients of a server saw, in an order in which it can have happened. */

/** `unknown`: the server died before it answered, so it may have happened or not. */
export type Operation =
  | { kind: 'registered'; email: string; id: number }
  | { kind: 'registration unknown'; email: string }
  /** Somebody asks whether an address is taken. */
  | { kind: 'address looked up'; email: string; isTaken: boolean }
  | { kind: 'name changed'; user: string; name: string }
  | { kind: 'name change unknown'; user: string; name: string }
  | { kind: 'name read'; user: string; name: string }
  | { kind: 'signed in'; session: string; token: string }
  | { kind: 'refreshed'; session: string; token: string; next: string }
  | { kind: 'refresh refused'; session: string; token: string }
  | { kind: 'refresh unknown'; session: string; token: string }
  | { kind: 'logged out'; session: string; token: string }
  | { kind: 'logout refused'; session: string; token: string }
  | { kind: 'logout unknown'; session: string; token: string }
  /** An access token of the session was used. */
  | { kind: 'session seen'; session: string; isLive: boolean }
  | { kind: 'unexpected answer'; what: string }
  | { kind: 'killed' };

/** The database file, as another program than the server reads it after the last kill. */
export interface FinalState {
  readonly integrity: string;
  readonly users: readonly { readonly id: number; readonly email: string }[];
}
