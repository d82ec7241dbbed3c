import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, type TestBrowser } from '../browser/browser.ts';
import { goodPassword, startServer, type TestServer } from '../harness.ts';
import { mailTo } from '../mailed-codes.ts';

/**
 * The links of mails, in Chromium: a mail scanner opens each of them and presses every button before the user does, and
 * the user gets through all the same, in the browser that asked and on a phone. Each with and without JavaScript.
 */

let server: TestServer;
let browser: TestBrowser;
beforeAll(async () => {
  server = await startServer({ pinned: { MAIL_SIGN_IN: true, MAILS_PER_RECIPIENT: 1_000 } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

const newPassword = 'a quite new horse';

const newContext = (options: BrowserContextOptions) =>
  browser.newContext({ locale: 'en-GB', ...options });

/** The browser of a desk, that of a phone, and that of a scanner, which share nothing. */
async function threeBrowsers(javaScriptEnabled: boolean) {
  const desk = await newContext({ javaScriptEnabled });
  const phone = await newContext({ javaScriptEnabled, viewport: { width: 360, height: 640 } });
  const scanner = await newContext({});
  return {
    ...{ desk: await desk.newPage(), phone: await phone.newPage(), scanner },
    async [Symbol.asyncDispose]() {
      await Promise.all([desk.close(), phone.close(), scanner.close()]);
    },
  };
}

/** What stands in the tables that a link could use up or change. */
async function stateOf() {
  const { db } = server.deps.database;
  return {
    flows: await db.selectFrom('flows').select(['id', 'wrong_codes']).orderBy('id').execute(),
    users: await db
      .selectFrom('users')
      .select(['id', 'password_hash', 'email_verified_at_ms'])
      .orderBy('id')
      .execute(),
    sessions: await db.selectFrom('sessions').select(['id', 'end_cause']).orderBy('id').execute(),
    links: await db.selectFrom('link_tokens').select('token_hash').execute(),
  };
}

/** Opens every link of a mail, and presses every button behind it, one after the other. */
async function scan(scanner: BrowserContext, html: string): Promise<void> {
  const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, link]) => link as string);
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) {
    await scanner.request.fetch(link, { method: 'HEAD', maxRedirects: 0 });
    const page = await scanner.newPage();
    await page.goto(link);
    const count = await page.getByRole('button').count();
    for (let n = 0; n < count; n += 1) {
      await page.goto(link);
      await page.getByRole('button').nth(n).click();
      await page.waitForLoadState();
    }
    await page.close();
  }
}

/** Has the scanner at the newest mail, and gives it to the user. */
async function scannedMail(scanner: BrowserContext, email: string) {
  const mail = await mailTo(server, email);
  const before = await stateOf();
  await scan(scanner, mail.html);
  expect(await stateOf()).toEqual(before);
  return mail;
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const says = (page: Page, text: string) => page.getByText(text).first().waitFor();

async function signIn(page: Page, email: string): Promise<void> {
  await page.goto(`${server.origin}/account/sign-in/`);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(goodPassword);
  await press(page, 'Sign in');
  await page.waitForURL(`${server.origin}/account/`);
}

describe.each([
  ['without JavaScript', false],
  ['with JavaScript', true],
])('%s', (_how, hasScript) => {
  test.each(['desk', 'phone'] as const)('a new password, on the %s', async (where) => {
    await using browsers = await threeBrowsers(hasScript);
    const { desk, scanner } = browsers;
    const { email } = await server.signUp();
    await desk.goto(`${server.origin}/account/sign-in/`);
    await desk.getByRole('link', { name: 'Forgot your password?' }).click();
    await desk.getByLabel('Email').fill(email);
    await press(desk, 'Send the mail');
    await says(desk, `If there is an account with ${email}`);
    const { link, code } = await scannedMail(scanner, email);

    const page = browsers[where];
    await page.goto(link);
    expect(page.url()).toBe(`${server.origin}/account/reset/`);
    if (where === 'phone') {
      await says(page, 'You opened this link in another browser');
      await page.getByLabel('Code').fill(code);
    }
    await page.getByLabel('New password').fill(newPassword);
    await press(page, 'Set the password');
    await says(page, 'Your password is set, and you are signed in here.');
    expect(page.url()).toBe(`${server.origin}/account/`);
  });

  test.each(['desk', 'phone'] as const)('a sign-in by mail, on the %s', async (where) => {
    await using browsers = await threeBrowsers(hasScript);
    const { desk, scanner } = browsers;
    const { email } = await server.signUp();
    await desk.goto(`${server.origin}/account/sign-in/`);
    await desk.getByRole('link', { name: 'Sign in by mail' }).click();
    await desk.getByLabel('Email').fill(email);
    await press(desk, 'Send the mail');
    await press(desk, 'Send another mail');
    await says(desk, 'Another mail is on its way.');
    const { link, code } = await scannedMail(scanner, email);

    const page = browsers[where];
    await page.goto(link);
    if (where === 'phone') await page.getByLabel('Code').fill(code);
    else await says(page, `Sign in as ${email}.`);
    await press(page, 'Sign in');
    await page.waitForURL(`${server.origin}/account/`);
    await says(page, email);
  });

  test.each(['desk', 'phone'] as const)('the proof of an email, on the %s', async (where) => {
    await using browsers = await threeBrowsers(hasScript);
    const { desk, scanner } = browsers;
    const { email } = await server.signUp();
    await signIn(desk, email);
    await desk.getByRole('link', { name: /^Confirm \(/ }).click();
    await press(desk, 'Send the mail');
    await desk.getByLabel('Code').waitFor();
    const { link } = await scannedMail(scanner, email);

    const page = browsers[where];
    await page.goto(link);
    if (where === 'phone') {
      await says(page, 'Sign in to confirm your email.');
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password', { exact: true }).fill(goodPassword);
      await press(page, 'Sign in');
    }
    await press(page, 'Confirm');
    await says(page, 'Your email is confirmed.');
  });

  test('an invitation', async () => {
    await using browsers = await threeBrowsers(hasScript);
    const { phone, scanner } = browsers;
    const admin = await server.signUpAdmin(['users.create', 'users.view']);
    const { id, email } = await server.signUp();
    await server.deps.database.db
      .updateTable('users')
      .set({ password_hash: null })
      .where('id', '=', id)
      .execute();
    const path = `/api/admin/users/${id}/invitation/`;
    await server.send('POST', path, { token: admin.access_token });
    const { link } = await scannedMail(scanner, email);
    await phone.goto(link);
    expect(await phone.getByLabel('Email').inputValue()).toBe(email);
    await phone.getByLabel('Password', { exact: true }).fill(goodPassword);
    await press(phone, 'Set the password');
    await says(phone, 'Your password is set, and you are signed in.');
    await phone.goto(link);
    await says(phone, 'This link does not work any more');
  });
});
