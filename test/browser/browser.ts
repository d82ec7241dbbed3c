import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';

/** Connects to the browser of this test run. `await using browser = await openBrowser()` lets go of it. */
export function openBrowser(): Promise<Browser> {
  return chromium.connect(inject('browserEndpoint'));
}
