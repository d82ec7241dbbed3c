import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSite, type Site, takeServerAway, titled } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

/** A page on which an administrator acts as a user. */
async function actAs(email: string): Promise<Page> {
  const { server } = site;
  const user = await server.signUp(email);
  const page = await site.enter((await server.signUpAdmin('superuser')).email);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${server.origin}/admin/#/users/${user.id}`);
  await titled(page, user.email);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Act as this user' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('to look');
  await page.getByRole('button', { name: 'Get the tokens' }).click();
  await page.getByRole('button', { name: 'Copy the access token' }).waitFor();
  return page;
}

test('an end that the server was not told of can be tried again', async () => {
  const page = await actAs('leo@example.com');
  const end = page.getByRole('button', { name: 'End it' });
  const bringBack = await takeServerAway(page, '**/api/**');
  await end.click();
  await page.getByText('The server does not answer.').waitFor();
  await bringBack();
  await end.click();
  await end.waitFor({ state: 'hidden' });
  const sessions = await site.server.deps.database.db
    .selectFrom('sessions')
    .where('impersonator_id', 'is not', null)
    .select('end_cause')
    .execute();
  expect(sessions).toEqual([{ end_cause: 'impersonation_ended' }]);
});

test('after a reload the bar is there without the tokens, and ends the session', async () => {
  const page = await actAs('ivy@example.com');
  await page.reload();
  const bar = page.getByRole('region', { name: 'You act as ivy@example.com' });
  await bar.getByText(/^You act as ivy@example\.com · 1[45]:\d\d left$/).waitFor();
  expect(await bar.getByRole('button').allTextContents()).toEqual(['End it']);
  await bar.getByRole('button', { name: 'End it' }).click();
  await page.getByText('You do not act as ivy@example.com any more.').waitFor();
  await bar.waitFor({ state: 'hidden' });
  const { end_cause } = await site.server.deps.database.db
    .selectFrom('sessions')
    .where('impersonator_id', 'is not', null)
    .select('end_cause')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect(end_cause).toBe('session_revoked_by_admin');
});

test('a double click on "Copy the access token" near its end refreshes once, with a key', async () => {
  const page = await actAs('kim@example.com');
  const copy = page.getByRole('button', { name: 'Copy the access token' });
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
