import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createVisitor } from '../../../../test/account-visitor.ts';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';
import { issueSetupToken } from '../../self-service/setup/index.ts';

/** A cookie can be there twice: any host of the same site can set one. It hides no page, unless it opens something. */

const sites = join(import.meta.dirname, '..');
const sources = globSync(`${sites}/**/*.ts`)
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');
const found = (pattern: RegExp) => [
  ...new Set([...sources.matchAll(pattern)].map(([, name]) => name)),
];
const names = found(/'(latchkey_\w+)'/g);
const suffixes = found(/`\$\{name\}(_\w+)`/g);
/** Every cookie of the sites, and some that there are not. */
const cookies = names.flatMap((name) => ['', ...suffixes].map((suffix) => `${name}${suffix}`));

/** Those that open something, each with a page that reads it. Without the cookie the page would lead to one more way in. */
const opening = [
  ['latchkey_account', ''],
  ['latchkey_second_step', 'sign-in/second-factor/'],
  ['latchkey_reset_flow', 'reset/'],
  ['latchkey_reset_link', 'reset/'],
  ['latchkey_mail_sign_in_flow', 'mail-sign-in/code/'],
  ['latchkey_mail_sign_in_link', 'mail-sign-in/code/'],
  ['latchkey_sign_up_flow', 'sign-up/'],
  ['latchkey_sign_up_link', 'sign-up/'],
  ['latchkey_verify_flow', 'verify/'],
  ['latchkey_verify_link', 'verify/'],
  ['latchkey_email_flow', 'email/confirm/'],
  ['latchkey_email_link', 'email/confirm/'],
  ['latchkey_prove_flow', 'prove/'],
  ['latchkey_prove_link', 'prove/'],
  ['latchkey_invitation', 'invitation/'],
  ['latchkey_not_me', 'not-me/'],
  ['latchkey_release', 'release/'],
  ['latchkey_setup', 'setup/'],
  ['latchkey_undo', 'undo/'],
] as const;
/** And the session of the admin site. */
const opens: readonly string[] = [...opening.map(([name]) => name), 'latchkey_admin'];

/** The first administrator: nobody else registers without a mail. */
const email = 'owner@example.com';
let server: TestServer;
const pages: string[] = [];
beforeAll(async () => {
  server = await startServer({
    pinned: {
      MAIL_SIGN_IN: true,
      REGISTRATION_MODE: 'verify_first',
      TRUSTED_DEVICE_LIFETIME: 3600,
    },
    beforeRoutes: async (app) => {
      app.addHook('onRoute', ({ method, url }) => {
        if (method === 'GET' && /^\/account\/([a-z-]+\/)*$/.test(url)) pages.push(url);
      });
    },
  });
  const json = { token: await issueSetupToken(server.deps), email, password: goodPassword };
  expect((await server.send('POST', '/api/setup/', { json })).status).toBe(201);
});
afterAll(() => server[Symbol.asyncDispose]());

const refusal = 'Delete the cookies of this site.';
const twice = (of: readonly string[]) => of.map((name) => `${name}=a; ${name}=b`).join('; ');
const rest = twice(cookies.filter((name) => !opens.includes(name)));

async function member(): Promise<string> {
  const browser = createVisitor(server);
  await browser.signIn(email);
  return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

test('a cookie that opens nothing hides no page', async () => {
  const own = await member();
  expect(pages.length).toBeGreaterThan(25);
  for (const cookie of [rest, `${own}; ${rest}`]) {
    for (const path of pages) {
      const page = await server.send('GET', path, { headers: { cookie } });
      const isShown = page.status === 303 || page.text.includes('<h1');
      expect([path, isShown, page.text.includes(refusal)]).toEqual([path, true, false]);
    }
  }
});

test('and keeps nobody from signing in', async () => {
  const headers = { cookie: rest, 'sec-fetch-site': 'same-origin', 'x-latchkey-admin': '1' };
  const sent = { email, password: goodPassword };
  const page = await server.send('POST', '/account/sign-in/', { headers, form: sent });
  expect([page.status, page.headers.get('location')]).toEqual([303, expect.any(String)]);
  const admin = await server.send('POST', '/admin/session/', { headers, json: sent });
  expect([admin.status, admin.text]).toEqual([200, expect.any(String)]);
});

test.each(opening)('%s is refused on %s: nothing says which one opens', async (name, path) => {
  const isForStrangers = name === 'latchkey_account' || path === 'sign-up/';
  const own = isForStrangers ? '' : await member();
  const cookie = `${own}; ${twice([name])}`;
  const page = await server.send('GET', `/account/${path}`, { headers: { cookie } });
  expect([page.status, page.text.includes(refusal)]).toEqual([400, true]);
});
