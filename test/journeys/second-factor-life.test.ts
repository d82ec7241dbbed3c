import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shownCode } from '../authenticator.ts';
import { until } from '../eventually.ts';
import { goodPassword, type TestServer } from '../harness.ts';
import { mailTo } from '../mailed-codes.ts';
import { type AccountSite, openAccountSite, press, signIn } from './account-site.ts';
import { accessibilityProblems, titled } from './site.ts';
import { plugIn } from './virtual-authenticator.ts';

/** What becomes of an account with second factors over time: in a real browser, and by keyboard alone. */

let site: AccountSite;
let server: TestServer;
beforeAll(async () => {
  site = await openAccountSite('localhost');
  ({ server } = site);
});
afterAll(() => site[Symbol.asyncDispose]());

/** A user whose email is proven: a reset takes the factors of no other. */
async function proven() {
  const user = await server.signUp();
  const { db } = server.deps.database;
  const verified = { email_verified_at_ms: server.clock.nowMs() };
  await db.updateTable('users').set(verified).where('id', '=', user.id).execute();
  return user;
}

/** What has the focus: the label of a field, or the text of a link or button. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: element } = (
      globalThis as unknown as { document: { activeElement: Focused } }
    ).document;
    return (element.labels?.[0] ?? element).textContent.trim();
  });

interface Focused {
  readonly textContent: string;
  readonly labels?: ArrayLike<{ readonly textContent: string }>;
}

/** Presses Tab until that has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let times = 0; times < 40; times += 1) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${name}.`);
}

/** Goes there by Tab, and presses Enter. */
async function enter(page: Page, name: string): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}

async function type(page: Page, name: string, text: string): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.insertText(text);
}

test('by keyboard alone: an app and a passkey are added, each signs in, and a lost phone is got over', async () => {
  const { email } = await proven();
  const page = await site.visit('');
  const key = await plugIn(page);
  await key.touch(false); // else it answers what the sign-in page asks for its list
  const enterPassword = async () => {
    await titled(page, 'Sign in');
    await type(page, 'Email', email);
    await type(page, 'Password', goodPassword);
    await page.keyboard.press('Enter');
  };
  const signOut = async () => {
    await key.touch(false);
    await enter(page, 'Sign out');
    await titled(page, 'Sign in');
  };

  await enterPassword();
  await titled(page, 'Your account');
  await enter(page, 'Set up a second factor');
  await titled(page, 'Security');
  await enter(page, 'Add an app');
  await titled(page, 'Add an authenticator app');
  await type(page, 'Name', 'Phone');
  await page.keyboard.press('Enter');
  await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
  const secret = ((await page.locator('code.secret').textContent()) ?? '').replaceAll(' ', '');
  /** Each code works once, so time passes before the next. */
  const nextCode = () => {
    server.clock.advance(30_000);
    return shownCode(server, secret);
  };
  await type(page, 'Code', nextCode());
  await page.keyboard.press('Enter');
  await titled(page, 'Your recovery codes');
  const codes = await page.locator('.codes code').allTextContents();
  await enter(page, 'I have stored them');
  await titled(page, 'Security');
  await enter(page, 'Add a passkey');
  await titled(page, 'Add a passkey');
  await key.touch(true);
  await enter(page, 'Create the passkey');
  await page.getByText('The passkey is added.').waitFor();
  await titled(page, 'Security'); // and no codes once more

  await signOut();
  await enterPassword();
  await titled(page, 'One more step');
  await type(page, 'Code', nextCode());
  await page.keyboard.press('Enter');
  await titled(page, 'Your account');

  await signOut();
  await enterPassword();
  await titled(page, 'One more step');
  await enter(page, 'Use a recovery code');
  await page.getByLabel('Recovery code').waitFor();
  await type(page, 'Recovery code', codes[0] ?? '');
  await page.keyboard.press('Enter');
  await page.getByText('9 left').waitFor();

  await signOut();
  await tabTo(page, 'Sign in with a passkey');
  await key.offered();
  await key.touch(true);
  await page.keyboard.press('Enter');
  await titled(page, 'Your account');

  // The phone is lost, and the password is forgotten.
  await signOut();
  await enter(page, 'Forgot your password?');
  await titled(page, 'Forgot your password?');
  await type(page, 'Email', email);
  await page.keyboard.press('Enter');
  await titled(page, 'Choose a new password');
  await type(page, 'Code', (await mailTo(server, email)).code);
  await page.keyboard.press('Enter');
  await page.getByText('Choose a new password for').waitFor();
  await enter(page, 'Use a passkey');
  // What is missing is said before the passkey is asked for.
  expect(await focused(page)).toBe('New password');
  await type(page, 'New password', 'a quite new horse');
  await key.touch(true);
  await enter(page, 'Use a passkey');
  await page.getByText('Your password is set').waitFor();
  await enter(page, 'Security');
  await titled(page, 'Security');
  await enter(page, 'Remove Phone');
  await titled(page, 'Remove the app');
  await enter(page, 'Remove');
  await page.getByText('The app is removed.').waitFor();
  await page.context().close();
});

