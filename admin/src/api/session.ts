import { Problem } from './problem.ts';
import { claimsOf } from './token.ts';

/**
 * The site's own session. Its refresh token is a cookie that no script can read; the access token is
 * in this module's memory, and nowhere else.
 */

const path = '/admin/session/';
/** All tabs share the cookie: one of them refreshes at a time. */
const lockName = 'latchkey-admin-session';
/** A word, no secret: whether it is worth asking for a session when the page is opened. */
const hintKey = 'latchkey-admin.signed-in';

interface Access {
  readonly token: string;
  readonly refreshAtMs: number;
}

let access: Access | undefined;
let refreshing: Promise<void> | undefined;
const endListeners = new Set<(code: string) => void>();
const channel = new BroadcastChannel(lockName);
channel.onmessage = () => end('logged_out');

/** Is told when the session ended other than by this tab's user, with the code of the cause. */
export function onSessionEnd(listener: (code: string) => void): () => void {
  endListeners.add(listener);
  return () => endListeners.delete(listener);
}

export async function signIn(email: string, password: string): Promise<void> {
  keep(await send('POST', '', { json: { email, password } }));
}

/** Takes up the session that the browser has, if it has one. */
export async function resume(): Promise<boolean> {
  if (access) return true;
  if (localStorage.getItem(hintKey) === null) return false;
  try {
    await refresh();
    return true;
  } catch (error) {
    if (isOver(error)) return false;
    throw error;
  }
}

export async function signOut(): Promise<void> {
  access = undefined;
  localStorage.removeItem(hintKey);
  try {
    // After a refresh that is under way: else its answer would bring the session back.
    await locked(async () => void (await send('DELETE', '')));
  } catch (error) {
    if (!isOver(error)) throw error; // it had ended already
  } finally {
    channel.postMessage('signed out');
  }
}

/**
 * An access token that is good for now.
 *
 * @param refused one that the server has just refused
 * @throws Problem 401 or 400 where the session is over
 */
export async function accessToken(refused?: string): Promise<string> {
  if (!access || access.token === refused || Date.now() >= access.refreshAtMs) await refresh();
  if (!access) throw new Problem(401, { code: 'not_authenticated' });
  return access.token;
}

function refresh(): Promise<void> {
  refreshing ??= locked(refreshOnce).finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

async function refreshOnce(): Promise<void> {
  // An answer that was lost is given again for the same key.
  const headers = { 'idempotency-key': randomText() };
  const attempt = () => send('POST', 'refresh/', { headers });
  try {
    keep(
      await attempt().catch((error: Problem) => {
        if (error.status !== 0) throw error;
        return attempt();
      }),
    );
  } catch (error) {
    if (isOver(error)) end((error as Problem).code);
    throw error;
  }
}

/** Without the lock (it is there on https and on localhost) the server sorts two tabs out. */
function locked(run: () => Promise<void>): Promise<void> {
  return navigator.locks ? navigator.locks.request(lockName, run) : run();
}

/** Whether it says that there is no session any more; all else is worth another try. */
function isOver(error: unknown): boolean {
  return error instanceof Problem && [400, 401].includes(error.status);
}

function end(code: string): void {
  const wasOpen = access !== undefined;
  access = undefined;
  localStorage.removeItem(hintKey);
  if (wasOpen) for (const listener of endListeners) listener(code);
}

function keep({ access_token: token }: { access_token: string }): void {
  const { exp, iat } = claimsOf(token);
  // The clocks of the two machines may differ, the lifetime does not.
  const lifetimeMs = (exp - iat) * 1000;
  access = { token, refreshAtMs: Date.now() + Math.max(lifetimeMs * 0.8, lifetimeMs - 10_000) };
  localStorage.setItem(hintKey, 'yes');
}

function randomText(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('');
}

async function send(
  method: string,
  rest: string,
  { json, headers }: { json?: unknown; headers?: Record<string, string> } = {},
): Promise<{ access_token: string }> {
  let response: Response;
  try {
    response = await fetch(`${path}${rest}`, {
      method,
      credentials: 'same-origin',
      headers: {
        'x-latchkey-admin': '1',
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
  } catch {
    throw Problem.unreachable();
  }
  if (!response.ok) throw await Problem.of(response);
  return response.json();
}
