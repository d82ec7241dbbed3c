import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSite, type Site, signInByApi, titled } from './site.ts';

/** Two administrators edit the same thing: nothing that one took away comes back by the other's form. */

let site: Site;
let other: string;
beforeAll(async () => {
  site = await openSite();
  other = (await site.server.signUpAdmin('superuser')).email;
});
afterAll(() => site[Symbol.asyncDispose]());

async function asOther(method: string, path: string, json?: object) {
  const { access_token: token } = await signInByApi(site.server, other);
  const answer = await site.server.send(method, path, { token, ...(json && { json }) });
  expect(answer.status).toBeLessThan(300);
  return answer;
}

async function open(page: Page, path: string, title: string): Promise<void> {
  await page.goto(`${site.server.origin}/admin/#${path}`);
  await titled(page, title);
}

const box = (page: Page, name: string) => page.getByRole('checkbox', { name });

test('a permission that a role lost meanwhile stays lost, and the other change is kept', async () => {
  const permissions = ['users.view', 'users.delete'];
  const role = await asOther('POST', '/api/admin/roles/', { name: 'helpers', permissions });
  const path = `/api/admin/roles/${role.body.id}/`;
  const page = await site.enter((await site.server.signUpAdmin('superuser')).email);
  await open(page, `/roles/${role.body.id}`, 'Role helpers');
  await box(page, 'sessions.view').check();
  await asOther('PATCH', path, { permissions: ['users.view'] });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody else has changed this meanwhile.').waitFor();
  await page.getByText('Permissions: − users.delete').waitFor();
  expect(await box(page, 'users.delete').isChecked()).toBe(false);
  expect((await asOther('GET', path)).body.permissions).toEqual(['users.view']);
  await page.getByRole('button', { name: 'Save' }).click();
  await titled(page, 'Roles');
  const now = (await asOther('GET', path)).body.permissions;
  expect(now.toSorted()).toEqual(['sessions.view', 'users.view']);
});

test('a role that a user lost meanwhile stays lost', async () => {
  const { server } = site;
  const role = async (name: string) =>
    (await asOther('POST', '/api/admin/roles/', { name, permissions: ['users.view'] })).body.id;
  const [first, second] = [await role('first'), await role('second')];
  const user = await server.signUp('hal@example.com');
  const path = `/api/admin/users/${user.id}/permissions/`;
  await asOther('PUT', path, { roles: [first], permissions: ['keys.view'] });
  const page = await site.enter((await server.signUpAdmin('superuser')).email);
  await open(page, `/users/${user.id}`, user.email);
  await page.getByRole('tab', { name: 'Roles and permissions' }).click();
  await page.getByRole('combobox', { name: 'Roles' }).click();
  await page.getByRole('option', { name: 'second' }).click();
  await asOther('PUT', path, { roles: [], permissions: [] });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Roles: − first').waitFor();
  await page.getByText('Permissions granted directly: − keys.view').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The permissions are changed').waitFor();
  const { body } = await asOther('GET', path);
  expect(body).toMatchObject({ roles: [{ id: second }], permissions: [] });
});

test('two changes of a user do not overwrite each other', async () => {
  const { server } = site;
  const user = await server.signUp('ida@example.com');
  const page = await site.enter((await server.signUpAdmin('superuser')).email);
  await open(page, `/users/${user.id}/edit`, `Edit ${user.email}`);
  await page.getByLabel('Username').fill('ida');
  await page.getByLabel('Language').fill('de-at');
  await asOther('PATCH', `/api/admin/users/${user.id}/`, { email: 'ida@example.org' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('ida@example.com → ida@example.org').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await titled(page, 'ida@example.org');
  const { body } = await asOther('GET', `/api/admin/users/${user.id}/`);
  expect(body).toMatchObject({ email: 'ida@example.org', username: 'ida', locale: 'de-AT' });
});
