import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';

/** How long a page may take to show what is expected of it: a limit for what hangs, not for what is slow. */
export const waitMs = 60_000;

/** Connects to the browser of this test run. `await using browser = await openBrowser()` lets go of it. */
export function openBrowser(): Promise<Browser> {
  return chromium.connect(inject('browserEndpoint'));
}
