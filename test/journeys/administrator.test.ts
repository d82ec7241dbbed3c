import { afterAll, beforeAll, expect, test } from 'vitest';
import { addApp } from '../authenticator.ts';
import { findUser, goTo, openSite, row, type Site, signInByApi, titled } from './site.ts';

/** What administrators do with users, sessions and roles; and what those see who may do little. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

/** Users that nobody looks for. */
async function seedUsers(count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => ({
    email: `someone${index}@example.com`,
    email_normalized: `someone${index}@example.com`,
    username: '',
    password_hash: null,
    is_active: 1,
    is_superuser: 0,
    created_at_ms: index,
    updated_at_ms: index,
  }));
  await site.server.deps.database.db.insertInto('users').values(rows).execute();
}

test('a user is found among many and deactivated, a session is ended, a role is made and given', async () => {
  const { server } = site;
  const ada = await server.signUp('ada@example.com');
  const bob = await server.signUp('bob@example.com');
  await seedUsers(300);
  const { email } = await server.signUpAdmin('superuser');
  const page = await site.enter(email);
  const dialog = page.getByRole('dialog');

  await findUser(page, ada.email);
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await dialog.getByLabel('Reason (for the audit log)').fill('left the company');
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  await page.getByText(`${ada.email} is deactivated.`).waitFor();
  const refused = await server.send('GET', '/api/me/', { token: ada.access_token });
  expect([refused.status, refused.body.code]).toEqual([401, 'user_inactive']);

  await goTo(page, 'Sessions');
  const end = { name: `End the session of ${bob.email}` };
  await row(page, bob.email).getByRole('button', end).click();
  await dialog.getByRole('button', { name: 'End', exact: true }).click();
  await page.getByText('The session has ended.').waitFor();
  const ended = await server.send('GET', '/api/me/', { token: bob.access_token });
  expect([ended.status, ended.body.code]).toEqual([401, 'session_revoked_by_admin']);

  await goTo(page, 'Roles');
  await page.getByRole('link', { name: 'Add a role' }).first().click();
  await page.getByLabel('Name').fill('support');
  await page.getByLabel('Description').fill('Helps people who cannot sign in.');
  await page.getByRole('checkbox', { name: 'users.view' }).check();
  await page.getByRole('checkbox', { name: 'sessions.view' }).check();
  await page.getByRole('button', { name: 'Add a role' }).click();
  await page.getByText('The role support was created.').waitFor();
  await findUser(page, bob.email);
  await page.getByRole('tab', { name: 'Roles and permissions' }).click();
  await page.getByRole('combobox', { name: 'Roles' }).click();
  await page.getByRole('option', { name: 'support' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The permissions are changed').waitFor();
  const { access_token: token } = await signInByApi(server, bob.email);
  const may = await server.send('GET', '/api/me/permissions/', { token });
  expect(may.body.permissions.toSorted()).toEqual(['sessions.view', 'users.view']);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await titled(page, 'Sign in');
  await page.goBack();
  await titled(page, 'Sign in');
});

test('an administrator with few permissions sees less, and the API refuses the rest', async () => {
  const { server } = site;
  const carol = await server.signUp('carol@example.com');
  const { email, access_token: token } = await server.signUpAdmin(['users.view', 'sessions.view']);
  const page = await site.enter(email);
  expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
    'Overview',
    'Users',
    'Sessions',
  ]);
  await findUser(page, carol.email);
  expect(await page.getByRole('tab').allTextContents()).toEqual([
    ...['Profile', 'Sessions', 'Second factors'],
  ]);
  for (const name of ['Deactivate', 'More actions', 'End']) {
    expect(await page.getByRole('button', { name }).count()).toBe(0);
  }
  expect(await page.getByRole('link', { name: 'Edit' }).count()).toBe(0);
  await page.goto(`${server.origin}/admin/#/roles`);
  await titled(page, 'You do not have permission to see this page.');

  const attempts: [string, string, object?][] = [
    ['POST', `/api/admin/users/${carol.id}/deactivate/`, {}],
    ['DELETE', `/api/admin/users/${carol.id}/sessions/`],
    ['PUT', `/api/admin/users/${carol.id}/permissions/`, { permissions: ['users.view'] }],
    ['POST', '/api/admin/roles/', { name: 'mine', description: '', permissions: [] }],
    ['GET', '/api/admin/nodes/'],
  ];
  for (const [method, path, json] of attempts) {
    const answer = await server.send(method, path, { token, ...(json && { json }) });
    expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'permission_denied']);
  }
  expect((await server.send('GET', '/api/me/', { token: carol.access_token })).status).toBe(200);
});

test('users without a second factor are listed; the URL keeps the filter', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const none = await server.signUp('filter-none@example.com');
  const app = await server.signUp('filter-app@example.com');
  await addApp(server, app);
  const page = await site.enter(email);
  await page.goto(`${server.origin}/admin/#/users`);
  await titled(page, 'Users');
  await page.getByLabel('Email, @domain, username or id').fill('filter-');
  await row(page, app.email).waitFor();
  const choose = async (option: string) => {
    await page.getByRole('combobox', { name: 'Second factor' }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  await choose('None');
  await row(page, app.email).waitFor({ state: 'detached' });
  expect(await row(page, none.email).count()).toBe(1);
  await page.reload();
  await row(page, none.email).waitFor();
  expect(await row(page, app.email).count()).toBe(0);
  await choose('An app, or a passkey that did not verify its user');
  await row(page, app.email).waitFor();
  expect(await row(page, none.email).count()).toBe(0);
  await choose('A passkey that verified its user');
  await page.getByText('No user matches.').waitFor();
});
