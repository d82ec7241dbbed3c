import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueSetupToken, setupUrl } from '../../src/features/self-service/setup/index.ts';
import { openBrowser, type TestBrowser } from '../browser/browser.ts';
import { goodPassword, startServer, type TestServer } from '../harness.ts';
import { mailedNotice, mailTo } from '../mailed-codes.ts';
import { problemsInBothThemes, titled } from './site.ts';

/** The pages that mails and printed links lead to, in each state: by WCAG 2.2 AA in both themes, on the smallest phone. */

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

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

test('none has problems in either theme', async () => {
  const problems: string[] = [];
  const open = async () => {
    const viewport = { width: 320, height: 640 };
    const context = await browser.newContext({ locale: 'en-GB', viewport });
    return context.newPage();
  };
  const look = async (page: Page, state: string, title: string) => {
    await titled(page, title);
    const found = await problemsInBothThemes(page);
    problems.push(...found.map((problem) => `${state}: ${problem}`));
    const width = await page.evaluate('document.documentElement.scrollWidth');
    if (Number(width) > 320) problems.push(`${state} is ${width} wide`);
  };
  const at = (path: string) => `${server.origin}/account/${path}`;
  const user = await server.signUp();
  const { email } = user;
  const page = await open();
  const phone = await open();

  await page.goto(at('reset/'));
  await look(page, 'nothing asked for', 'Choose a new password');
  await page.goto(at('forgot/'));
  await look(page, 'forgot', 'Forgot your password?');
  await press(page, 'Send the mail');
  await look(page, 'forgot, without an email', 'Forgot your password?');
  await page.getByLabel('Email').fill(email);
  await press(page, 'Send the mail');
  await look(page, 'reset by code', 'Choose a new password');
  await page.getByLabel('Code').fill('12345');
  await press(page, 'Go on');
  await look(page, 'reset, what is wrong', 'Choose a new password');
  const old = await mailTo(server, email);
  await press(page, 'Send another mail');
  await page.goto(old.link);
  await look(page, 'reset, after an old link', 'Choose a new password');
  const { link } = await mailTo(server, email);
  await page.goto(link);
  await look(page, 'reset by link', 'Choose a new password');
  await phone.goto(link);
  await look(phone, 'reset elsewhere', 'Choose a new password');
  await phone.goto(old.link);
  await look(phone, 'an expired link', 'Choose a new password');

  await page.goto(at('mail-sign-in/'));
  await look(page, 'sign-in by mail', 'Sign in by mail');
  await page.getByLabel('Email').fill(email);
  await press(page, 'Send the mail');
  await look(page, 'sign-in by code', 'Sign in by mail');

  await phone.goto(at('sign-in/'));
  await phone.getByLabel('Email').fill(email);
  await phone.getByLabel('Password', { exact: true }).fill(goodPassword);
  await press(phone, 'Sign in');
  await titled(phone, 'Your account');
  await phone.goto(at('verify/'));
  await look(phone, 'verify', 'Confirm your email');
  await press(phone, 'Send the mail');
  await look(phone, 'verify by code', 'Confirm your email');
  await phone.goto((await mailTo(server, email)).link);
  await look(phone, 'verify by link', 'Confirm your email');
  await press(phone, 'Confirm');
  await phone.goto(at('verify/'));
  await look(phone, 'verified', 'Confirm your email');

  // Of somebody who is not signed in on the phone, and of the user on the other page.
  const told = await server.signUp();
  const notice = await mailedNotice(server, told);
  const notMe = `${at('not-me/')}?token=${notice.token}`;
  await phone.goto(at('not-me/'));
  await look(phone, 'not me, without a link', 'This was not me');
  await phone.goto(notMe);
  await look(phone, 'not me', 'This was not me');
  await phone.getByLabel('Code').fill(notice.code === '000000' ? '000001' : '000000');
  await press(phone, 'Sign out all devices');
  await look(phone, 'not me, what is wrong', 'This was not me');
  await page.goto(at('sign-in/'));
  await page.getByLabel('Email').fill(told.email);
  await page.getByLabel('Password', { exact: true }).fill('a quite new horse');
  await press(page, 'Sign in');
  await titled(page, 'Your account');
  await page.goto(notMe);
  await look(page, 'not me, signed in', 'This was not me');
  expect(await page.getByLabel('Code').count()).toBe(0);
  await phone.getByLabel('Code').fill(notice.code);
  await press(phone, 'Sign out all devices');
  await look(phone, 'after not me', 'Choose a new password');
  await phone.getByText('All devices are signed out').waitFor();
  await page.reload();
  await look(page, 'not me, used', 'This was not me');

  const { db } = server.deps.database;
  const admin = await server.signUpAdmin(['users.create', 'users.view']);
  const { id } = await server.signUp();
  await db.updateTable('users').set({ password_hash: null }).where('id', '=', id).execute();
  const path = `/api/admin/users/${id}/invitation/`;
  const { url } = (await server.send('POST', path, { token: admin.access_token })).body;
  await page.goto(url);
  await look(page, 'invitation', 'Welcome');
  await page.goto(`${url}x`);
  await look(page, 'a link that is not good', 'This link does not work any more');
  await page.goto(setupUrl(server.origin, (await issueSetupToken(server.deps)) ?? ''));
  await look(page, 'setup', 'The first administrator');

  expect(problems).toEqual([]);
  await page.context().close();
  await phone.context().close();
});
