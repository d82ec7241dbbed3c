import { afterAll, beforeAll, expect, test } from 'vitest';
import { setSetting } from '../../src/settings/change-settings.ts';
import { goTo, openSite, type Site, takeServerAway, titled } from './site.ts';

/** The server is away for a moment, in maintenance, or has another version: nobody is signed out by it. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

test('a page whose part cannot be fetched says so, and is there once the server is back', async () => {
  const { email } = await site.server.signUpAdmin('superuser');
  const page = await site.enter(email);
  const bringBack = await takeServerAway(page);
  await page.getByRole('navigation').getByRole('link', { name: 'Roles' }).click();
  await page.getByText('The server does not answer.').waitFor();
  await bringBack();
  await page.getByRole('button', { name: 'Try again' }).click();
  await titled(page, 'Roles');
});

test('a part that an upgraded server does not have any more reloads the page', async () => {
  const { email } = await site.server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await page.evaluate('globalThis.isOldPage = true');
  // The old page misses the part; the reloaded page has it.
  let isOldPage = true;
  page.on('request', (request) => {
    if (request.isNavigationRequest()) isOldPage = false;
  });
  await page.route('**/assets/role-list*', (route) =>
    isOldPage ? route.fulfill({ status: 404, body: '' }) : route.continue(),
  );
  await page.getByRole('navigation').getByRole('link', { name: 'Roles' }).click();
  await titled(page, 'Roles');
  expect(await page.evaluate('globalThis.isOldPage')).toBeUndefined();
});

test('a reload meanwhile shows at once that it loads, then what is wrong, and keeps the session', async () => {
  const { email } = await site.server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await goTo(page, 'Roles');
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/admin/session/**', async (route) => {
    await asked;
    await route.abort('connectionrefused');
  });
  await page.reload();
  await page.getByRole('progressbar', { name: 'Loading' }).waitFor();
  answer();
  await page.getByText('The server does not answer.').waitFor();
  await page.getByText('You have not been signed out.').waitFor();
  expect(await page.getByLabel('Email').count()).toBe(0);
  await page.unroute('**/admin/session/**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await titled(page, 'Roles');
});

test('a reload in the middle of a refresh, whose answer is lost, keeps the session', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await goTo(page, 'Roles');
  const refresh = '**/admin/session/refresh/';
  const { promise: isRenewed, resolve } = Promise.withResolvers<number>();
  await page.route(refresh, async (route) => {
    const headers = await route.request().allHeaders();
    const [cookie] = await page.context().cookies(`${server.origin}/admin/session/`);
    const { status } = await server.send('POST', '/admin/session/refresh/', {
      headers: {
        'x-latchkey-admin': '1',
        'idempotency-key': headers['idempotency-key'] ?? '',
        cookie: `${cookie?.name}=${cookie?.value}`,
      },
    });
    resolve(status); // the page never hears of it
  });
  await page.reload();
  expect(await isRenewed).toBe(200);
  await page.unroute(refresh);
  await page.reload();
  await titled(page, 'Roles');
});

test('maintenance is named, and keeps the session over a reload', async () => {
  const { server } = site;
  const admin = await server.signUpAdmin('superuser');
  const page = await site.enter(admin.email);
  const maintain = (isOn: boolean) =>
    setSetting(server.deps, 'MAINTENANCE_MODE', isOn, { actor: 'test', reason: '' });
  await maintain(true);
  await page.reload();
  await page.getByText('The server is in maintenance').first().waitFor();
  await maintain(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await titled(page, 'Overview');
});

test('what is read while the server is away leaves the form, and what is typed in it, alone', async () => {
  const { server } = site;
  const { email, id } = await server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await page.goto(`${server.origin}/admin/#/users/${id}/edit`);
  await page.getByLabel('Username').fill('typed');
  const bringBack = await takeServerAway(page, '**/api/**');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The server does not answer.').waitFor();
  await bringBack();
  await page.getByRole('button', { name: 'Save' }).click();
  await titled(page, email);
  await page.getByText('typed', { exact: true }).waitFor();
});
