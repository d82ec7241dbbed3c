import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addApp, shownCode } from '../authenticator.ts';
import type { TestServer } from '../harness.ts';
import { type AccountSite, follow, openAccountSite, press, signIn } from './account-site.ts';
import { problemsInBothThemes, titled } from './site.ts';
import { plugIn } from './virtual-authenticator.ts';

/**
 * Passkeys on the account site, with the virtual authenticator of the browser. What it cannot do is choose from the list
 * that the browser shows in the field for the email (autofill): a request for that list is answered at once, or never.
 */

let site: AccountSite;
let server: TestServer;
beforeAll(async () => {
  site = await openAccountSite('localhost');
  ({ server } = site);
});
afterAll(() => site[Symbol.asyncDispose]());

const visit: AccountSite['visit'] = (...args) => site.visit(...args);
const at: AccountSite['at'] = (path) => site.at(path);

const cancelled =
  'That was cancelled, took too long, or there is no passkey for this here. Try again, or use another way.';

/** Adds a passkey, from the page on security on. */
async function addPasskey(page: Page): Promise<void> {
  await follow(page, 'Add a passkey');
  await titled(page, 'Add a passkey');
  await press(page, 'Create the passkey');
}

test('a passkey is added, signs in alone, confirms who one is, and is removed', async () => {
  const { email } = await server.signUp();
  const page = await visit('security/');
  const key = await plugIn(page);
  await signIn(page, email);
  await titled(page, 'Security');
  await addPasskey(page);
  await titled(page, 'Your recovery codes');
  await follow(page, 'I have stored them');
  await titled(page, 'Security');
  await page.getByText('not used yet').waitFor();
  expect(await key.credentials()).toHaveLength(1);

  await key.touch(false);
  await press(page, 'Sign out');
  await titled(page, 'Sign in');
  await page.getByLabel('Keep me signed in on this device').check();
  await key.offered();
  await key.touch(true);
  await press(page, 'Sign in with a passkey');
  await titled(page, 'Your account');
  const kept = (await page.context().cookies()).find(({ name }) => name === 'latchkey_account');
  expect(kept?.value).toMatch(/\.kept$/);
  expect(kept?.expires).toBeGreaterThan(0);

  server.clock.advance(server.deps.settings.get('REAUTHENTICATION_AGE') * 1000 + 1);
  await page.goto(at('export/'));
  await titled(page, 'Confirm that it is you');
  await press(page, 'Use a passkey');
  await titled(page, 'Your data');

  await page.goto(at('security/'));
  await page.getByRole('link', { name: /^Remove/ }).click();
  await titled(page, 'Remove the passkey');
  await press(page, 'Remove');
  await page.getByText('The passkey is removed.').waitFor();
  await page.context().close();
});

test('a passkey is the second factor of a password; a cancelled one is told in plain words', async () => {
  const { email } = await server.signUp();
  const page = await visit('security/');
  const key = await plugIn(page);
  await signIn(page, email);
  await addPasskey(page);
  await titled(page, 'Your recovery codes');
  await key.touch(false);
  await press(page, 'Sign out');
  await signIn(page, email);
  await titled(page, 'One more step');
  await page.getByText(`Go on with your passkey for ${email}.`).waitFor();

  await key.touch(true);
  await key.verify(false); // a wrong finger: the browser tells no more than that it was not allowed
  await press(page, 'Use a passkey');
  await page.getByRole('alert').getByText(cancelled).waitFor();
  await key.verify(true);
  await press(page, 'Use a passkey');
  await titled(page, 'Your account');
  await page.context().close();
});

