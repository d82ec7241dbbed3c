import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { goodPassword, startServer } from '../harness.ts';
import { openBrowser } from './browser.ts';

/** The admin site in a browser: that it starts, within its policy, and how much it loads for that. */

const server = await startServer();
const browser = await openBrowser();
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** The most that the page may load before it can be used, as compressed bytes (brotli). */
const mostBytes = 400 * 1024;

interface Visit {
  readonly page: Page;
  /** What the browser had to complain about: errors, and what the policy forbade. */
  readonly complaints: string[];
}

async function visit(languages?: readonly string[]): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB' });
  if (languages) {
    const text = JSON.stringify(languages);
    await context.addInitScript(
      `Object.defineProperty(navigator, 'languages', { get: () => ${text} })`,
    );
  }
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${server.origin}/admin/`);
  return { page, complaints };
}

async function signIn(page: Page, email: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: false }).first().fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('the first page loads little', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  let bytes = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(`${server.origin}/admin/`);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.waitForLoadState('networkidle');
  expect(bytes).toBeGreaterThan(50 * 1024);
  expect(bytes).toBeLessThan(mostBytes);
  await context.close();
});

test('an administrator signs in, stays signed in, and signs out', async () => {
  const { email } = await server.signUpAdmin(['roles.view']);
  const { page, complaints } = await visit();
  await signIn(page, email);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
    'Overview',
    'Roles',
  ]);
  await page.reload();
  await page.getByRole('link', { name: 'Roles' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Roles' }).waitFor();
  const stored = await page.evaluate('JSON.stringify([localStorage, sessionStorage])');
  expect(stored).not.toMatch(/eyJ|[0-9a-f]{8}-[0-9a-f]{4}-/);
  expect(await page.evaluate('document.cookie')).toBe('');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  expect(complaints).toEqual([]);
});

test('an administrator who may see the figures of the server sees them on the first page', async () => {
  const { email } = await server.signUpAdmin('superuser');
  const { page, complaints } = await visit();
  await signIn(page, email);
  await page.getByRole('img', { name: /sign-ins [\d,]+, failures [\d,]+/ }).waitFor();
  await page.getByRole('table', { name: 'Nodes' }).waitFor();
  expect(await page.getByRole('navigation').getByRole('link').count()).toBe(9);
  expect(complaints).toEqual([]);
});

test('a language that is none to Intl, as of a Linux without a locale, does no harm', async () => {
  const { email } = await server.signUpAdmin('superuser');
  const { page, complaints } = await visit(['en-US@posix']);
  await signIn(page, email);
  await page.getByRole('img', { name: /sign-ins [\d,]+, failures [\d,]+/ }).waitFor();
  await page.getByRole('link', { name: 'Users' }).first().click();
  await page.getByRole('link', { name: email, exact: true }).waitFor();
  expect(await page.locator('time').count()).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
});

test('a user who may administer nothing is told so', async () => {
  const { email } = await server.signUp();
  const { page } = await visit();
  await signIn(page, email);
  await page.getByText('This account has no administrator permission.').waitFor();
});
