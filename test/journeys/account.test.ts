import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goodPassword, type TestServer } from '../harness.ts';
import { type AccountSite, hasFocus, openAccountSite, press, signIn } from './account-site.ts';
import { problemsInBothThemes, titled } from './site.ts';

/** The account site in a real browser: with scripts and without, by keyboard, on a phone, in both themes. */

let site: AccountSite;
let server: TestServer;
beforeAll(async () => {
  site = await openAccountSite('127.0.0.1');
  ({ server } = site);
});
afterAll(() => site[Symbol.asyncDispose]());

const visit: AccountSite['visit'] = (...args) => site.visit(...args);

describe.each([true, false])('with scripts: %s', (javaScriptEnabled) => {
  test('an account from its beginning to its end', async () => {
    const email = `journey${javaScriptEnabled}@example.com`;
    const page = await visit('', { javaScriptEnabled, viewport: { width: 360, height: 640 } });
    await titled(page, 'Sign in');
    await page.getByRole('link', { name: 'Sign up' }).click();
    await titled(page, 'Create an account');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('short');
    await press(page, 'Create account');
    await page.getByRole('alert').getByText('Enter at least 8 characters.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await press(page, 'Create account');
    await titled(page, 'Your account');

    const other = await visit('sign-in/', { javaScriptEnabled });
    await signIn(other, email);
    await titled(other, 'Your account');
    const menu = page.getByRole('navigation', { name: 'Your account' });
    await menu.getByRole('link', { name: 'Devices' }).click();
    await titled(page, 'Your devices');
    await press(page, 'Sign out all other devices');
    await page.getByText('All your other devices are signed out.').waitFor();
    await other.reload();
    await titled(other, 'Sign in');

    await menu.getByRole('link', { name: 'Password' }).click();
    await titled(page, 'Change your password');
    await page.getByLabel('Current password').fill(goodPassword);
    await page.getByLabel('New password').fill('quite another horse');
    await press(page, 'Change password');
    await page.getByText('Your password was changed.').waitFor();

    await menu.getByRole('link', { name: 'Your data' }).click();
    await titled(page, 'Your data');
    const downloading = page.waitForEvent('download');
    await press(page, 'Download');
    expect((await downloading).suggestedFilename()).toBe('latchkey-export.json');

    await page.getByRole('link', { name: 'Delete account …' }).click();
    await titled(page, 'Delete your account');
    await page.getByLabel('Password', { exact: true }).fill('quite another horse');
    await press(page, 'Delete account');
    await page.getByText('Your account was deleted.').waitFor();
    await signIn(page, email, 'quite another horse');
    await page.getByText('The email or the password is not right.').waitFor();
    await page.context().close();
    await other.context().close();
  });
});

test('by keyboard alone; what is wrong has the focus, and leads to its field', async () => {
  const { email } = await server.signUp();
  const page = await visit('sign-in/');
  await hasFocus(page, 'email');
  await page.keyboard.type(email);
  await page.keyboard.press('Enter');
  await page.locator('.summary:focus').waitFor();
  await page.getByRole('button', { name: 'Show' }).waitFor(); // which the script of the page adds
  await page.getByLabel('Password', { exact: true }).focus();
  await page.keyboard.type(goodPassword);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space'); // shows it
  expect(await page.getByLabel('Password', { exact: true }).getAttribute('type')).toBe('text');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await titled(page, 'Your account');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter'); // past the menu
  await page.waitForURL('**#content');
  await page.getByRole('link', { name: 'Password', exact: true }).press('Enter');
  await titled(page, 'Change your password');
  await press(page, 'Change password');
  await page.getByRole('alert').getByRole('link').first().press('Enter');
  await hasFocus(page, 'current_password');
  await page.context().close();
});

/** Every page: where it is, and whether somebody is signed in on it. */
const pages: readonly (readonly [path: string, title: string])[] = [
  ['', 'Your account'],
  ['profile/', 'Username and language'],
  ['password/', 'Change your password'],
  ['confirm/', 'Confirm that it is you'],
  ['security/', 'Security'],
  ['security/app/', 'Add an authenticator app'],
  ['security/recovery-codes/', 'Make new recovery codes'],
  ['sessions/', 'Your devices'],
  ['export/', 'Your data'],
  ['delete/', 'Delete your account'],
  ['sign-out/', 'Sign out'],
];
const publicPages: typeof pages = [
  ['sign-in/', 'Sign in'],
  ['sign-up/', 'Create an account'],
];

test('no page has problems in either theme, or scrolls sideways on the smallest phone', async () => {
  const { email } = await server.signUp();
  const page = await visit('sign-in/', { viewport: { width: 320, height: 640 } });
  const problems: string[] = [];
  const look = async (path: string) => {
    const found = await problemsInBothThemes(page);
    problems.push(...found.map((problem) => `${path}: ${problem}`));
    const width = await page.evaluate('document.documentElement.scrollWidth');
    if (Number(width) > 320) problems.push(`${path} is ${width} wide`);
  };
  for (const [path, title] of publicPages) {
    await page.goto(`${server.origin}/account/${path}`);
    await titled(page, title);
    await look(path);
  }
  await page.locator('form').getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('alert').waitFor();
  await look('with errors');
  await page.goto(`${server.origin}/account/sign-in/`);
  await signIn(page, email);
  for (const [path, title] of pages) {
    await page.goto(`${server.origin}/account/${path}`);
    await titled(page, title);
    await look(path);
  }
  expect(problems).toEqual([]);
  await page.context().close();
});
