import type { Environment } from './environment.ts';
import { errorOf, errorOfBody, type LatchkeyError, networkError } from './errors.ts';
import type { HeldToken } from './held-token.ts';
import { delayMs, isPassing } from './retries.ts';
import type { SessionEndCause } from './session.ts';
import type { SessionKeeper } from './session-keeper.ts';

interface FetchDeps {
  readonly keeper: SessionKeeper;
  readonly environment: Environment;
  /** Who may see the access token. */
  isTrusted(url: string): boolean;
  /** Whose word on a session counts. */
  isOurs(url: string): boolean;
}

/** What may be sent again when its answer was lost. */
const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * `fetch` with the access token. A token that is refused is replaced, and the request sent once more; what
 * passes by itself is tried again where that does no harm.
 *
 * @throws LatchkeyError `network_error`, or what the refresh met
 */
export function createAuthorizedFetch(deps: FetchDeps) {
  const { keeper, environment } = deps;

  return async function authorizedFetch(request: Request): Promise<Response> {
    const { signal } = request;
    const isGiven = request.headers.has('authorization');
    if (isGiven || !deps.isTrusted(request.url)) return sendPatiently(request);
    const held = await orAborted(keeper.usable(), signal);
    if (!held) return sendPatiently(request);
    const response = await sendPatiently(withToken(request, held));
    if (response.status !== 401) return response;
    const next = await orAborted(afterRefusal(held, response, request.url), signal);
    return next ? sendPatiently(withToken(request, next)) : response;
  };

  /** @returns another token, where the request is worth being sent again */
  async function afterRefusal(
    held: HeldToken,
    response: Response,
    url: string,
  ): Promise<HeldToken | undefined> {
    const { code, problem } = await errorOf(response.clone());
    const isOver = code === 'user_inactive' || problem?.detail === 'Invalid token.';
    if (deps.isOurs(url) && isOver && code !== 'invalid_token') {
      await keeper.ended(held, code as SessionEndCause);
    } else if (code !== 'invalid_token' && !saysInvalidToken(response)) {
      return undefined;
    }
    return keeper.renewed(held);
  }

  async function sendPatiently(request: Request): Promise<Response> {
    const isSafe = safeMethods.includes(request.method);
    for (let tries = 1; ; tries += 1) {
      const outcome = await send(request.clone());
      const error = outcome instanceof Response ? errorOfBody(outcome, undefined) : outcome;
      const mayRepeat = isPassing(error) && (isSafe || error.status === 429);
      const waitMs = mayRepeat ? delayMs(error, tries, environment) : undefined;
      if (waitMs === undefined) {
        if (outcome instanceof Response) return outcome;
        throw outcome;
      }
      await environment.sleep(waitMs, request.signal);
      request.signal.throwIfAborted();
    }
  }

  async function send(request: Request): Promise<Response | LatchkeyError> {
    try {
      return await environment.fetch(request);
    } catch (error) {
      request.signal.throwIfAborted();
      return networkError(error);
    }
  }
}

function withToken(request: Request, { token }: HeldToken): Request {
  const copy = request.clone();
  copy.headers.set('authorization', `Bearer ${token}`);
  return copy;
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
