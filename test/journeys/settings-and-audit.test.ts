import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { findUser, goTo, lifetimeOf, openSite, row, type Site, signInByApi } from './site.ts';

/** A setting is changed and taken back, and all that was done is read in the audit log. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

test('the lifetime of tokens is changed, holds for the next login, is taken back, and is on record', async () => {
  const { server } = site;
  const dan = await server.signUp('dan@example.com');
  const { email } = await server.signUpAdmin('superuser');
  const page = await site.enter(email);
  const dialog = page.getByRole('dialog');
  const nextLifetime = async () => lifetimeOf((await signInByApi(server, dan.email)).access_token);

  await goTo(page, 'Settings');
  await page.getByRole('link', { name: 'ACCESS_TOKEN_LIFETIME' }).click();
  await page.getByLabel('Amount').fill('90');
  await page.getByLabel('Reason').fill('fewer refreshes');
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByText(/^ACCESS_TOKEN_LIFETIME is .* now/).waitFor();
  expect(await nextLifetime()).toBe(90);
  await row(page, 'fewer refreshes')
    .getByRole('button', { name: /^Undo: / })
    .click();
  await dialog.getByRole('button', { name: 'Undo', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await nextLifetime()).toBe(30);

  await findUser(page, dan.email);
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await dialog.getByLabel('Reason (for the audit log)').fill('left the company');
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  await dialog.waitFor({ state: 'hidden' });

  await goTo(page, 'Audit log');
  const entries = page.getByRole('row').filter({ hasText: email });
  const changes = entries.filter({ hasText: 'Setting changed' });
  await changes.filter({ hasText: 'ACCESS_TOKEN_LIFETIME' }).nth(1).waitFor(); // there and back
  await page.getByLabel('Concerns (email)').fill('dan');
  await page.getByRole('option', { name: dan.email }).click();
  await changes.first().waitFor({ state: 'hidden' });
  const deactivated = entries.filter({ hasText: 'User deactivated' });
  await deactivated.getByRole('link', { name: dan.email }).waitFor();
  await deactivated.getByRole('button', { name: /^Show the details/ }).click();
  await dialog.getByText('left the company').waitFor();
});

/** The audit log of an administrator who has just signed in, once it is drawn. */
async function openAuditLog() {
  const { email } = await site.server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await goTo(page, 'Audit log');
  const own = row(page, email);
  await own.waitFor();
  const field = (label: string) => page.getByLabel(label, { exact: true });
  const filters = () => {
    const query = new URLSearchParams(page.url().split('?')[1]);
    return Object.keys(JSON.parse(query.get('filter') ?? '{}')).toSorted();
  };
  const holds = (names: string[]) => eventually(() => expect(filters()).toEqual(names));
  return { page, own, ip: field('IP address'), from: field('From'), until: field('Until'), holds };
}

test('filters that are set one right after the other all hold', async () => {
  const { ip, from, until, holds } = await openAuditLog();
  await ip.fill('192.0.2.1');
  await from.fill('2020-01-01T00:00');
  await until.fill('2020-01-02T00:00');
  await holds(['ip', 'since', 'until']);
});

test('a filter that was taken away does not come back with the next one', async () => {
  const { page, own, ip, from, until, holds } = await openAuditLog();
  await ip.fill('192.0.2.1');
  await own.waitFor({ state: 'hidden' }); // the list is drawn with it
  await ip.press('Enter'); // sets what is set already
  await page.getByRole('navigation').getByRole('link', { name: 'Audit log' }).click();
  await own.waitFor();
  await from.fill('2020-01-01T00:00');
  await holds(['since']);
  await until.fill('2020-01-02T00:00');
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await holds([]);
  await ip.fill('192.0.2.1');
  await holds(['ip']);
});