/**
 * The browser of the tests makes no passkey without asking; the rest is as it is there. It makes one when something is typed,
 * from when `isWaiting`; `sent` is what became of the form, once the page has seen that.
 */
async function makeWithoutAsking(page: Page): Promise<void> {
  await page.addInitScript(`
    const { credentials } = navigator;
    const create = credentials.create.bind(credentials);
    PublicKeyCredential.getClientCapabilities = async () => ({ conditionalCreate: true });
    credentials.create = async ({ mediation, ...options }) => {
      globalThis.mediation = mediation;
      await new Promise((go) => {
        document.querySelector('[name=username]').addEventListener('input', go);
        globalThis.isWaiting = true;
      });
      return create(options);
    };
    globalThis.shifts = 0;
    new PerformanceObserver((list) => {
      for (const { value } of list.getEntries()) globalThis.shifts += value;
    }).observe({ type: 'layout-shift', buffered: true });
    const { fetch } = globalThis;
    globalThis.fetch = (url, how) => {
      const answer = fetch(url, how);
      const note = (sent) => setTimeout(() => (globalThis.sent = sent));
      if (how.body) answer.then(({ status }) => note(status), ({ name }) => note(name));
      return answer;
    };
  `);
}

test('a passkey that is made without asking leaves the page as it is, wherever the sign-in leads', async () => {
  const { email } = await server.signUp();
  const page = await site.visit('about:blank');
  const key = await plugIn(page);
  await makeWithoutAsking(page);
  await page.goto(site.at('sign-in/?return_to=%2Faccount%2Fprofile%2F'));
  await signIn(page, email);
  await titled(page, 'Username and language');
  const pages = await page.evaluate('history.length');
  await until(() => page.evaluate('globalThis.isWaiting'));
  await page.getByLabel('Username').fill('ada');
  await page.getByText('Your password manager has saved a passkey for your account.').waitFor();
  expect(await page.evaluate('[globalThis.mediation, globalThis.shifts]')).toEqual([
    'conditional',
    0,
  ]);
  expect(await page.getByLabel('Username').inputValue()).toBe('ada');
  expect(await page.evaluate('history.length')).toBe(pages);
  expect(await key.credentials()).toHaveLength(1);
  expect(await accessibilityProblems(page, 'all')).toEqual([]);
  await page.goto(site.at('security/'));
  await page.getByText('not used yet').waitFor();
  await page.context().close();
});

test('a passkey that came too late is not said to be saved', async () => {
  const { email } = await server.signUp();
  const page = await site.visit('about:blank');
  await plugIn(page);
  await makeWithoutAsking(page);
  await page.goto(site.at('sign-in/?return_to=%2Faccount%2Fprofile%2F'));
  await signIn(page, email);
  await titled(page, 'Username and language');
  await until(() => page.evaluate('globalThis.isWaiting'));
  // The sign-in is recent no more: the form is answered with a redirect, as all of them are.
  server.clock.advance(server.deps.settings.get('REAUTHENTICATION_AGE') * 1000 + 1);
  await page.getByLabel('Username').fill('ada');
  expect(await until(() => page.evaluate('globalThis.sent'))).toBe('TypeError');
  expect(await page.getByText('has saved a passkey').count()).toBe(0);
  await titled(page, 'Username and language');
  await page.context().close();
});

test.each(['light', 'dark'] as const)(
  'a reset that takes a factor has no problems in the %s theme',
  async (colorScheme) => {
    const { email } = await proven();
    const page = await site.visit('sign-in/?return_to=%2Faccount%2Fsecurity%2Fpasskey%2F', {
      ...{ colorScheme, viewport: { width: 320, height: 640 } },
    });
    const key = await plugIn(page);
    await signIn(page, email);
    await titled(page, 'Add a passkey');
    await press(page, 'Create the passkey');
    await titled(page, 'Your recovery codes');
    await key.touch(false);
    await page.goto(site.at('forgot/'));
    await press(page, 'Send the mail');
    await titled(page, 'Choose a new password');
    await page.getByLabel('Code').fill((await mailTo(server, email)).code);
    await press(page, 'Go on');
    await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
    expect(await accessibilityProblems(page, 'all')).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    await page.context().close();
  },
);
