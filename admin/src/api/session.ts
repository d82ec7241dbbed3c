import {
  createLatchkey,
  errorOf,
  LatchkeyError,
  type SessionEndCause,
  type SessionTransport,
  tabStorage,
  tokensOf,
} from 'latchkey-client';
import { Problem } from './problem.ts';

/**
 * The site's own session: Latchkey's client, with the refresh token in a cookie that no script can read.
 * The access token is in the memory of the site's tabs, and nowhere else.
 */

const path = '/admin/session/';
/** A word, no secret: whether it is worth asking for a session when the page is opened. */
const hintKey = 'latchkey-admin.signed-in';

async function send(method: string, rest: string, init: RequestInit = {}): Promise<Response> {
  const headers = { 'x-latchkey-admin': '1', ...init.headers };
  const request = { ...init, method, headers, credentials: 'same-origin' } as const;
  const response = await fetch(`${path}${rest}`, request).catch((error: unknown) => {
    throw new LatchkeyError('network_error', 'The server could not be reached.', { cause: error });
  });
  if (!response.ok) throw await errorOf(response);
  return response;
}

const transport: SessionTransport = {
  keepsRefreshToken: true,
  async signIn(credentials, { signal }) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(credentials);
    return tokensOf(await send('POST', '', { headers, body, signal: signal ?? null }));
  },
  async refresh({ idempotencyKey, signal }) {
    const headers = { 'idempotency-key': idempotencyKey };
    return tokensOf(await send('POST', 'refresh/', { headers, signal }));
  },
  async signOut({ signal }) {
    await send('DELETE', '', { signal, keepalive: true });
  },
};

interface Listener {
  onStart(): void;
  onEnd(cause: SessionEndCause): void;
}

let listener: Listener | undefined;

const client = createLatchkey({
  transport,
  storage: tabStorage('admin'),
  onSessionStart() {
    localStorage.setItem(hintKey, 'yes');
    listener?.onStart();
  },
  onSessionEnd({ cause }) {
    if (cause !== 'replaced') localStorage.removeItem(hintKey);
    listener?.onEnd(cause);
  },
});

/** Is told when a session begins or ends, in this tab or in another one. */
export function listen(to: Listener): void {
  listener = to;
}

/** @throws Problem */
export async function signIn(email: string, password: string): Promise<void> {
  await client.signIn({ email, password }).catch(rethrow);
}

/**
 * Takes up the session that the browser has, if it has one.
 *
 * @throws Problem where the server does not answer
 */
export async function resume(): Promise<boolean> {
  if (localStorage.getItem(hintKey) === null) return false;
  const session = await client.ready().catch(rethrow);
  if (!session) localStorage.removeItem(hintKey);
  return session !== undefined;
}

/** @returns whether the server knows it */
export function signOut(): Promise<boolean> {
  return client.signOut();
}

/**
 * `fetch` as the user who is signed in.
 *
 * @throws Problem where there is no answer
 */
export function authorizedFetch(url: string, init: RequestInit): Promise<Response> {
  return client.fetch(url, init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    return rethrow(error);
  });
}

function rethrow(error: unknown): never {
  if (!(error instanceof LatchkeyError)) throw error;
  throw error.problem ? new Problem(error.status, error.problem) : Problem.unreachable();
}
