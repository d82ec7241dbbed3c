import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import { inject } from 'vitest';
import { patienceMs } from '../eventually.ts';

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
      context.setDefaultTimeout(patienceMs);
      return context;
    },
    close: () => browser.close(),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
