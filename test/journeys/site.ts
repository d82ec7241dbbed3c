import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { openBrowser } from '../browser/browser.ts';
import { eventually } from '../eventually.ts';
import { goodPassword, startServer, type TestServer } from '../harness.ts';

/** The admin site as a person meets it: by what it says, never by how it is built. */
export interface Site extends AsyncDisposable {
  readonly server: TestServer;
  /** A browser of its own for one person, at the sign-in. */
  visit(options?: VisitOptions): Promise<Page>;
  /** The same, signed in. */
  enter(email: string, options?: VisitOptions): Promise<Page>;
}

interface VisitOptions {
  readonly colorScheme?: 'light' | 'dark';
  /** Under which name; passkeys know no IP. */
  readonly host?: 'localhost';
}

/** @param options of the server */
export async function openSite(options?: Parameters<typeof startServer>[0]): Promise<Site> {
  const server = await startServer(options);
  const browser = await openBrowser();
  const visit: Site['visit'] = async ({ host = '127.0.0.1', ...options } = {}) => {
    const context = await browser.newContext({
      locale: 'en-GB',
      reducedMotion: 'reduce',
      ...options,
    });
    const page = await context.newPage();
    await page.goto(`${server.origin.replace('127.0.0.1', host)}/admin/`);
    return page;
  };
  return {
    server,
    visit,
    async enter(email, options) {
      const page = await visit(options);
      await page.getByLabel('Email').fill(email);
      await page.getByLabel(/^Password/).fill(goodPassword);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await titled(page, 'Overview');
      return page;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Waits for the page of that title, and for the end of its HTML: what is below the heading may come later. */
export async function titled(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  await page.waitForLoadState('domcontentloaded');
}

/** Answers nothing any more, as a server that is away; the answer of this brings it back. */
export async function takeServerAway(page: Page, pattern = '**'): Promise<() => Promise<void>> {
  await page.route(pattern, (route) => route.abort('connectionrefused'));
  return () => page.unroute(pattern);
}

/** Goes to a section by the menu. */
export async function goTo(page: Page, section: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: section, exact: true }).click();
  await titled(page, section);
}

/** Looks a user up in the list, and opens their page. */
export async function findUser(page: Page, email: string): Promise<void> {
  await goTo(page, 'Users');
  await page.getByLabel('Email, @domain, username or id').fill(email.split('@', 1)[0] ?? '');
  // Once the list has found them: a row that moves under the pointer is not clicked.
  await eventually(async () => expect(await page.getByRole('row').count()).toBe(2));
  await page.getByRole('link', { name: email, exact: true }).click();
  await titled(page, email);
}

/** The row of a table that has these words. */
export const row = (page: Page, words: string | RegExp): Locator =>
  page.getByRole('row').filter({ hasText: words }).first();

const rules = {
  /** WCAG 2.2 AA. */
  all: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  /** What depends on the theme. */
  contrast: ['color-contrast'],
};

/** What axe finds wrong with a page. */
export async function accessibilityProblems(
  page: Page,
  which: keyof typeof rules,
): Promise<string[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe.source);
  return page.evaluate(`(async () => {
    const runOnly = ${JSON.stringify(rules[which])};
    const { violations } = await axe.run(document, { runOnly, resultTypes: ['violations'] });
    return violations.map(({ id, help, nodes }) => id + ': ' + help + ' ' + nodes[0].html);
  })()`);
}

/** In the light theme and in the dark one, where a page changes while it is shown. */
export async function problemsInBothThemes(page: Page): Promise<string[]> {
  const light = await accessibilityProblems(page, 'all');
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await accessibilityProblems(page, 'contrast');
  await page.emulateMedia({ colorScheme: 'light' });
  return [...light, ...dark.map((problem) => `in the dark: ${problem}`)];
}

/** The lifetime of an access token, in seconds. */
export function lifetimeOf(accessToken: string): number {
  const payload = Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString();
  const { iat, exp } = JSON.parse(payload);
  return exp - iat;
}

/** Signs in by the API, as an application does. */
export async function signInByApi(server: TestServer, email: string) {
  const json = { email, password: goodPassword };
  const answer = await server.send('POST', '/api/login/', { json });
  expect(answer.status).toBe(200);
  return answer.body as { access_token: string; refresh_token: string };
}
