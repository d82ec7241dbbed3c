import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueSetupToken, setupUrl } from '../../src/features/self-service/setup/index.ts';
import { shownCode } from '../authenticator.ts';
import { goodPassword } from '../harness.ts';
import { accessibilityProblems, openSite, type Site, titled } from './site.ts';
import { plugIn } from './virtual-authenticator.ts';

/** Administrators who have to have a second factor, and have none yet: they set it up on their way into the admin site. */

const graceSeconds = 3_600;
let site: Site;
beforeAll(async () => {
  site = await openSite({
    pinned: { SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: graceSeconds },
  });
});
afterAll(() => site[Symbol.asyncDispose]());

/** One whose time for adding a factor is over. */
async function dueAdministrator() {
  const { email } = await site.server.signUpAdmin('superuser');
  site.server.clock.advance((graceSeconds + 1) * 1_000);
  return email;
}

async function beginSignIn(page: Page, email: string) {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel(/^Password/).fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Sets an app up on the page that asks for it. */
async function setUpApp(page: Page): Promise<string> {
  await titled(page, 'Protect your account');
  await press(page, 'Go on');
  const secret = ((await page.locator('code.secret').textContent()) ?? '').replaceAll(' ', '');
  await page.getByLabel('Code').fill(shownCode(site.server, secret));
  await press(page, 'Add the app');
  return secret;
}

test.each([
  ['light', 1280],
  ['dark', 390],
] as const)('with an app, in the %s theme at %i pixels', async (colorScheme, width) => {
  const { server } = site;
  const email = await dueAdministrator();
  const page = await site.visit({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
  await beginSignIn(page, email);
  await page.getByRole('alert').getByText('This account must have a second factor.').waitFor();
  expect(await accessibilityProblems(page, 'all')).toEqual([]);
  await page.getByRole('link', { name: 'Set it up now' }).click();
  const secret = await setUpApp(page);
  await titled(page, 'Your recovery codes');
  await page.getByRole('link', { name: 'I have stored them' }).click();
  await titled(page, 'Overview');
  await page.reload();
  await titled(page, 'Overview');

  await page.setViewportSize({ width: 1280, height: 900 }); // the menu has it on a phone
  await press(page, 'Sign out');
  server.clock.advance(30_000);
  await beginSignIn(page, email);
  await page.getByLabel('Code of your authenticator app').fill(shownCode(server, secret));
  await page.keyboard.press('Enter');
  await titled(page, 'Overview');
});

test('with a passkey', async () => {
  const email = await dueAdministrator();
  const page = await site.visit({ host: 'localhost' });
  const key = await plugIn(page);
  await beginSignIn(page, email);
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await titled(page, 'Protect your account');
  await press(page, 'Create the passkey');
  await titled(page, 'Your recovery codes');
  await page.getByRole('link', { name: 'I have stored them' }).click();
  await titled(page, 'Overview');
  await key.touch(false); // or the offer in the email field signs in before the button is there
  await press(page, 'Sign out');
  await titled(page, 'Sign in');
  await key.offered();
  await key.touch(true);
  await press(page, 'Sign in with a passkey');
  await titled(page, 'Overview');
});

test('a sign-in that is over begins again, and still leads to the admin site', async () => {
  const { server } = site;
  const email = await dueAdministrator();
  const page = await site.visit();
  await beginSignIn(page, email);
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await titled(page, 'Protect your account');
  server.clock.advance(11 * 60_000);
  await page.reload();
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(goodPassword);
  await press(page, 'Sign in');
  await setUpApp(page);
  await page.getByRole('link', { name: 'I have stored them' }).click();
  await titled(page, 'Sign in');
  await page.getByText('Administration of your users, sessions and settings.').waitFor();
});

test('the first administrator sets a factor up right after the password', async () => {
  await using empty = await openSite({
    pinned: { SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: 0 },
  });
  const { server } = empty;
  const page = await empty.visit();
  await page.goto(setupUrl(server.origin, (await issueSetupToken(server.deps)) ?? ''));
  await page.getByLabel('Email').fill('first@example.com');
  await page
    .getByLabel(/^Password/)
    .first()
    .fill(goodPassword);
  await press(page, 'Create account');
  await titled(page, 'Protect your account');
  await press(page, 'Go on');
  const secret = ((await page.locator('code.secret').textContent()) ?? '').replaceAll(' ', '');
  await page.getByLabel('Code').fill(shownCode(server, secret));
  await press(page, 'Add the app');
  await titled(page, 'Your recovery codes');
  await page.getByRole('link', { name: 'I have stored them' }).click();
  await titled(page, 'Overview');
});
