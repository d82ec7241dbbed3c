import type { BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../browser/browser.ts';
import { goodPassword, startServer, type TestServer } from '../harness.ts';

/** A server with its account site, in the browser of the test run. */
export interface AccountSite extends AsyncDisposable {
  readonly server: TestServer;
  /** The URL of a page, by its path below `/account/`. */
  at(path: string): string;
  /** Opens a page in a context of its own. */
  visit(path: string, options?: BrowserContextOptions): Promise<Page>;
}

/** @param host `localhost` where there are passkeys: an IP is not an RP ID */
export async function openAccountSite(host: '127.0.0.1' | 'localhost'): Promise<AccountSite> {
  const server = await startServer();
  const browser = await openBrowser();
  const at = (path: string) => `${server.origin.replace('127.0.0.1', host)}/account/${path}`;
  return {
    server,
    at,
    async visit(path, options = {}) {
      const context = await browser.newContext({
        locale: 'en-GB',
        reducedMotion: 'reduce',
        ...options,
      });
      const page = await context.newPage();
      await page.goto(at(path));
      return page;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

export const press = (page: Page, name: string) =>
  page.getByRole('button', { name, exact: true }).click();

export const follow = (page: Page, name: string) =>
  page.getByRole('link', { name, exact: true }).click();

/** Fills in the page that asks for email and password, and sends it. */
export async function signIn(page: Page, email: string, password = goodPassword): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await press(page, 'Sign in');
}

/** Waits until the field of that name has the focus: `autofocus` acts at the first frame, which may come after `load`. */
export const hasFocus = (page: Page, name: string) =>
  page.locator(`[name="${name}"]:focus`).waitFor();
