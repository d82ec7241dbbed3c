/**
 * Keeps mail from an SMTP server that cannot be used: after a failure nothing is tried for a while, then one
 * mail, and all of them once that was taken.
 */
export interface Breaker {
  /** How many mails may be on their way at once now: none, one, or all that there is room for. */
  allowed(most: number): number;
  /** @returns whether it could be used before */
  fail(): boolean;
  /** @returns whether it could not be used before */
  succeed(): boolean;
  /** For how long nothing is tried; 0: something may be. */
  waitMs(): number;
  /** Tries again now. */
  reset(): void;
}

/** After so many failures in a row; then as the last. */
const pausesMs = [5_000, 15_000, 30_000, 60_000] as const;

/** @param nowMs a clock that nobody sets */
export function createBreaker(nowMs = () => performance.now()): Breaker {
  let failures = 0;
  let opensAtMs = 0;
  const waitMs = () => Math.max(0, opensAtMs - nowMs());
  return {
    waitMs,
    allowed(most) {
      if (failures === 0) return most;
      return waitMs() > 0 ? 0 : 1;
    },
    fail() {
      // Those that were on their way together fail together, and count once.
      if (waitMs() > 0) return false;
      opensAtMs = nowMs() + (pausesMs[failures] ?? pausesMs[pausesMs.length - 1] ?? 0);
      failures = Math.min(failures + 1, pausesMs.length);
      return failures === 1;
    },
    succeed() {
      const wasBroken = failures > 0;
      failures = 0;
      opensAtMs = 0;
      return wasBroken;
    },
    reset() {
      opensAtMs = 0;
    },
  };
}
