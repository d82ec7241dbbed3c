import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodPassword } from '../harness.ts';
import { openSite, type Site, titled } from './site.ts';

/** Without a mouse: everything is reached by Tab, and done by Enter, Space and the arrows. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: element } = (
      globalThis as unknown as { document: { activeElement: HTMLElementLike } }
    ).document;
    return element.getAttribute('aria-label') ?? element.textContent;
  });

interface HTMLElementLike {
  readonly textContent: string;
  getAttribute(name: string): string | null;
}

const farthest = 60;

/** Presses Tab until that has the focus. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let times = 0; times < farthest; times += 1) {
    await page.keyboard.press('Tab');
    const text = (await focused(page)).trim();
    if (typeof name === 'string' ? text === name : name.test(text)) return;
  }
  throw new Error(`Tab does not lead to ${name}.`);
}

test('an administrator signs in, deactivates a user and signs out with the keyboard alone', async () => {
  const { server } = site;
  const eve = await server.signUp('eve@example.com');
  const { email } = await server.signUpAdmin('superuser');
  const page = await site.visit();
  const { keyboard } = page;

  await page.getByLabel('Email').and(page.locator(':focus')).waitFor();
  await keyboard.type(email);
  await keyboard.press('Tab');
  await keyboard.type(goodPassword);
  await keyboard.press('Enter');
  await titled(page, 'Overview');

  await tabTo(page, 'Users');
  await keyboard.press('Enter');
  await titled(page, 'Users');
  await tabTo(page, eve.email);
  await keyboard.press('Enter');
  await titled(page, eve.email);
  await tabTo(page, 'Deactivate');
  await keyboard.press('Enter');
  const reason = page.getByLabel('Reason (for the audit log)');
  await reason.waitFor();
  const hasFocus = reason.and(page.locator(':focus'));
  if ((await hasFocus.count()) === 0) await keyboard.press('Tab');
  await hasFocus.waitFor();
  await keyboard.type('by hand');
  await keyboard.press('Enter');
  await page.getByText(`${eve.email} is deactivated.`).waitFor();
  const refused = await server.send('GET', '/api/me/', { token: eve.access_token });
  expect(refused.status).toBe(401);
  await tabTo(page, 'Sign out');
  await keyboard.press('Enter');
  await titled(page, 'Sign in');
});
