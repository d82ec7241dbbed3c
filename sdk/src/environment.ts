/** What the client takes from the platform. Tests put their own clock and network in its place. */
export interface Environment {
  /** The time of day, which a user may change. */
  wallMs(): number;
  /** Time that only goes forward, from any beginning. */
  monotonicMs(): number;
  /** Ends early, without an error, when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to, but not including, 1. */
  random(): number;
  fetch(request: Request): Promise<Response>;
}

export const platform: Environment = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done);
    }),
  random: () => Math.random(),
  fetch: (request) => globalThis.fetch(request),
};
