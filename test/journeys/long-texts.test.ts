import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodPassword } from '../harness.ts';
import { openSite, type Site, signInByApi, titled } from './site.ts';

/** The longest texts that are allowed widen no page, on a desktop and on a phone. */

let site: Site;
let made: Made;
beforeAll(async () => {
  site = await openSite();
  made = await make();
});
afterAll(() => site[Symbol.asyncDispose]());

const email = `${'l'.repeat(64)}@${'d'.repeat(60)}.${'o'.repeat(60)}.${'m'.repeat(55)}.example`;
const roleName = 'r'.repeat(50);
const permission = `${'p'.repeat(48)}.${'q'.repeat(48)}`;
const reason = 'w'.repeat(200);

interface Made {
  readonly admin: string;
  readonly userId: number;
  readonly roleId: number;
}

async function make(): Promise<Made> {
  const { server } = site;
  const admin = (await server.signUpAdmin('superuser')).email;
  const { access_token: token } = await signInByApi(server, admin);
  const send = async (method: string, path: string, json: object) => {
    const answer = await server.send(method, path, { token, json });
    expect([path, answer.status < 300, answer.text]).toEqual([path, true, answer.text]);
    return answer.body.id as number;
  };
  const description = 'd'.repeat(200);
  const role = { name: roleName, description, permissions: ['users.view', permission] };
  const roleId = await send('POST', '/api/admin/roles/', role);
  const user = { email, username: 'u'.repeat(150), password: goodPassword, roles: [roleId] };
  const userId = await send('POST', '/api/admin/users/', user);
  const agents = ['Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0', `${'a'.repeat(300)}/1`];
  for (const agent of agents) {
    const headers = { 'user-agent': agent };
    const answer = await server.send('POST', '/api/login/', {
      headers,
      json: { email, password: goodPassword },
    });
    expect(answer.status).toBe(200);
  }
  await send('PUT', '/api/admin/settings/ACCESS_TOKEN_LIFETIME/', { value: 31, reason });
  return { admin, userId, roleId };
}

/** What is wider than the window, or than the frame of its own that would scroll. */
const tooWide = (page: Page) =>
  page.evaluate(`(() => {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push('the page: ' + root.scrollWidth);
    for (const frame of document.querySelectorAll('.MuiTableContainer-root, .MuiDialogContent-root, main')) {
      if (frame.scrollWidth > frame.clientWidth + 1) found.push(frame.className + ': ' + frame.scrollWidth);
    }
    return found;
  })()`);

test.each([
  ['a desktop', { width: 1280, height: 800 }],
  ['a phone', { width: 390, height: 780 }],
])('on %s', async (_device, viewport) => {
  const { server } = site;
  const { admin, userId, roleId } = made;
  const page = await site.enter(admin);
  await page.setViewportSize(viewport);
  const problems: unknown[] = [];
  const look = async (what: string) => {
    for (const problem of (await tooWide(page)) as string[]) problems.push(`${what}: ${problem}`);
  };
  const pages: [path: string, title: string, text: string][] = [
    ['/', 'Overview', 'Sessions'],
    ['/users', 'Users', email],
    [`/users/${userId}`, email, email],
    [`/users/${userId}/edit`, `Edit ${email}`, ''],
    ['/sessions', 'Sessions', email],
    ['/roles', 'Roles', roleName],
    [`/roles/${roleId}`, `Role ${roleName}`, permission],
    ['/settings', 'Settings', 'ACCESS_TOKEN_LIFETIME'],
    ['/settings/history', 'All changes', reason],
    ['/settings/ACCESS_TOKEN_LIFETIME', 'ACCESS_TOKEN_LIFETIME', reason],
    ['/audit', 'Audit log', 'Setting changed'],
  ];
  for (const [path, title, text] of pages) {
    await page.goto(`${server.origin}/admin/#${path}`);
    await titled(page, title);
    await page.getByText(text).first().waitFor();
    await look(path);
  }
  await page
    .getByRole('button', { name: /^Show the details/ })
    .first()
    .click();
  await page.getByRole('dialog').waitFor();
  await look('an entry of the audit log');
  await page.goto(`${server.origin}/admin/#/users/${userId}`);
  await titled(page, email);
  for (const tab of ['Sessions', 'Roles and permissions', 'Audit log']) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('tabpanel').getByRole('button').first().waitFor();
    await look(tab);
  }
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await page.getByRole('dialog').waitFor();
  await look('a question');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Act as this user' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('to look');
  await page.getByRole('button', { name: 'Get the tokens' }).click();
  await page.getByRole('button', { name: 'End it' }).waitFor();
  await look('the bar of an impersonation');
  expect(problems).toEqual([]);
});
