import type { Environment } from './environment.ts';
import { LatchkeyError, networkError } from './errors.ts';

/** How long a caller waits for `Retry-After` at most; beyond that it is told. */
const maxWaitMs = 5_000;
/**
 * How long each try may take. The first ones are short, so that a lost answer is asked for again while
 * the server still repeats it (`REFRESH_GRACE_PERIOD`, 10 seconds); the last is for slow networks.
 */
const tryMs = [4_000, 4_000, 15_000];
export const maxTries = tryMs.length;
const firstDelayMs = 300;

/** How long to wait before the next try; undefined: no other try makes sense now. */
export function delayMs(
  error: LatchkeyError,
  tries: number,
  environment: Pick<Environment, 'random'>,
): number | undefined {
  if (tries >= maxTries) return undefined;
  const askedMs = (error.retryAfterSeconds ?? 0) * 1_000;
  if (askedMs > maxWaitMs) return undefined;
  const backOffMs = firstDelayMs * 2 ** (tries - 1);
  return askedMs + backOffMs * (0.5 + environment.random() / 2);
}

/** Whether the same request may get another answer later. */
export function isPassing({ code, status }: LatchkeyError): boolean {
  return code === 'network_error' || status >= 500 || status === 429 || status === 408;
}

/**
 * Sends a request that may be repeated, until there is an answer: a success, or a refusal.
 *
 * @param send gets a signal that ends the try
 * @param until.signal ends it: after the try that is under way, or in its middle where that may be cut
 * @throws LatchkeyError the last failure
 */
export async function sendUntilAnswered<T>(
  send: (signal: AbortSignal) => Promise<T>,
  environment: Environment,
  { signal, mayCut }: { readonly signal: AbortSignal; readonly mayCut: boolean },
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      const ms = tryMs[tries - 1] ?? maxWaitMs;
      return await withTimeout(send, ms, environment, mayCut ? signal : undefined);
    } catch (thrown) {
      const error = thrown instanceof LatchkeyError ? thrown : networkError(thrown);
      const isStrange = error.code === 'unexpected_answer'; // a proxy, or a network that wants a login
      const waitMs = isPassing(error) || isStrange ? delayMs(error, tries, environment) : undefined;
      if (waitMs === undefined || signal.aborted) throw error;
      await environment.sleep(waitMs, signal);
    }
  }
}

/** @throws LatchkeyError `network_error` when the time is over, or the signal is aborted */
export async function withTimeout<T>(
  send: (signal: AbortSignal) => Promise<T>,
  ms: number,
  environment: Environment,
  signal?: AbortSignal,
): Promise<T> {
  const isOver = new AbortController();
  const isDone = new AbortController();
  const end = () => isDone.abort();
  signal?.addEventListener('abort', end);
  if (signal?.aborted) end();
  const timeout = environment.sleep(ms, isDone.signal).then(() => {
    isOver.abort();
    throw networkError(new Error(`No answer in ${ms} ms.`));
  });
  try {
    return await Promise.race([send(isOver.signal), timeout]);
  } finally {
    end();
    signal?.removeEventListener('abort', end);
  }
}
