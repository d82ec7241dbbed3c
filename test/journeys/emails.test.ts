import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, type TestBrowser } from '../browser/browser.ts';
import { goodPassword, startServer, type TestServer } from '../harness.ts';
import { mailTo } from '../mailed-codes.ts';
import { accessibilityProblems, titled } from './site.ts';

/** A stranger signs up by a mail, changes the email and undoes that from the old mailbox: with a script and without. */

let server: TestServer;
let browser: TestBrowser;
beforeAll(async () => {
  server = await startServer({
    pinned: { REGISTRATION_MODE: 'verify_first', MAILS_PER_RECIPIENT: 1_000 },
  });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

test.each([
  ['without a script', false],
  ['with a script', true],
])(
  '%s',
  async (_name, javaScriptEnabled) => {
    const problems: string[] = [];
    const open = async () => {
      const viewport = { width: 320, height: 640 };
      const context = await browser.newContext({ locale: 'en-GB', viewport, javaScriptEnabled });
      return context.newPage();
    };
    const look = async (page: Page, title: string) => {
      await titled(page, title);
      if (!javaScriptEnabled) return; // what looks is a script
      const found = await accessibilityProblems(page, 'all');
      problems.push(...found.map((problem) => `${title}: ${problem}`));
      const width = await page.evaluate('document.documentElement.scrollWidth');
      if (Number(width) > 320) problems.push(`${title} is ${width} wide`);
    };
    const at = (path: string) => `${server.origin}/account/${path}`;
    const old = `old-${javaScriptEnabled}@example.com`;
    const fresh = `fresh-${javaScriptEnabled}@example.com`;
    const page = await open();
    const phone = await open();

    await page.goto(at('sign-up/'));
    await look(page, 'Create an account');
    await page.getByLabel('Email').fill(old);
    await press(page, 'Send the mail');
    await look(page, 'Create an account');
    await page.getByLabel('Code').fill((await mailTo(server, old)).code);
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await press(page, 'Create account');
    await titled(page, 'Your account');

    await page.goto(at('email/'));
    await look(page, 'Change your email');
    await page.getByLabel('New email').fill(fresh);
    await page.getByLabel('Password', { exact: true }).fill(goodPassword);
    await press(page, 'Send the mail');
    await look(page, 'Confirm your new email');
    await page.goto((await mailTo(server, fresh)).link);
    await look(page, 'Confirm your new email');
    await press(page, 'Change the email');
    await titled(page, 'Your account');
    expect(await page.getByText(fresh).first().isVisible()).toBe(true);

    const notice = await mailTo(server, old);
    await phone.goto(notice.link);
    await look(phone, 'Undo the change of your email');
    await press(phone, 'Undo the change');
    await phone.getByLabel('Code').fill(notice.code);
    await press(phone, 'Undo the change');
    await titled(phone, 'Forgot your password?');
    await phone.getByLabel('Email').fill(old);
    await press(phone, 'Send the mail');
    await titled(phone, 'Choose a new password');
    await phone.getByLabel('Code').fill((await mailTo(server, old)).code);
    await press(phone, 'Go on');
    await phone.getByLabel('New password', { exact: true }).fill('a quite new horse');
    await press(phone, 'Set the password');
    await titled(phone, 'Your account');
    await page.goto(at(''));
    await titled(page, 'Sign in');
    expect(problems).toEqual([]);
  },
  240_000,
);
