import { vi } from 'vitest';

/**
 * How long a test waits for what happens a moment later: a limit for what hangs, not for what is slow. A machine under
 * load may take a hundred times as long as an idle one. It is well below the limit of a test (vitest.config.ts), so
 * that a wait that hangs says what it waited for, instead of the whole test that it took too long.
 */
export const patienceMs = 60_000;

const intervalMs = 50;

/** Waits until the check no longer throws, and gives what it gives. A wait that hangs throws what it threw last. */
export function eventually<T>(check: () => T | Promise<T>) {
  return vi.waitFor(check, { timeout: patienceMs, interval: intervalMs });
}

/**
 * Waits until the condition gives something truthy, and gives that. What it throws ends the wait. A wait that hangs
 * shows the condition.
 */
export function until<T>(condition: () => T | Promise<T>) {
  const message = String(condition);
  return vi.waitUntil(condition, { timeout: patienceMs, interval: intervalMs, message });
}
