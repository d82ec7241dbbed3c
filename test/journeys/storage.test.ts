import type { Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { goodPassword } from '../harness.ts';
import { openSite, type Site, titled } from './site.ts';

/** A browser that keeps nothing for the site, or has no room: the site works, and the session stays. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const blocked = `
  const refuse = () => { throw new DOMException('Access is denied for this document.', 'SecurityError'); };
  for (const name of ['localStorage', 'sessionStorage']) {
    Object.defineProperty(window, name, { get: refuse, configurable: true });
  }
  LockManager.prototype.request = () => Promise.reject(new DOMException('Denied.', 'SecurityError'));
`;
const full = `
  Storage.prototype.setItem = () => { throw new DOMException('Full.', 'QuotaExceededError'); };
`;

async function signInAndReload(page: Page, script: string): Promise<void> {
  const { email } = await site.server.signUpAdmin('superuser');
  await page.addInitScript(script);
  await page.reload();
  await page.getByLabel('Email').fill(email);
  await page.getByLabel(/^Password/).fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await titled(page, 'Overview');
  await page.reload();
  await titled(page, 'Overview');
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await titled(page, 'Sign in');
}

test('storage that is blocked', async () => {
  await signInAndReload(await site.visit(), blocked);
});

test('storage that is full', async () => {
  await signInAndReload(await site.visit(), full);
});
