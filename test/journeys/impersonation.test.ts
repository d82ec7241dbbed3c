import type { Request } from 'playwright-core';
import { expect, test } from 'vitest';
import { openSite, titled } from './site.ts';

test('a double click on "Copy the access token" near its end refreshes once, with a key', async () => {
  await using site = await openSite();
  const { server } = site;
  const user = await server.signUp('kim@example.com');
  const page = await site.enter((await server.signUpAdmin('superuser')).email);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${server.origin}/admin/#/users/${user.id}`);
  await titled(page, user.email);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Act as this user' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('to look');
  await page.getByRole('button', { name: 'Get the tokens' }).click();
  const copy = page.getByRole('button', { name: 'Copy the access token' });
  await copy.waitFor();
  await page.evaluate('{ const { now } = Date; Date.now = () => now() + 25_000; }');
  const refreshes: Request[] = [];
  let answer = () => {};
  const isClicked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/api/refresh/', async (route, request) => {
    refreshes.push(request);
    await isClicked;
    await route.continue();
  });
  await copy.dblclick();
  answer();
  await page.getByRole('button', { name: 'Copied.' }).waitFor();
  expect(refreshes).toHaveLength(1);
  expect(refreshes[0]?.headers()['idempotency-key']).toBeTruthy();
});
