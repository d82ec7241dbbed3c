import { text } from 'node:stream/consumers';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shownCode } from '../authenticator.ts';
import { openBrowser } from '../browser/browser.ts';
import { goodPassword, startServer, type TestServer } from '../harness.ts';
import { titled } from './site.ts';

/** Second factors on the account site: set up, used, lost and found again, in a real browser. */

let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

const waitMs = 25_000;
const stepMs = 30_000;

async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(waitMs);
  const page = await context.newPage();
  await page.goto(at(path));
  return page;
}

/** By its name: an IP is no RP ID. */
const at = (path: string) => `${server.origin.replace('127.0.0.1', 'localhost')}/account/${path}`;

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click();

async function signIn(page: Page, email: string, password = goodPassword): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await press(page, 'Sign in');
}

/** The app on the phone. Each code works once, so time passes before the next. */
function phoneWith(secret: string) {
  return {
    code(): string {
      server.clock.advance(stepMs);
      return shownCode(server, secret);
    },
  };
}

/** Adds an app, from the page on security on; gives the phone, and the codes where they are shown. */
async function addApp(page: Page) {
  await follow(page, 'Add an app');
  await titled(page, 'Add an authenticator app');
  await page.getByLabel('Name').fill('Phone');
  await press(page, 'Go on');
  await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
  const key = (await page.locator('code.secret').textContent()) ?? '';
  const phone = phoneWith(key.replaceAll(' ', ''));
  await page.getByLabel('Code').fill('12345');
  await press(page, 'Add the app');
  await page.getByRole('alert').getByText('A code has six digits.').waitFor();
  const code = phone.code();
  await page.getByLabel('Code').fill(`${code.slice(0, 3)} ${code.slice(3)}`);
  await press(page, 'Add the app');
  return phone;
}

describe.each([true, false])('with scripts: %s', (javaScriptEnabled) => {
  const options = { javaScriptEnabled, viewport: { width: 360, height: 640 } };

  test('an app is set up, asked for, lost, and replaced with a recovery code', async () => {
    const { email } = await server.signUp();
    const page = await visit('', options);
    await signIn(page, email);
    await titled(page, 'Your account');
    await follow(page, 'Set up a second factor');
    await titled(page, 'Security');
    const phone = await addApp(page);
    await titled(page, 'Your recovery codes');
    const codes = await page.locator('.codes code').allTextContents();
    expect(codes).toHaveLength(10);
    const downloading = page.waitForEvent('download');
    await press(page, 'Download');
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('recovery-codes.txt');
    const file = await text(await download.createReadStream());
    for (const code of codes) expect(file).toContain(code);
    await follow(page, 'I have stored them');
    await titled(page, 'Security');
    await page.getByText('10 left').waitFor();

    const other = await visit('sign-in/', options);
    await signIn(other, email);
    await titled(other, 'One more step');
    await other.getByLabel('Code').fill('000000');
    await press(other, 'Sign in');
    await other.getByText('You have 4 more tries.').first().waitFor();
    await other.getByLabel('Code').fill(phone.code());
    await press(other, 'Sign in');
    await titled(other, 'Your account');
    await press(other, 'Sign out');
    await signIn(other, email);
    await titled(other, 'One more step');

    // The phone is lost.
    await follow(other, 'Use a recovery code');
    await other.getByLabel('Recovery code').fill((codes[3] ?? '').toLowerCase());
    await press(other, 'Sign in');
    await titled(other, 'Security');
    await other.getByText('9 left').waitFor();
    await follow(other, 'Remove Phone');
    await titled(other, 'Remove the app');
    await other.getByLabel('Sign out all my other devices').check();
    await press(other, 'Remove');
    await other.getByText('The app is removed.').waitFor();
    await addApp(other);
    await titled(other, 'Your recovery codes');
    await page.reload();
    await titled(page, 'Sign in');
    await page.context().close();
    await other.context().close();
  });
});
