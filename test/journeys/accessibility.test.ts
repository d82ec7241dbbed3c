import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityProblems, openSite, type Site } from './site.ts';

/** Every page by WCAG 2.2 AA, as far as a program can tell (axe). */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

/** By their URLs, and what shows that they are there. */
const pages: readonly (readonly [path: string, heading: string])[] = [
  ['/', 'Overview'],
  ['/users', 'Users'],
  ['/users/create', 'A new user'],
  ['/users/1', 'someone@example.com'],
  ['/users/1/edit', 'Edit someone@example.com'],
  ['/sessions', 'Sessions'],
  ['/roles', 'Roles'],
  ['/roles/create', 'A new role'],
  ['/settings', 'Settings'],
  ['/settings/ACCESS_TOKEN_LIFETIME', 'ACCESS_TOKEN_LIFETIME'],
  ['/settings/SITE_COLORS_LIGHT', 'SITE_COLORS_LIGHT'],
  ['/settings/history', 'All changes'],
  ['/audit', 'Audit log'],
  ['/keys', 'Signing keys'],
  ['/mail', 'Mail'],
  ['/mail/1', 'Password reset'],
  ['/mail/texts/en', 'What mails say'],
  ['/mail/texts/de/lifetime', 'lifetime'],
  ['/nodes', 'Nodes'],
  ['/nowhere', 'This page does not exist.'],
];

/** Those that have all the colours. */
const darkPages = ['/', '/users', '/roles/create', '/mail', '/mail/texts/en'];

async function look(
  page: Page,
  path: string,
  which: Parameters<typeof accessibilityProblems>[1],
): Promise<string[]> {
  await page.goto(`${site.server.origin}/admin/#${path}`);
  const name = pages.find(([known]) => known === path)?.[1];
  await page.getByRole('heading', { level: 1, ...(name && { name }) }).waitFor();
  return (await accessibilityProblems(page, which)).map((problem) => `${path}: ${problem}`);
}

/** So many pages are looked at in one test: on a busy machine a page takes seconds. */
const atOnce = 6;
const parts = Array.from({ length: Math.ceil(pages.length / atOnce) }, (_, n) =>
  pages.slice(n * atOnce, (n + 1) * atOnce).map(([path]) => path),
);

let administrator: string;
beforeAll(async () => {
  const { server } = site;
  const { email } = await server.signUp('someone@example.com');
  await server.send('POST', '/api/password-reset/', { json: { email } });
  administrator = (await server.signUpAdmin('superuser')).email;
});

test.each(parts)('no page has problems: %s, %s, %s …', async (...paths) => {
  const problems: string[] = [];
  const page = await site.enter(administrator);
  for (const path of paths) problems.push(...(await look(page, path, 'all')));
  expect(problems).toEqual([]);
});

test('they can be read in the dark too', async () => {
  const problems: string[] = [];
  const dark = await site.enter(administrator, { colorScheme: 'dark' });
  for (const path of darkPages) problems.push(...(await look(dark, path, 'contrast')));
  expect(problems).toEqual([]);
});

test('nor has a page for those who are not signed in', async () => {
  const problems: string[] = [];
  const page = await site.visit();
  problems.push(...(await look(page, '/sign-in', 'all')));
  expect(problems).toEqual([]);
});