test.each([
  ['tells authenticators what is gone', true],
  ['cannot', false],
])(
  'a passkey that was deleted on the device keeps nobody out, in a browser that %s',
  async (_browser, hasSignals) => {
    const user = await server.signUp();
    const { secret } = await addApp(server, user);
    const code = () => {
      server.clock.advance(30_000); // each works once
      return shownCode(server, secret);
    };
    const page = await visit('about:blank');
    const key = await plugIn(page);
    if (!hasSignals) {
      await page.addInitScript(`
      for (const name of Object.getOwnPropertyNames(PublicKeyCredential)) {
        if (name.startsWith('signal')) delete PublicKeyCredential[name];
      }`);
    }
    await page.goto(at('security/'));
    await signIn(page, user.email);
    await page.getByLabel('Code').fill(code());
    await press(page, 'Sign in');
    await addPasskey(page);
    await titled(page, 'Security');
    const signals = await page.evaluate("'signalUnknownCredential' in PublicKeyCredential");
    expect(signals).toBe(hasSignals);
    await key.clear();
    await press(page, 'Sign out');

    await press(page, 'Sign in with a passkey');
    await page.getByRole('alert').getByText(cancelled).waitFor();
    await signIn(page, user.email);
    await titled(page, 'One more step');
    await press(page, 'Use a passkey');
    await page.getByRole('alert').getByText(cancelled).waitFor();
    await page.getByLabel('Code').fill(code());
    await press(page, 'Sign in');
    await titled(page, 'Your account');
    await page.goto(at('security/'));
    const passkeys = page.locator('section').filter({ hasText: 'Passkeys' });
    await passkeys.getByRole('link', { name: /^Remove/ }).click();
    await press(page, 'Remove');
    await page.getByText('The passkey is removed.').waitFor();
    await page.context().close();
  },
);

test('an account with a passkey alone is opened by a recovery code where there is no script', async () => {
  const { email } = await server.signUp();
  const page = await visit('security/');
  await plugIn(page);
  await signIn(page, email);
  await addPasskey(page);
  await titled(page, 'Your recovery codes');
  const [code = ''] = await page.locator('.codes code').allTextContents();
  await page.context().close();

  const plain = await visit('sign-in/', { javaScriptEnabled: false });
  expect(await plain.getByRole('button').allTextContents()).toEqual(['Sign in']);
  await signIn(plain, email);
  await titled(plain, 'One more step');
  await plain.getByText('Passkeys need JavaScript and a current browser.').waitFor();
  await follow(plain, 'Use a recovery code');
  await plain.getByLabel('Recovery code').fill(code);
  await press(plain, 'Sign in');
  await titled(plain, 'Security');
  expect(await plain.getByRole('link', { name: 'Add a passkey' }).count()).toBe(0);
  await plain.context().close();
});

test('what a script shows moves nothing on the sign-in page', async () => {
  const page = await visit('about:blank');
  await page.addInitScript(`
    globalThis.shifts = 0;
    new PerformanceObserver((list) => {
      for (const { value } of list.getEntries()) globalThis.shifts += value;
    }).observe({ type: 'layout-shift', buffered: true });
  `);
  for (const path of ['sign-in/', 'sign-up/']) {
    await page.goto(at(path));
    await page.waitForLoadState('networkidle');
    expect([path, await page.evaluate('globalThis.shifts')]).toEqual([path, 0]);
  }
  await page.context().close();
});

test('no page of passkeys has problems in either theme', async () => {
  const { email } = await server.signUp();
  const page = await visit('sign-in/', { viewport: { width: 320, height: 640 } });
  const key = await plugIn(page);
  await key.touch(false);
  const problems: string[] = [];
  const look = async (state: string) => {
    const found = await problemsInBothThemes(page);
    problems.push(...found.map((problem) => `${state}: ${problem}`));
    const width = await page.evaluate('document.documentElement.scrollWidth');
    if (Number(width) > 320) problems.push(`${state} is ${width} wide`);
  };
  await look('sign-in');
  await signIn(page, email);
  await titled(page, 'Your account');
  await page.goto(at('security/passkey/'));
  await look('add a passkey');
  await key.touch(true);
  await press(page, 'Create the passkey');
  await titled(page, 'Your recovery codes');
  await look('recovery codes');
  await follow(page, 'I have stored them');
  await titled(page, 'Security');
  await look('security');
  for (const name of [/^Rename/, /^Remove/]) {
    await page.getByRole('link', { name }).click();
    await look(String(name));
    await page.goBack();
  }
  await key.touch(false);
  await press(page, 'Sign out');
  await signIn(page, email);
  await titled(page, 'One more step');
  await look('second step');
  await follow(page, 'Use a recovery code');
  await press(page, 'Sign in');
  await page.getByRole('alert').waitFor();
  await look('a wrong recovery code');
  expect(problems).toEqual([]);
  await page.context().close();
});
