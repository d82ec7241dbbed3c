import { text } from 'node:stream/consumers';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addApp as addAppByApi, shownCode } from '../authenticator.ts';
import { goodPassword, startServer, type TestServer } from '../harness.ts';
import {
  type AccountSite,
  follow,
  hasFocus,
  openAccountSite,
  press,
  signIn,
} from './account-site.ts';
import { accessibilityProblems, titled } from './site.ts';

/** Second factors on the account site: set up, used, lost and found again, in a real browser. */

let site: AccountSite;
let server: TestServer;
beforeAll(async () => {
  site = await openAccountSite('localhost');
  ({ server } = site);
});
afterAll(() => site[Symbol.asyncDispose]());

const stepMs = 30_000;

/** Where something ends on the page. */
async function rightOf(one: Locator): Promise<number> {
  const { x = 0, width = 0 } = (await one.boundingBox()) ?? {};
  return Math.round(x + width);
}

const visit: AccountSite['visit'] = (...args) => site.visit(...args);
const at: AccountSite['at'] = (path) => site.at(path);

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
    await other.getByLabel('Do not ask on this device for 30 days').check();
    await press(other, 'Sign in');
    await titled(other, 'Your account');
    await press(other, 'Sign out');
    await signIn(other, email);
    await titled(other, 'Your account'); // remembered
    await page.reload();
    const forget = page.getByRole('button', { name: /^Forget/ });
    const remove = page.getByRole('link', { name: /^Remove/ });
    const phoneSize = page.viewportSize();
    await page.setViewportSize({ width: 1_000, height: 800 });
    expect(await rightOf(forget)).toBe(await rightOf(remove));
    if (phoneSize) await page.setViewportSize(phoneSize);
    await forget.click();
    await page.getByText('The device is forgotten.').waitFor();

    // Some time later, before something important.
    server.clock.advance(server.deps.settings.get('REAUTHENTICATION_AGE') * 1000);
    await page.goto(at('export/'));
    await titled(page, 'Confirm that it is you');
    await page.getByLabel('Code').fill(phone.code());
    await press(page, 'Go on');
    await titled(page, 'Your data');

    // The device is not remembered any more.
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

test('by keyboard alone: the code, and the recovery code in its place', async () => {
  const user = await server.signUp();
  const app = await addAppByApi(server, user);
  const page = await visit('sign-in/');
  const { keyboard } = page;
  await hasFocus(page, 'email');
  await keyboard.type(user.email);
  await keyboard.press('Tab');
  await keyboard.type(goodPassword);
  await keyboard.press('Enter');
  await titled(page, 'One more step');
  await hasFocus(page, 'code');
  await keyboard.type('000000');
  await keyboard.press('Enter');
  await page.getByRole('alert').first().waitFor();
  const words = () => page.evaluate('document.activeElement.textContent.trim()');
  for (let times = 0; times < 20 && (await words()) !== 'Use a recovery code'; times += 1) {
    await keyboard.press('Tab');
  }
  await keyboard.press('Enter');
  await hasFocus(page, 'recovery_code');
  await keyboard.insertText(app.recoveryCodes[0] ?? ''); // pasted
  await keyboard.press('Enter');
  await titled(page, 'Security');
  await page.context().close();
});

test('who has to have a second factor sets one up before they are signed in', async () => {
  await using strict = await startServer({
    pinned: { SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: 0 },
  });
  const email = 'obliged@example.com';
  const json = { email, password: goodPassword };
  await strict.send('POST', '/api/register/', { json });
  const problems: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    const viewport = { width: 320, height: 640 };
    const page = await visit('', { colorScheme, viewport });
    await page.goto(`${strict.origin}/account/sign-in/`);
    const look = async (state: string) => {
      const found = await accessibilityProblems(page, 'all');
      problems.push(...found.map((problem) => `${state}: ${problem}`));
      const width = await page.evaluate('document.documentElement.scrollWidth');
      if (Number(width) > 320) problems.push(`${state} is ${width} wide`);
    };
    await signIn(page, email);
    const isFirst = colorScheme === 'light';
    await titled(page, isFirst ? 'Protect your account' : 'One more step');
    await look(isFirst ? 'enrolment' : 'second step');
    if (isFirst) {
      await press(page, 'Go on');
      await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
      await look('QR code');
      const key = (await page.locator('code.secret').textContent()) ?? '';
      await page.getByLabel('Code').fill(shownCode(strict, key.replaceAll(' ', '')));
      await press(page, 'Add the app');
      await titled(page, 'Your recovery codes');
      await look('recovery codes');
      await follow(page, 'I have stored them');
      await titled(page, 'Security');
      await look('security');
    } else {
      await page.getByLabel('Code').fill('000000');
      await press(page, 'Sign in');
      await page.getByRole('alert').waitFor();
      await look('a wrong code');
    }
    await page.context().close();
  }
  expect(problems).toEqual([]);
});
