import { afterAll, beforeAll, expect, test } from 'vitest';
import { setSetting } from '../../src/settings/change-settings.ts';
import { addApp, shownCode } from '../authenticator.ts';
import { goodPassword } from '../harness.ts';
import { addPasskey, movePasskeysToFormerDomain, newAuthenticator } from '../webauthn.ts';
import { accessibilityProblems, goTo, openSite, type Site, titled } from './site.ts';
import { plugIn } from './virtual-authenticator.ts';

/** Second factors of administrators, and what administrators see of those of users. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

async function administrator() {
  const user = await site.server.signUpAdmin('superuser');
  return { ...user, ...(await addApp(site.server, user)) };
}

async function typeCredentials(page: Awaited<ReturnType<Site['visit']>>, email: string) {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel(/^Password/).fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test.each(['light', 'dark'] as const)(
  'an administrator signs in with a code, or with a recovery code (%s)',
  async (colorScheme) => {
    const { email, secret, recoveryCodes } = await administrator();
    const page = await site.visit({ colorScheme });
    await typeCredentials(page, email);
    await titled(page, 'One more step');
    expect(await accessibilityProblems(page, 'all')).toEqual([]);
    const code = shownCode(site.server, secret);
    const field = page.getByLabel('Code of your authenticator app');
    await field.fill(code === '000000' ? '000001' : '000000');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').getByText('You have 4 more tries.').waitFor();
    expect(await accessibilityProblems(page, 'all')).toEqual([]);
    await field.fill(`${code.slice(0, 3)} ${code.slice(3)}`);
    await page.keyboard.press('Enter');
    await titled(page, 'Overview');
    await page.reload();
    await titled(page, 'Overview');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await typeCredentials(page, email);
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.getByLabel('Recovery code').fill((recoveryCodes[2] ?? '').toLowerCase());
    expect(await accessibilityProblems(page, 'all')).toEqual([]);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await titled(page, 'Overview');
  },
);

test('after five wrong codes the sign-in begins again', async () => {
  const { email, secret } = await administrator();
  const page = await site.visit();
  await typeCredentials(page, email);
  const code = shownCode(site.server, secret) === '000000' ? '000001' : '000000';
  for (const left of ['4 more tries', '3 more tries', '2 more tries', '1 more try']) {
    await page.getByLabel('Code of your authenticator app').fill(code);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText(left).waitFor();
  }
  await page.getByLabel('Code of your authenticator app').fill(code);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('Start again.').waitFor();
  await titled(page, 'Sign in');
  expect(await page.getByLabel('Email').inputValue()).toBe('');
});

test('what was typed waits behind both steps', async () => {
  const { server } = site;
  const { email, secret, access_token: token } = await administrator();
  const page = await site.visit();
  const signIn = async () => {
    await typeCredentials(page, email);
    await page.getByLabel('Code of your authenticator app').fill(shownCode(server, secret));
    await page.keyboard.press('Enter');
  };
  await signIn();
  await titled(page, 'Overview');
  await goTo(page, 'Roles');
  await page.getByRole('link', { name: 'Add a role' }).first().click();
  await page.getByLabel('Name').fill('half a role');
  await server.send('DELETE', '/api/sessions/', { token });
  await page.getByRole('button', { name: 'Add a role' }).click();
  await titled(page, 'Sign in');
  server.clock.advance(30_000); // a code works once
  await signIn();
  await titled(page, 'A new role');
  expect(await page.getByLabel('Name').inputValue()).toBe('half a role');
});

test('what matters asks for a code again, and then goes on', async () => {
  const { server } = site;
  const { email, secret } = await administrator();
  const user = await server.signUp();
  const page = await site.visit();
  await typeCredentials(page, email);
  await page.getByLabel('Code of your authenticator app').fill(shownCode(server, secret));
  await page.keyboard.press('Enter');
  await titled(page, 'Overview');
  server.clock.advance(3_600_000);
  await page.goto(`${server.origin}/admin/#/users/${user.id}`);
  await titled(page, user.email);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  const question = page.getByRole('dialog', { name: 'Is it you?' });
  const field = question.getByLabel('Code of your authenticator app');
  await field.fill('12');
  await question.getByRole('button', { name: 'Confirm' }).click();
  await question.getByText('This code is not right, or was used before.').waitFor();
  expect(await accessibilityProblems(page, 'all')).toEqual([]);
  await field.fill(shownCode(server, secret));
  await question.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText(`${user.email} is deleted.`).waitFor();
});

test('a passkey opens the site, is a second factor, and confirms who it is', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const user = await server.signUp();
  const page = await site.visit({ host: 'localhost' });
  const key = await plugIn(page);
  const at = (path: string) => page.url().replace(/\/(admin|account)\/.*$/, `/${path}`);
  await page.goto(at('account/security/'));
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await titled(page, 'Security');
  await page.getByRole('link', { name: 'Add a passkey', exact: true }).click();
  await page.getByRole('button', { name: 'Create the passkey' }).click();
  await titled(page, 'Your recovery codes');

  await key.touch(false);
  await page.goto(at('admin/'));
  await titled(page, 'Sign in');
  expect(await accessibilityProblems(page, 'all')).toEqual([]);
  await key.offered();
  await key.touch(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await titled(page, 'Overview');

  server.clock.advance(3_600_000);
  await page.goto(at(`admin/#/users/${user.id}`));
  await titled(page, user.email);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  const question = page.getByRole('dialog', { name: 'Is it you?' });
  await question.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByText(`${user.email} is deleted.`).waitFor();

  await key.touch(false);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await typeCredentials(page, email);
  await titled(page, 'One more step');
  await key.touch(true);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await titled(page, 'Users'); // the page that was left
});

test('a passkey of a former domain is not offered where it is asked who it is', async () => {
  const { server } = site;
  const administrator = await server.signUpAdmin('superuser');
  const { id, email, access_token: token } = administrator;
  const { secret } = await addApp(server, administrator);
  const user = await server.signUp();
  await addPasskey(server, token, newAuthenticator());
  server.clock.advance(30_000); // a code works once
  const page = await site.visit({ host: 'localhost' });
  await typeCredentials(page, email);
  await page.getByLabel('Code of your authenticator app').fill(shownCode(server, secret));
  await page.keyboard.press('Enter');
  await titled(page, 'Overview');
  server.clock.advance(3_600_000);
  const question = page.getByRole('dialog', { name: 'Is it you?' });
  const other = question.getByRole('button', { name: 'Use a passkey' });
  const ask = async () => {
    await page.goto(`${server.origin.replace('127.0.0.1', 'localhost')}/admin/#/users/${user.id}`);
    await page.reload();
    await titled(page, user.email);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await question.getByLabel('Code of your authenticator app').waitFor();
  };
  await ask();
  expect(await other.count()).toBe(1);
  await movePasskeysToFormerDomain(server, id);
  await ask();
  expect(await other.count()).toBe(0);
  await page.goto(`${server.origin.replace('127.0.0.1', 'localhost')}/admin/#/users/${id}`);
  await page.reload();
  await page.getByRole('tab', { name: 'Second factors' }).click();
  await page.getByText('For another domain: it cannot be used here').waitFor();
  expect(await accessibilityProblems(page, 'all')).toEqual([]);
});

test('a role can require a second factor, and the overview says who has none', async () => {
  const { server } = site;
  const { email, access_token: token } = await server.signUpAdmin('superuser');
  server.clock.advance(60_000); // so that they are counted again
  await server.send('GET', '/api/admin/overview/', { token });
  const page = await site.enter(email);
  await page
    .getByRole('alert')
    .getByText(/administrators? ha(s|ve) no second factor/)
    .waitFor();
  await goTo(page, 'Roles');
  await page.getByRole('link', { name: 'Add a role' }).first().click();
  await page.getByLabel('Name').fill('careful');
  await page.getByLabel('Its users must sign in with at least').click();
  await page.getByRole('option', { name: 'A passkey' }).click();
  await page.getByRole('button', { name: 'Add a role' }).click();
  await titled(page, 'Roles');
  await page.getByRole('link', { name: 'careful' }).click();
  await titled(page, 'Role careful');
  await page.getByText('A passkey', { exact: true }).waitFor();
  expect(await accessibilityProblems(page, 'all')).toEqual([]);
});

test.each(['light', 'dark'] as const)(
  'the own page warns where there is no second factor, and leads to where one is set up (%s)',
  async (colorScheme) => {
    const { server } = site;
    const { email, id } = await server.signUpAdmin('superuser');
    const page = await site.enter(email, { colorScheme });
    await page.goto(`${server.origin}/admin/#/users/${id}`);
    await titled(page, email);
    await page.getByRole('tab', { name: 'Second factors' }).click();
    await page.getByRole('alert').getByText('You have no second factor').waitFor();
    expect(await accessibilityProblems(page, 'all')).toEqual([]);
    await page.getByRole('link', { name: 'Set up and change your own' }).click();
    await page.waitForURL('**/account/**');
  },
);

test.each(['light', 'dark'] as const)(
  'an administrator resets the factors of a user, and takes it back (%s)',
  async (colorScheme) => {
    const { server } = site;
    const { email } = await server.signUpAdmin('superuser');
    const user = await server.signUp();
    await addApp(server, user, 'My phone');
    const page = await site.enter(email, { colorScheme });
    await page.goto(`${server.origin}/admin/#/users/${user.id}`);
    await titled(page, user.email);
    await page.getByRole('tab', { name: 'Second factors' }).click();
    await page.getByText('My phone').waitFor();
    await page.getByText('A second factor', { exact: true }).waitFor();
    expect(await accessibilityProblems(page, 'all')).toEqual([]);
    await page.getByRole('button', { name: 'Reset the second factors' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('lost the phone, called back');
    expect(await accessibilityProblems(page, 'all')).toEqual([]);
    await dialog.getByRole('button', { name: 'Reset the second factors' }).click();
    await page.getByText('Reason: lost the phone, called back').waitFor();
    expect(await accessibilityProblems(page, 'all')).toEqual([]);
    await page.getByRole('button', { name: 'Cancel the reset' }).click();
    await page.getByText('The reset is cancelled.').waitFor();

    await setSetting(server.deps, 'FACTOR_RESET_DELAY', 0, { actor: 'test', reason: '' });
    await page.getByRole('button', { name: 'Reset the second factors' }).click();
    await dialog.getByLabel('Reason').fill('again');
    await dialog.getByRole('button', { name: 'Reset the second factors' }).click();
    await page.getByText(`The second factors of ${user.email} are reset.`).waitFor();
    await page.getByText('A password or mail', { exact: true }).waitFor();
    await setSetting(server.deps, 'FACTOR_RESET_DELAY', 86_400, { actor: 'test', reason: '' });
  },
);
