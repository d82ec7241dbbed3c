import { afterAll, beforeAll, expect, test } from 'vitest';
import { setSetting } from '../../src/settings/change-settings.ts';
import { startMailServer } from '../mail-server.ts';
import { goTo, openSite, type Site, titled } from './site.ts';

/** Numbers, times and devices stand in sentences as one would say them. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

test('one of a thing, and no limit', async () => {
  const { server } = site;
  for (const [name, value] of [
    ['LOGIN_FAILURES_PER_ACCOUNT', 1],
    ['MAX_SESSIONS_PER_USER', 0],
  ] as const) {
    await setSetting(server.deps, name, value, { actor: 'test', reason: '' });
  }
  const page = await site.enter((await server.signUpAdmin('superuser')).email);
  await goTo(page, 'Settings');
  await page.getByText('1 failure in 15 minutes', { exact: true }).waitFor();
  await page.getByText('No limit', { exact: true }).first().waitFor();
  await page.getByRole('link', { name: 'PASSWORD_MIN_LENGTH' }).click();
  await page.getByText(/From 1 to \d+ characters/).waitFor();
});

test('until when an invitation is good, and whether its link was mailed', async () => {
  await using mails = await startMailServer();
  await using mailing = await openSite({ mail: mails.delivery });
  for (const { server, enter } of [site, mailing]) {
    const page = await enter((await server.signUpAdmin('superuser')).email);
    await page.goto(`${server.origin}/admin/#/users/create`);
    await page.getByLabel('Email').fill('joe@example.com');
    await page.getByRole('button', { name: 'Add a user' }).click();
    const text = page.getByRole('dialog').getByText(/^Valid until/);
    await text.waitFor();
    expect(await text.textContent()).toMatch(/^Valid until \d.*\d\.$/);
    const mailed = page.getByText('It was mailed to joe@example.com. You need not send it.');
    expect(await mailed.count()).toBe(server === mailing.server ? 1 : 0); // else it stays here, to be read
  }
});

test('a device in German', async () => {
  const page = await site.enter((await site.server.signUpAdmin('superuser')).email);
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
  await page.getByRole('navigation').getByRole('link', { name: 'Sitzungen' }).click();
  await titled(page, 'Sitzungen');
  await page
    .getByText(/ unter Linux$/)
    .first()
    .waitFor();
});
