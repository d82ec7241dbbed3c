import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { goTo, openSite, row, type Site, signInByApi, titled } from './site.ts';

/** The form of a setting shows that setting, as it is now, and speaks of what others did alone. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

async function openSetting(page: Page, name: string): Promise<void> {
  await page.goto(`${site.server.origin}/admin/#/settings/${name}`);
  await titled(page, name);
}

const amount = (page: Page) => page.getByLabel('Amount').inputValue();
const isSaveable = (page: Page) => page.getByRole('button', { name: 'Change it' }).isEnabled();

async function change(page: Page, value: string): Promise<void> {
  await page.getByLabel('Amount').fill(value);
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByText(/ is .* now\.$/).waitFor();
}

test('a change that was taken back is not a conflict, and is not one click from being saved', async () => {
  const { email } = await site.server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await openSetting(page, 'ACCESS_TOKEN_LIFETIME');
  await change(page, '90');
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await page.getByText('Undone.').waitFor();
  await eventually(async () => expect(await amount(page)).toBe('30'));
  expect(await isSaveable(page)).toBe(false);

  await change(page, '95');
  await row(page, '1 minute 35 seconds')
    .getByRole('button', { name: /^Undo: / })
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Undo', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await eventually(async () => expect(await amount(page)).toBe('30'));
  expect(await isSaveable(page)).toBe(false);
  expect(await page.getByText('Somebody else changed this first.').count()).toBe(0);
});

test('another setting, opened by its URL, has its own value', async () => {
  const { email } = await site.server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await openSetting(page, 'REFRESH_GRACE_PERIOD');
  expect(await amount(page)).toBe('10');
  await openSetting(page, 'ACCESS_TOKEN_LIFETIME');
  expect(await amount(page)).toBe('30');
});

test('what somebody else changed is taken over by a form that is untouched, and told by one that is not', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const other = await server.signUpAdmin('superuser');
  const path = '/api/admin/settings/ACCESS_TOKEN_LIFETIME/';
  async function changeAsOther(value: number): Promise<void> {
    const { access_token: token } = await signInByApi(server, other.email);
    const { status } = await server.send('PUT', path, { token, json: { value } });
    expect(status).toBe(200);
  }
  const page = await site.enter(email);
  await openSetting(page, 'ACCESS_TOKEN_LIFETIME');
  await changeAsOther(41);
  await goTo(page, 'Settings');
  await openSetting(page, 'ACCESS_TOKEN_LIFETIME');
  await eventually(async () => expect(await amount(page)).toBe('41'));
  expect(await isSaveable(page)).toBe(false);

  await page.getByLabel('Amount').fill('77');
  await changeAsOther(42);
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByText('Somebody else changed this first.').waitFor();
  await page.getByText('The value is now 42 seconds.', { exact: false }).waitFor();
  expect(await amount(page)).toBe('77');
  await change(page, '78');
  await eventually(async () =>
    expect(await page.getByText('Somebody else changed this first.').count()).toBe(0),
  );
  expect(server.deps.settings.get('ACCESS_TOKEN_LIFETIME')).toBe(78);
});

test('colours are chosen beside the text, which follows, and one that is the default again leaves it', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await openSetting(page, 'SITE_COLORS_LIGHT');
  await page.getByText('Default: The default colours').waitFor();
  const text = page.getByLabel('Value');
  const picker = (name: string) => page.getByLabel(name, { exact: true });
  expect(await picker('accent').inputValue()).toBe('#3347c4');
  await picker('accent').fill('#0a6640');
  await picker('link').fill('#0a6640');
  expect(await text.inputValue()).toBe('accent=#0a6640 link=#0a6640');
  await picker('link').fill('#3043b8');
  expect(await text.inputValue()).toBe('accent=#0a6640');
  await text.fill('accent=#0a6641 focus=#0a6640');
  expect(await picker('accent').inputValue()).toBe('#0a6641');
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByText(/ is .* now\.$/).waitFor();
  expect(server.deps.settings.get('SITE_COLORS_LIGHT')).toBe('accent=#0a6641 focus=#0a6640');
});

test('a policy that takes the effect from what roles require names them before it is saved', async () => {
  const { server } = site;
  const { email, access_token: token } = await server.signUpAdmin('superuser');
  for (const [name, required_acr] of [
    ['support', 'aal2'],
    ['readers', 'aal1'],
    ['operators', 'aal2'],
  ]) {
    const json = { name, permissions: [], required_acr };
    expect((await server.send('POST', '/api/admin/roles/', { token, json })).status).toBe(201);
  }
  const page = await site.enter(email);
  await openSetting(page, 'SECOND_FACTOR_POLICY');
  const warning = page.getByText('has no effect: support, operators.');
  await page.getByRole('combobox', { name: 'Value' }).click();
  await page.getByRole('option', { name: 'required' }).click();
  await eventually(async () => expect(await warning.count()).toBe(0));
  await page.getByRole('combobox', { name: 'Value' }).click();
  await page.getByRole('option', { name: 'off' }).click();
  await warning.waitFor();
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByText(/ is .* now\.$/).waitFor();
  await eventually(async () => expect(await warning.count()).toBe(1)); // once it is read again
});
