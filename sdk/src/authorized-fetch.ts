import type { Environment } from './environment.ts';
import { errorOf, errorOfBody, type LatchkeyError, networkError } from './errors.ts';
import { type HeldToken, isSameSession } from './held-token.ts';
import { isOver } from './refusals.ts';
import { delayMs, isPassing } from './retries.ts';
import type { SessionEndCause } from './session.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { type StepUpCallback, stepUpOf } from './step-up.ts';

interface FetchDeps {
  readonly keeper: SessionKeeper;
  readonly environment: Environment;
  /** The origins that may get the access token. */
  isTrusted(url: string): boolean;
  /** Whose word on a session counts. */
  isOurs(url: string): boolean;
  /** Absent: the answer that asks for it is the caller's to read. */
  readonly stepUp?: StepUpCallback | undefined;
}

/** A request, and how to make it again. */
export interface Outgoing {
  readonly request: Request;
  /** Absent where its body can be read but once. */
  copy?(): Request;
}

/** What may be sent again when its answer was lost. */
const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * `fetch` with the access token. A token that is refused is replaced, and the request sent once more; so it is after a
 * step-up, where the server wants one. What passes by itself is tried again where that does no harm.
 *
 * @param receive is part of each try: what it fails with is a network that failed
 * @throws LatchkeyError `network_error`, or what the refresh met
 */
export function createAuthorizedFetch(deps: FetchDeps) {
  const { keeper, environment } = deps;
  /** By server, a token that it refused although it was new. Until it takes one, others are not better. */
  const refusing = new Map<string, HeldToken>();

  return async function authorizedFetch(
    { request, copy }: Outgoing,
    receive?: (response: Response) => Promise<unknown>,
  ): Promise<Response> {
    const { signal, url } = request;
    const send = (held?: HeldToken) => sendPatiently(request, copy, held, receive);
    if (request.headers.has('authorization') || !deps.isTrusted(url)) return send();
    const held = await orAborted(keeper.usable(), signal);
    if (!held) return send();
    const response = await sendRefreshed(held);
    const needed = deps.stepUp && copy && (await stepUpOf(response));
    if (!needed || (await orAborted(deps.stepUp(needed), signal)) === false) return response;
    const after = await orAborted(afterStepUp(url), signal);
    return after ? sendRefreshed(after) : response;

    async function sendRefreshed(held: HeldToken): Promise<Response> {
      const response = await send(held);
      const { origin } = new URL(url);
      if (response.status !== 401) {
        refusing.delete(origin);
        return response;
      }
      const next = await orAborted(afterRefusal(held, response, url), signal);
      if (!next || !copy) return response;
      const second = await send(next);
      if (second.status === 401 && !(await stepUpOf(second))) refusing.set(origin, next);
      return second;
    }
  };

  /** Ours looks up how the session was signed in to; others read it in the token. */
  async function afterStepUp(url: string): Promise<HeldToken | undefined> {
    const held = await keeper.usable();
    return held && !deps.isOurs(url) ? keeper.refreshed(held) : held;
  }

  /** @returns another token, where the request is worth being sent again */
  async function afterRefusal(
    held: HeldToken,
    response: Response,
    url: string,
  ): Promise<HeldToken | undefined> {
    const error = await errorOf(response.clone());
    if (deps.isOurs(url) && isOver(error)) {
      await keeper.ended(held, error.code as SessionEndCause);
    } else {
      const isExpired = error.code === 'invalid_token' || saysInvalidToken(response);
      const before = refusing.get(new URL(url).origin);
      if (!isExpired || (before && isSameSession(before, held))) return undefined;
    }
    return keeper.refreshed(held);
  }

  async function sendPatiently(
    request: Request,
    copy: (() => Request) | undefined,
    held: HeldToken | undefined,
    receive?: (response: Response) => Promise<unknown>,
  ): Promise<Response> {
    const isSafe = safeMethods.includes(request.method);
    for (let tries = 1; ; tries += 1) {
      const outcome = await send(withToken(copy?.() ?? request, held), receive);
      const error = outcome instanceof Response ? errorOfBody(outcome) : outcome;
      const mayRepeat = copy && isPassing(error) && (isSafe || error.status === 429);
      const waitMs = mayRepeat ? delayMs(error, tries, environment) : undefined;
      if (waitMs === undefined) {
        if (outcome instanceof Response) return outcome;
        throw outcome;
      }
      await environment.sleep(waitMs, request.signal);
      request.signal.throwIfAborted();
    }
  }

  async function send(
    request: Request,
    receive?: (response: Response) => Promise<unknown>,
  ): Promise<Response | LatchkeyError> {
    try {
      const response = await environment.fetch(request);
      await receive?.(response);
      return response;
    } catch (error) {
      request.signal.throwIfAborted();
      return networkError(error);
    }
  }
}

function withToken(request: Request, held: HeldToken | undefined): Request {
  if (held) request.headers.set('authorization', `Bearer ${held.token}`);
  return request;
}

/** Bodies that are so small that copying them costs nothing. */
const smallBody = /[/+]json|urlencoded/;

/**
 * The request of `fetch(input, init)`. It is made again for each try, so that nothing is copied. The body of a
 * `Request` would have to be: that is done for JSON and forms. Others, and streams, are sent only once.
 */
export function outgoingOf(input: string | URL | Request, init: RequestInit = {}): Outgoing {
  const isStream = typeof init.body === 'object' && init.body !== null && 'getReader' in init.body;
  const isRequest = typeof input === 'object' && 'headers' in input;
  const hasOwnBody = isRequest && input.body !== null && !init.body;
  const request = new Request(input, init);
  if (isStream) return { request };
  if (!hasOwnBody || safeMethods.includes(request.method)) {
    return { request, copy: () => new Request(input, init) };
  }
  const isSmall = smallBody.test(request.headers.get('content-type') ?? '');
  return isSmall ? { request, copy: () => request.clone() } : { request };
}

/** As other servers say it (RFC 6750 3). */
function saysInvalidToken({ headers }: Response): boolean {
  return /error="?invalid_token/.test(headers.get('www-authenticate') ?? '');
}

/** The caller stops waiting; what others wait for too goes on. */
export function orAborted<T>(task: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return task;
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });
  return Promise.race([task, aborted]).finally(() => signal.removeEventListener('abort', stop));
}
