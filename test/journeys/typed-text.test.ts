import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodPassword } from '../harness.ts';
import { goTo, openSite, type Site, signInByApi, titled } from './site.ts';

/** What was typed and not saved is not lost: by the end of the session, a link, the way back, a reload. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

async function signInAgain(page: Awaited<ReturnType<Site['visit']>>, email: string) {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel(/^Password/).fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Ends all sessions of a user, from another device. */
async function endSessions(email: string): Promise<void> {
  const { access_token: token } = await signInByApi(site.server, email);
  await site.server.send('DELETE', '/api/sessions/', { token });
}

test('a session that ends in mid-form keeps the form for the same user, and for nobody else', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const other = await server.signUpAdmin(['roles.view', 'roles.change']);
  const page = await site.enter(email);
  await goTo(page, 'Roles');
  await page.getByRole('link', { name: 'Add a role' }).first().click();
  await page.getByLabel('Name').fill('half a role');
  await endSessions(email);
  await page.getByRole('button', { name: 'Add a role' }).click();
  await titled(page, 'Sign in');
  await page.getByText('Your session was ended from another device.').waitFor();
  expect(await page.getByLabel('Name', { exact: true }).isVisible()).toBe(false);

  await signInAgain(page, email);
  await titled(page, 'A new role');
  expect(await page.getByLabel('Name').inputValue()).toBe('half a role');

  await endSessions(email);
  await page.getByRole('button', { name: 'Add a role' }).click();
  await titled(page, 'Sign in');
  await signInAgain(page, other.email);
  await titled(page, 'A new role');
  expect(await page.getByLabel('Name').inputValue()).toBe('');
});

test('a link and the way back ask first, and a saved form asks nothing', async () => {
  const { email } = await site.server.signUpAdmin('superuser');
  const page = await site.enter(email);
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
  await goTo(page, 'Roles');
  await page.getByRole('link', { name: 'Add a role' }).first().click();
  await page.getByLabel('Name').fill('kept');
  await page.getByRole('navigation').getByRole('link', { name: 'Users' }).click();
  await dialog.getByRole('button', { name: 'Stay' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.goBack();
  await dialog.getByRole('button', { name: 'Stay' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await page.getByLabel('Name').inputValue()).toBe('kept');
  await page.getByRole('button', { name: 'Add a role' }).click();
  await titled(page, 'Roles');
  await page.getByRole('link', { name: 'Add a role' }).first().click();
  await page.getByLabel('Name').fill('not kept');
  await page.getByRole('navigation').getByRole('link', { name: 'Users' }).click();
  await dialog.getByRole('button', { name: 'Leave' }).click();
  await titled(page, 'Users');
});

test('a reload asks first where something is typed, in a dialog too', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const fay = await server.signUp('fay@example.com');
  const page = await site.enter(email);
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  await page.goto(`${server.origin}/admin/#/users/${fay.id}`);
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await page.reload();
  await titled(page, fay.email);
  expect(asked).toEqual([]);
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await page.getByLabel('Reason (for the audit log)').fill('a long story');
  await page.reload();
  await titled(page, fay.email);
  expect(asked).toEqual(['beforeunload']);
});

test('a dialog waits out of sight behind the sign-in, and a reload there asks first', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const hal = await server.signUp('hal@example.com');
  const page = await site.enter(email);
  await page.goto(`${server.origin}/admin/#/users/${hal.id}`);
  await page.getByRole('button', { name: 'Deactivate' }).click();
  const reason = page.getByLabel('Reason (for the audit log)');
  await reason.fill('a long story');
  await endSessions(email);
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
  // By their roles: what a dialog covers has none for a screen reader.
  const address = page.getByRole('textbox', { name: 'Email' });
  await address.waitFor();
  expect(await reason.isVisible()).toBe(false);
  await page.keyboard.type('typed at once');
  expect(await address.inputValue()).toBe('typed at once');

  await signInAgain(page, email);
  await reason.waitFor();
  expect(await reason.inputValue()).toBe('a long story');

  await endSessions(email);
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
  await address.waitFor();
  const asked = page.waitForEvent('dialog').then(async (dialog) => {
    await dialog.accept();
    return dialog.type();
  });
  await page.reload();
  expect(await asked).toBe('beforeunload');
});

test('what was ticked is there after a look at another tab of the user', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const ida = await server.signUp('ida@example.com');
  const page = await site.enter(email);
  await page.goto(`${server.origin}/admin/#/users/${ida.id}`);
  const permission = page.getByRole('checkbox', { name: 'sessions.view' });
  await page.getByRole('tab', { name: 'Roles and permissions' }).click();
  await permission.check();
  await page.getByRole('tab', { name: 'Sessions' }).click();
  await permission.waitFor({ state: 'hidden' });
  await page.getByRole('tab', { name: 'Roles and permissions' }).click();
  expect(await permission.isChecked()).toBe(true);
});

test('the question for the password goes with the session', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const gil = await server.signUp('gil@example.com');
  const page = await site.enter(email);
  server.clock.advance(3_600_000);
  await page.goto(`${server.origin}/admin/#/users/${gil.id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  const question = page.getByRole('dialog', { name: 'Your password, please' });
  await question.getByLabel(/^Password/).fill(goodPassword);
  await endSessions(email);
  await question.getByRole('button', { name: 'Confirm' }).click();
  await titled(page, 'Sign in');
  await question.waitFor({ state: 'hidden' });
});
