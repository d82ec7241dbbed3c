import { afterAll, expect, test } from 'vitest';
import { createVisitor, textOf, type Visitor } from '../../../../test/account-visitor.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { issueSetupToken, setupUrl } from '../../self-service/setup/index.ts';

/** The links of invitations and of the first administrator, without a script. */

const server = await startServer({ trustedProxies: ['203.0.113.1'] });
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

async function open(browser: Visitor, url: string) {
  const path = url.slice(server.origin.length);
  return browser.follow(await browser.get(path), path);
}

/** The link of the first administrator, of a server that has none. */
async function setupLink(): Promise<string> {
  await db.updateTable('users').set({ is_superuser: 0 }).execute();
  return setupUrl(server.origin, (await issueSetupToken(server.deps)) ?? '');
}

test('the first administrator is made by the printed link, and goes on to the admin site', async () => {
  const url = await setupLink();
  const browser = createVisitor(server);
  const page = await open(browser, url);
  expect(page.path).toBe('/account/setup/');
  expect(textOf(page)).toContain('The first administrator');
  const weak = await browser.post(page.path, { email: 'nobody', password: 'x' });
  expect(weak.status).toBe(400);
  expect(textOf(weak)).toContain('Enter an email such as ada@example.com.');
  const made = await browser.post(page.path, {
    email: 'first@example.com',
    password: goodPassword,
  });
  expect([made.status, made.headers.get('location')]).toEqual([303, '../../admin/?signed-in']);
  expect(made.headers.getSetCookie().join()).toMatch(
    /latchkey_admin=[0-9a-f-]{36}; Path=\/admin\/session\/; HttpOnly; SameSite=Strict/,
  );
  const refreshed = await browser.post('/admin/session/refresh/', {}, { 'x-latchkey-admin': '1' });
  expect(refreshed).toMatchObject({ status: 200, body: { access_token: expect.any(String) } });
  const used = await open(createVisitor(server), url);
  expect(used.status).toBe(400);
  expect(textOf(used)).toContain('This link does not work any more');
  expect(used.text).not.toContain('name="password"');
});

test('the page of the first administrator is for the machine of the server alone', async () => {
  const url = await setupLink();
  const away = { 'x-forwarded-for': '198.51.100.7' };
  const browser = createVisitor(server, away);
  const page = await open(browser, url);
  expect([page.status, textOf(page)]).toEqual([
    403,
    expect.stringContaining('only on the machine that the server runs on'),
  ]);
  const form = { email: 'second@example.com', password: goodPassword };
  expect((await browser.post('/account/setup/', form)).status).toBe(403);
  const late = createVisitor(server);
  await open(late, url);
  await db.updateTable('users').set({ is_superuser: 1 }).execute();
  const told = await late.get('/account/setup/');
  expect([told.status, textOf(told)]).toEqual([
    409,
    expect.stringContaining('There is an administrator already'),
  ]);
});

test('an invited user chooses the first password, is signed in, and the link is used up', async () => {
  const admin = await server.signUpAdmin(['users.create', 'users.view']);
  const user = await server.signUp();
  await db.updateTable('users').set({ password_hash: null }).where('id', '=', user.id).execute();
  const { url } = (
    await server.send('POST', `/api/admin/users/${user.id}/invitation/`, {
      token: admin.access_token,
    })
  ).body;
  expect(url).toMatch(new RegExp(`^${server.origin}/account/invitation/\\?token=[\\w-]{43}$`));
  const browser = createVisitor(server);
  const page = await open(browser, url);
  expect(page.path).toBe('/account/invitation/');
  expect(page.text).toMatch(new RegExp(`value="${user.email}"[^>]*readonly`));
  await createVisitor(server).post(page.path); // a scanner, without the cookie
  const weak = await browser.post(page.path, { password: 'password' });
  expect([weak.status, textOf(weak)]).toEqual([
    400,
    expect.stringContaining('Many people use this password.'),
  ]);
  const done = await browser.submit(page.path, { password: goodPassword });
  expect(done.path).toBe('/account/');
  expect(textOf(done)).toContain(user.email);
  const used = await open(createVisitor(server), url);
  expect([used.status, textOf(used)]).toEqual([
    400,
    expect.stringMatching(
      /This link does not work any more.*chosen your password already, sign in/,
    ),
  ]);
  const late = await browser.post('/account/invitation/', { password: 'another good horse' });
  expect(late.status).toBe(400);
});

test.each([
  ['invitation/', 'en', /the person who invited you/, /administrator/i],
  ['invitation/', 'de', /die Person, die Sie eingeladen hat/, /Administrator/],
  ['setup/', 'en', /start the server again: it prints a new link/, /invited/],
  ['setup/', 'de', /starten Sie den Server neu/, /eingeladen/],
])('a void link of %s says in %s what its reader can do, and nothing of others', async (...of) => {
  const [path, language, advice, ofOthers] = of;
  await db.updateTable('users').set({ is_superuser: 0 }).execute();
  await issueSetupToken(server.deps);
  const browser = createVisitor(server, { 'accept-language': language });
  const url = `/account/${path}`;
  const opened = await browser.follow(await browser.get(`${url}?token=${'A'.repeat(43)}`), url);
  const form = { code: '123456', email: 'ada@example.com', password: goodPassword };
  const sent = await browser.post(url, form);
  for (const page of [opened, sent]) {
    const main = textOf({ text: page.text.replace(/<h1>.*?<\/h1>/, '') });
    expect([page.status, main]).toEqual([400, expect.stringMatching(advice)]);
    expect(main).not.toMatch(ofOthers);
  }
});
