import { afterAll, expect, test } from 'vitest';
import { goodPassword, startServer } from '../harness.ts';
import { startPrefixProxy } from '../proxies/prefix-proxy.ts';
import { openBrowser } from './browser.ts';

/** The pages in a browser, behind a proxy that has the server below a path. */

const proxy = await startPrefixProxy('/auth/');
const server = await startServer({ publicUrl: proxy.url, trustedProxies: ['loopback'] });
proxy.leadTo(server.origin);
const browser = await openBrowser();
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

/** A page of its own, and what the browser had to complain about. */
async function open(url: string) {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

test.each([
  ['the public URL', proxy.url],
  ['where the server listens', `${server.origin}/`],
])('the admin site works at %s', async (_where, url) => {
  const { email } = await server.signUpAdmin('superuser');
  const { page, complaints } = await open(url);
  await page.getByRole('link', { name: 'Administration' }).click();
  await page.getByLabel('Email').fill(email);
  await page.getByLabel(/^Password/).fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.reload(); // with its cookie
  await page.getByRole('link', { name: 'Users' }).first().click();
  await page.getByRole('link', { name: email, exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

test('the API reference names the server that it is on', async () => {
  const { page, complaints } = await open(`${proxy.url}docs`);
  await page.getByRole('heading', { level: 1, name: 'Latchkey' }).waitFor();
  const shown = await page.getByText(proxy.url.slice(0, -1), { exact: true }).first().textContent();
  expect(shown).toBe(proxy.url.slice(0, -1));
  expect(complaints).toEqual([]);
});

test('an invitation tells who it is for, and after its use that it was used', async () => {
  const admin = await server.signUpAdmin(['users.create', 'users.view']);
  const { id, email } = await server.signUp();
  await server.deps.database.db
    .updateTable('users')
    .set({ password_hash: null })
    .where('id', '=', id)
    .execute();
  const invited = await server.send('POST', `/api/admin/users/${id}/invitation/`, {
    token: admin.access_token,
  });
  const { page, complaints } = await open(invited.body.url);
  expect(page.url()).toBe(`${proxy.url}account/invitation/`);
  const name = page.getByLabel('Email');
  expect([await name.inputValue(), await name.getAttribute('autocomplete')]).toEqual([
    email,
    'username',
  ]);
  await page.getByLabel('Password', { exact: true }).fill('another correct horse');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('Your password is set, and you are signed in.').waitFor();
  expect(page.url()).toBe(`${proxy.url}account/`);
  expect(complaints).toEqual([]);

  const { page: again } = await open(invited.body.url);
  await again.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
  expect(await again.getByLabel('Password', { exact: true }).count()).toBe(0);
});
