import { afterAll, expect, test } from 'vitest';
import { createVisitor } from '../../../../test/account-visitor.ts';
import { type SignedUp, startServer } from '../../../../test/harness.ts';
import { mailedNotice, mailTo } from '../../../../test/mailed-codes.ts';

/** "This was not me" on the account site. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const newPassword = 'a quite new horse';
const page = '/account/not-me/';
const isSignedIn = async ({ access_token: token }: SignedUp) =>
  (await server.send('GET', '/api/me/', { token })).status === 200;

test('a scanner that opens the link and presses the button does nothing; its reader shuts a thief out', async () => {
  const user = await server.signUp();
  const { token, code } = await mailedNotice(server, user);
  const scanner = createVisitor(server);
  const opened = await scanner.get(`${page}?token=${token}`);
  expect(opened).toMatchObject({ status: 303, text: '' });
  expect(opened.headers.get('location')).not.toContain('token');
  expect((await scanner.get(page)).text).toContain('name="code"');
  for (const form of [{}, { code: '' }, { code: 'test' }]) {
    expect((await scanner.post(page, form)).status).toBe(400);
  }
  expect(await isSignedIn(user)).toBe(true);

  const reader = createVisitor(server, { 'accept-language': 'de' });
  const shown = await reader.follow(await reader.get(`${page}?token=${token}`), page);
  expect(shown.text).toContain('Das war ich nicht');
  const reset = await reader.submit(page, { code });
  expect(reset.path).toBe('/account/reset/');
  expect(reset.text).toContain('Alle Geräte sind abgemeldet');
  expect(await isSignedIn(user)).toBe(false);
  const mail = await mailTo(server, user.email);
  expect(mail.kind).toBe('password_reset');
  const done = await reader.submit('/account/reset/', {
    code: mail.code,
    password: 'the third horse',
  });
  expect(done).toMatchObject({ status: 200, path: '/account/' });
  const again = await reader.follow(await reader.get(`${page}?token=${token}`), page);
  expect(again.text).toContain('/forgot/');
});

test('where the user is signed in a button is enough, and nobody else has it', async () => {
  const user = await server.signUp();
  const { token } = await mailedNotice(server, user);
  const other = createVisitor(server);
  await other.signIn((await server.signUp()).email);
  await other.get(`${page}?token=${token}`);
  expect((await other.get(page)).text).toContain('name="code"');
  const own = createVisitor(server);
  await own.signIn(user.email, newPassword);
  await own.get(`${page}?token=${token}`);
  expect((await own.get(page)).text).not.toContain('name="code"');
  const reset = await own.submit(page);
  expect(reset.path).toBe('/account/reset/');
  expect(await isSignedIn(user)).toBe(false);
});

test.each([
  [
    ...(['en', 'If you asked for help, there is nothing to do.', 'The access ends then.'] as const),
    ...([
      'End the access',
      'End the support access',
      /this was (?:not me|you)|it was not you/i,
    ] as const),
  ],
  [
    ...([
      'de',
      'Wenn Sie um Hilfe gebeten haben, ist nichts zu tun.',
      'Dann endet der Zugriff.',
    ] as const),
    ...([
      'Zugriff beenden',
      'Zugriff des Supports beenden',
      /Das war ich nicht|Wenn Sie (?:das|es nicht) waren/,
    ] as const),
  ],
])('of support access the mail and its page say what happens, in %s', async (...of) => {
  const [language, ifAsked, whatEnds, button, title, ofThieves] = of;
  const user = await server.signUp();
  const json = { locale: language };
  await server.send('PATCH', '/api/me/', { token: user.access_token, json });
  const admin = await server.signUpAdmin('superuser');
  await server.send('POST', `/api/admin/users/${user.id}/impersonation/`, {
    ...{ token: admin.access_token, json: { reason: 'ticket 4711' } },
  });
  const { text, html } = await mailTo(server, user.email);
  const oneLine = text.replaceAll(/\s+/g, ' ');
  for (const said of [ifAsked, whatEnds]) expect(oneLine).toContain(said);
  expect(html).toContain(button);
  expect(oneLine).not.toMatch(ofThieves);
  expect(html).not.toMatch(ofThieves);
  const [, token = ''] = /not-me\/\?token=(\S+)/.exec(text) ?? [];
  const reader = createVisitor(server, { 'accept-language': language });
  await reader.get(`${page}?token=${token}`);
  const shown = await reader.get(page);
  expect(shown.text).toContain(`<h1>${title}</h1>`);
  expect(shown.text).not.toMatch(ofThieves);
});

test('support access ends by its link, and the user stays signed in', async () => {
  const user = await server.signUp();
  const admin = await server.signUpAdmin('superuser');
  const begun = await server.send('POST', `/api/admin/users/${user.id}/impersonation/`, {
    ...{ token: admin.access_token, json: { reason: 'ticket 4711' } },
  });
  const { text, code } = await mailTo(server, user.email);
  const [, token = ''] = /not-me\/\?token=(\S+)/.exec(text) ?? [];
  const reader = createVisitor(server);
  await reader.get(`${page}?token=${token}`);
  expect((await reader.post(page, { code })).status).toBe(303);
  expect(await isSignedIn(begun.body)).toBe(false);
  expect(await isSignedIn(user)).toBe(true);
});

test('without a link the page says what to do', async () => {
  const visitor = createVisitor(server);
  const shown = await visitor.get(page);
  expect(shown.text).toContain('/forgot/');
  expect((await visitor.post(page, { code: '123456' })).status).toBe(400);
});
