import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import { inject } from 'vitest';

/** How long a page may take to show what is expected of it: a limit for what hangs, not for what is slow. */
export const waitMs = 60_000;

/** The browser of this test run. `await using browser = await openBrowser()` lets go of it. */
export interface TestBrowser extends AsyncDisposable {
  /** One more person at it, who shares nothing with others. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  close(): Promise<void>;
}

/** Connects to the browser of this test run. */
export async function openBrowser(): Promise<TestBrowser> {
  const browser = await chromium.connect(inject('browserEndpoint'));
  return {
    async newContext(options) {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(waitMs);
      return context;
    },
    close: () => browser.close(),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
