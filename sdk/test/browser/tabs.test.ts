import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../../../test/browser/browser.ts';
import { until } from '../../../test/eventually.ts';
import { goodPassword, startServer, type TestServer } from '../../../test/harness.ts';
import { bundleStandalone } from '../../tools/build.ts';

/** The client in the tabs of a real browser, under a strict Content-Security-Policy. */

/** What the script of the page is asked for. */
interface InPage {
  client: { signIn(credentials: object): Promise<unknown>; signOut(): Promise<boolean> };
  /** How often each thing happened to a call: `done`, or the code of an error. */
  outcomes: Record<string, number>;
  ends: string[];
}

/** A page that asks for the profile all the time. */
const script = `
  import { browserStorage, createLatchkey } from './client.js';
  const ends = [];
  const client = createLatchkey({
    storage: browserStorage(),
    onSessionEnd: ({ cause }) => ends.push(cause),
  });
  const outcomes = {};
  async function call() {
    if (!client.session) return;
    const outcome = await client.readProfile().then(() => 'done', ({ code }) => code);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  await client.ready();
  setInterval(call, 100);
  Object.assign(globalThis, { client, outcomes, ends });
`;

let server: TestServer;
let files: Record<string, [type: string, body: string]>;
beforeAll(async () => {
  server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3 } });
  const client = await bundleStandalone();
  const example = (name: string) =>
    readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8');
  files = {
    '/app/': ['text/html', '<!doctype html><script type="module" src="page.js"></script>'],
    '/app/page.js': ['text/javascript', script],
    '/app/client.js': ['text/javascript', client],
    '/app/example/page.html': ['text/html', example('page.html')],
    '/app/example/page.js': ['text/javascript', example('page.js')],
    '/app/example/standalone.js': ['text/javascript', client],
  };
});
afterAll(() => server[Symbol.asyncDispose]());

/** The site of an application, at the same origin. */
async function serveSite(context: BrowserContext): Promise<void> {
  await context.route(`${server.origin}/app/**`, async (route) => {
    const [contentType, body] = files[new URL(route.request().url()).pathname] ?? ['', ''];
    const csp = "default-src 'none'; script-src 'self'; connect-src 'self'";
    const headers = { 'content-security-policy': csp };
    await route.fulfill({ contentType, body, headers });
  });
}

async function openTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${server.origin}/app/`);
  await isReady(page);
  return page;
}

const isReady = (page: Page) => page.waitForFunction('globalThis.client');
const stateOf = (page: Page) =>
  page.evaluate(() => {
    const { outcomes, ends } = globalThis as unknown as InPage;
    return { outcomes, ends };
  });

/** By outcome. */
async function countRefreshes(): Promise<Record<string, number>> {
  const { values } = await server.deps.metrics.refreshes.get();
  return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
}

test('three tabs stay signed in through expiries, reloads and an offline moment, and are signed out at once', async () => {
  await using browser = await openBrowser();
  const context = await browser.newContext();
  await serveSite(context);
  const { email } = await server.signUp();
  const first = await openTab(context);
  await first.evaluate(
    (credentials) => (globalThis as unknown as InPage).client.signIn(credentials),
    { email, password: goodPassword },
  );
  const beganAtMs = performance.now();
  const [second, third] = [await openTab(context), await openTab(context)];

  await setTimeout(2_000);
  await second.reload();
  await context.setOffline(true);
  await setTimeout(1_000);
  await context.setOffline(false);
  for (let reloads = 0; reloads < 3; reloads += 1) {
    await third.reload();
    await setTimeout(600);
  }
  await until(async () => ((await countRefreshes()).success ?? 0) >= 3);

  const tabs = [first, second, third];
  for (const tab of tabs) {
    await isReady(tab);
    await until(async () => ((await stateOf(tab)).outcomes.done ?? 0) > 3);
    const { outcomes, ends } = await stateOf(tab);
    expect(ends).toEqual([]);
    expect(Object.keys(outcomes).filter((name) => !/done|network_error/.test(name))).toEqual([]);
  }
  // A token of three seconds is replaced after one and a half at the earliest.
  const refreshes = await countRefreshes();
  const elapsedMs = performance.now() - beganAtMs;
  expect(refreshes.success).toBeLessThanOrEqual(elapsedMs / 1_500 + 1);
  const { success, repeated, ...refused } = refreshes;
  expect(Object.values(refused).filter((count) => count > 0)).toEqual([]);

  await second.evaluate(() => (globalThis as unknown as InPage).client.signOut());
  for (const tab of tabs) {
    await tab.waitForFunction('globalThis.ends.length > 0');
    expect((await stateOf(tab)).ends).toEqual(['logged_out']);
  }
  const late = await openTab(context);
  expect(await late.evaluate('[client.session, client.endCause]')).toEqual([
    undefined,
    'logged_out',
  ]);
});

test('the example page signs in and out', async () => {
  await using browser = await openBrowser();
  const context = await browser.newContext();
  await serveSite(context);
  const { email } = await server.signUp();
  const page = await context.newPage();
  await page.goto(`${server.origin}/app/example/page.html`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Invalid credentials').waitFor();
  await page.getByLabel('Password').fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText(email).waitFor();
  await page.reload();
  await page.getByText(email).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Signed out: logged_out').waitFor();
});
