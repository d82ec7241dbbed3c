import {
  createLatchkey,
  errorOf,
  LatchkeyError,
  type SecondFactor,
  type SessionEndCause,
  type SessionTransport,
  type SignInProof,
  tabStorage,
  tokensOf,
} from 'latchkey-client';
import { signInWithPasskey as askForPasskey, autofillPasskey } from 'latchkey-client/passkeys';
import { canKeep, keep, readKept } from '../data/kept.ts';
import { Problem } from './problem.ts';
import { serverUrl, urlOf } from './server-url.ts';

export type { SecondFactor };

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
  const response = await fetch(urlOf(path + rest), request).catch((error: unknown) => {
    throw new LatchkeyError('network_error', 'The server could not be reached.', { cause: error });
  });
  if (!response.ok) throw atOnce(await errorOf(response));
  return response;
}

/** Maintenance lasts longer than anybody waits in front of an empty page: it is said without delay. */
function atOnce(error: LatchkeyError): LatchkeyError {
  const { code, message, status, problem } = error;
  if (code !== 'maintenance' || !problem) return error;
  return new LatchkeyError(code, message, { status, problem });
}

const transport: SessionTransport = {
  keepsRefreshToken: true,
  async signIn(proof, { signal }) {
    const headers = { 'content-type': 'application/json' };
    const { rest, json } = stepOf(proof);
    const init = { headers, body: JSON.stringify(json), signal: signal ?? null };
    return tokensOf(await send('POST', rest, init));
  },
  async refresh({ idempotencyKey, reportReuse, signal }) {
    const headers = { 'idempotency-key': idempotencyKey };
    const report = reportReuse && {
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ report_reuse: true }),
    };
    return tokensOf(await send('POST', 'refresh/', { headers, ...report, signal }));
  },
  async signOut({ signal }) {
    await send('DELETE', '', { signal, keepalive: true });
  },
};

/** Where each way to sign in is sent. */
function stepOf(proof: SignInProof): { readonly rest: string; readonly json: object } {
  if ('secondFactor' in proof) return { rest: 'second-factor/', json: proof.secondFactor };
  if ('passkey' in proof) return { rest: 'passkey/', json: proof.passkey };
  return { rest: '', json: proof };
}

interface Listener {
  onStart(): void;
  onEnd(cause: SessionEndCause): void;
}

let listener: Listener | undefined;

const client = createLatchkey({
  baseUrl: serverUrl,
  transport,
  storage: tabStorage('admin'),
  onSessionStart() {
    keep(hintKey, 'yes');
    listener?.onStart();
  },
  onSessionEnd({ cause }) {
    if (cause !== 'replaced') keep(hintKey, null);
    listener?.onEnd(cause);
  },
});

/** Is told when a session begins or ends, in this tab or in another one. */
export function listen(to: Listener): void {
  listener = to;
}

/** @throws Problem `second_factor_required` if the password is not enough, among others */
export async function signIn(email: string, password: string): Promise<void> {
  await client.signIn({ email, password }).catch(rethrow);
}

/** @throws Problem */
export async function finishSignIn(secondFactor: SecondFactor): Promise<void> {
  await client.finishSignIn(secondFactor).catch(rethrow);
}

/** @throws Problem, such as `passkey_not_used` if the user, or the browser for them, has used none */
export async function signInWithPasskey(): Promise<void> {
  if (!(await askForPasskey(client).catch(rethrow))) throw Problem.passkeyNotUsed();
}

/**
 * Offers the passkeys of the device where the email is filled in. It waits until one is used, or the signal ends it.
 *
 * @returns whether somebody is signed in
 * @throws Problem; the reason of the signal
 */
export async function offerPasskeys(signal: AbortSignal): Promise<boolean> {
  return (await autofillPasskey(client, { signal }).catch(rethrow)) !== undefined;
}

/**
 * Takes up the session that the browser has, if it has one.
 *
 * @throws Problem if the server does not answer
 */
export async function resume(): Promise<boolean> {
  const isSignedIn = wasSignedIn();
  if (!isSignedIn && readKept(hintKey) === null && canKeep()) return false;
  const session = await client.ready().catch(rethrow);
  if (!session) keep(hintKey, null);
  return session !== undefined;
}

/** Whether a page of the account site has just signed the user in, and led here. Its word leaves the URL. */
function wasSignedIn(): boolean {
  if (location.search !== '?signed-in') return false;
  history.replaceState(history.state, '', `${location.pathname}${location.hash}`);
  return true;
}

/** Whose session it is, as far as this tab knows; undefined: nobody is signed in. */
export const userId = (): number | undefined => client.session?.userId;

/** @returns whether the server knows it */
export function signOut(): Promise<boolean> {
  return client.signOut();
}

/**
 * `fetch` as the user who is signed in.
 *
 * @throws Problem if there is no answer
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
