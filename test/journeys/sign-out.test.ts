import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { openSite, type Site, takeServerAway, titled } from './site.ts';

/** Signing out is called done where the server ended the session, and nowhere else. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

async function refreshElsewhere(page: Page): Promise<string> {
  const [cookie] = await page.context().cookies(`${site.server.origin}/admin/session/`);
  const headers = { 'x-latchkey-admin': '1', cookie: `${cookie?.name}=${cookie?.value}` };
  const answer = await site.server.send('POST', '/admin/session/refresh/', { headers });
  expect(answer.status).toBe(200);
  return answer.body.access_token;
}

test('a browser that missed the last refresh ends its session nevertheless', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const page = await site.enter(email);
  const token = await refreshElsewhere(page); // as after a lost answer: the cookie is the one before
  await page.getByRole('button', { name: 'Sign out' }).click();
  await titled(page, 'Sign in');
  await eventually(async () =>
    expect((await server.send('GET', '/api/me/', { token })).status).toBe(401),
  );
});

test('if the server could not be told, that is not a success', async () => {
  const { email } = await site.server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await takeServerAway(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await titled(page, 'Sign in');
  await page.getByText('the server could not be told').waitFor();
});
