import { afterAll, beforeAll, expect, test } from 'vitest';
import { addApp, shownCode } from '../authenticator.ts';
import { goodPassword } from '../harness.ts';
import { accessibilityFaults, goTo, openSite, type Site, titled } from './site.ts';

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
  await page.getByLabel('E-mail address').fill(email);
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
    expect(await accessibilityFaults(page, 'all')).toEqual([]);
    const code = shownCode(site.server, secret);
    const field = page.getByLabel('Code of your authenticator app');
    await field.fill(code === '000000' ? '000001' : '000000');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').getByText('You have 4 more tries.').waitFor();
    expect(await accessibilityFaults(page, 'all')).toEqual([]);
    await field.fill(`${code.slice(0, 3)} ${code.slice(3)}`);
    await page.keyboard.press('Enter');
    await titled(page, 'Overview');
    await page.reload();
    await titled(page, 'Overview');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await typeCredentials(page, email);
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.getByLabel('Recovery code').fill((recoveryCodes[2] ?? '').toLowerCase());
    expect(await accessibilityFaults(page, 'all')).toEqual([]);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await titled(page, 'Overview');
  },
);

test('after five wrong codes the sign-in begins anew', async () => {
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
  expect(await page.getByLabel('E-mail address').inputValue()).toBe('');
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
