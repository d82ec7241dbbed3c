import { afterAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf, type Visitor } from '../../../../test/account-visitor.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';

/** Forgotten passwords on the account site, without a script: one mail, two ways to go on. */

const server = await startServer({
  pinned: { RETURN_ORIGINS: 'https://app.example', MAILS_PER_RECIPIENT: 100 },
});
afterAll(() => server[Symbol.asyncDispose]());

const newPassword = 'a quite new horse';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const login = async (email: string, password: string) =>
  (await server.send('POST', '/api/login/', { json: { email, password } })).status;
/** The path of a mailed link. */
const pathOf = (link: string) => link.slice(server.origin.length);
const countFlows = async () =>
  (await server.deps.database.db.selectFrom('flows').select('id').execute()).length;

/** Asks for a mail on the page, in a browser of its own. */
async function ask(email: string, query = '') {
  const browser = createVisitor(server);
  const page = await browser.submit(`/account/forgot/${query}`, { email });
  return { browser, page, mail: await mailTo(server, email) };
}

/** Opens a link as a browser does. */
async function open(browser: Visitor, link: string) {
  return browser.follow(await browser.get(pathOf(link)), pathOf(link));
}

test('the code of the mail sets the password where it was asked for, and signs in', async () => {
  const user = await server.signUp();
  const { browser, page, mail } = await ask(user.email);
  expect([page.status, page.path]).toEqual([200, '/account/reset/']);
  expect(textOf(page)).toContain(`If there is an account with ${user.email}, a mail`);
  expect(page.text).toMatch(/name="code"[^>]*autocomplete="one-time-code"/);
  expect(page.text).not.toContain('name="password"');
  const code = `${mail.code.slice(0, 3)} ${mail.code.slice(3)}`;
  const next = await browser.submit(page.path, { code });
  expect(textOf(next)).toContain(`Choose a new password for ${user.email}.`);
  expect(next.text).toMatch(/name="password"[^>]*autocomplete="new-password"/);
  expect(next.text).toContain(`<input type="hidden" name="code" value="${code}"`);
  expect(next.headers.get('cache-control')).toBe('no-store');
  const done = await browser.submit(page.path, { code, password: newPassword });
  expect([done.status, done.path]).toEqual([200, '/account/']);
  expect(textOf(done)).toContain('Your password is set, and you are signed in here.');
  expect(await login(user.email, newPassword)).toBe(200);
  const me = await server.send('GET', '/api/me/', { token: user.access_token });
  expect(me.body.code).toBe('password_reset');
  expect([...browser.cookies.keys()]).toEqual(['latchkey_account']);
});

test('one mail tells of a reset, and of the device it was done on', async () => {
  const user = await server.signUp();
  await server.deps.database.db.deleteFrom('known_networks').execute();
  await resetIn(user.email, { 'user-agent': firefox });
  const { kind, text } = await mailTo(server, user.email);
  expect([kind, text]).toEqual([
    'password_was_reset',
    expect.stringContaining('Device: Firefox on Linux'),
  ]);
});

/** Resets the password in a browser of its own. */
async function resetIn(email: string, headers: Record<string, string>) {
  const browser = createVisitor(server, headers);
  const page = await browser.submit('/account/forgot/', { email });
  const { code } = await mailTo(server, email);
  const done = await browser.submit(page.path, { code, password: newPassword });
  expect(done.path).toBe('/account/');
}

test('the link needs the new password alone where it was asked for, and its token stays out of pages and URLs', async () => {
  const user = await server.signUp();
  const { browser, mail } = await ask(user.email);
  const answer = await browser.get(pathOf(mail.link));
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '../../account/reset/']);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  const token = new URL(mail.link).searchParams.get('token') ?? '';
  expect(answer.headers.getSetCookie()).toEqual([
    `latchkey_reset_link=${token}; Path=/account/reset/; HttpOnly; SameSite=Lax; Max-Age=600`,
  ]);
  const page = await browser.follow(answer, pathOf(mail.link));
  expect(textOf(page)).toContain(`Choose a new password for ${user.email}.`);
  expect(page.text).not.toContain('name="code"');
  expect(page.text).not.toContain(token);
  const done = await browser.submit(page.path, { password: newPassword });
  expect(done.path).toBe('/account/');
  expect(await login(user.email, newPassword)).toBe(200);
});

test('in another browser it asks for the code as well, and the flow goes on there', async () => {
  const user = await server.signUp();
  const { browser, mail } = await ask(user.email);
  const phone = createVisitor(server);
  const page = await open(phone, mail.link);
  expect(textOf(page)).toContain('You opened this link in another browser');
  expect(page.text).not.toContain('value="resend"');
  const bare = await phone.post(page.path, { password: newPassword });
  expect(bare.status).toBe(400);
  expect(textOf(bare)).toContain('A code has six digits.');
  const wrong = mail.code === '000000' ? '000001' : '000000';
  const missed = await phone.post(page.path, { code: wrong, password: newPassword });
  expect(textOf(missed)).toContain('This code is not right. You have 4 more tries.');
  expect(missed.text).toContain(`value="${wrong}"`);
  expect(missed.text).not.toContain(newPassword);
  const done = await phone.submit(page.path, { code: mail.code, password: newPassword });
  expect(done.path).toBe('/account/');
  expect(await login(user.email, newPassword)).toBe(200);
  const stale = await browser.get('/account/reset/');
  expect(textOf(stale)).toContain('This link or code was used');
});

test('opening a link changes nothing, however often and by whatever method', async () => {
  const user = await server.signUp();
  const { browser, mail } = await ask(user.email);
  const before = await countFlows();
  const scanner = createVisitor(server);
  for (const method of ['HEAD', 'GET', 'HEAD']) {
    const answer = await server.send(method, pathOf(mail.link));
    expect(answer.status).toBe(303);
  }
  const page = await open(scanner, mail.link);
  await scanner.post(page.path);
  await scanner.post(page.path, { action: 'resend' });
  await scanner.post('/account/forgot/');
  expect(await countFlows()).toBe(before);
  const done = await browser.submit('/account/reset/', { code: mail.code, password: newPassword });
  expect(done.path).toBe('/account/');
});

describe('another mail', () => {
  test('voids the code and the link from before, and the page goes on', async () => {
    const user = await server.signUp();
    const { browser, mail } = await ask(user.email);
    const page = await browser.submit('/account/reset/', { action: 'resend' });
    expect([page.status, page.path]).toEqual([200, '/account/reset/']);
    expect(textOf(page)).toContain('Another mail is on its way.');
    const next = await mailTo(server, user.email);
    expect(next.id).not.toBe(mail.id);
    const old = await open(browser, mail.link);
    expect(textOf(old)).toContain('The link that you opened is not good any more.');
    const done = await browser.submit('/account/reset/', {
      code: next.code,
      password: newPassword,
    });
    expect(done.path).toBe('/account/');
  });

  test('is answered as if it were sent where there were too many, and the last one stays good', async () => {
    await using strict = await startServer({ pinned: { MAILS_PER_RECIPIENT: 1 } });
    const { email } = await strict.signUp();
    const browser = createVisitor(strict);
    await browser.submit('/account/forgot/', { email });
    const { code, id } = await mailTo(strict, email);
    const page = await browser.submit('/account/reset/', { action: 'resend' });
    expect(textOf(page)).toContain('Another mail is on its way.');
    expect((await mailTo(strict, email)).id).toBe(id);
    const done = await browser.submit('/account/reset/', { code, password: newPassword });
    expect(done.path).toBe('/account/');
  });

  test('is not for a browser that has begun nothing', async () => {
    const page = await createVisitor(server).post('/account/reset/', { action: 'resend' });
    expect(page.status).toBe(400);
    expect(textOf(page)).toContain('Ask for a new mail');
  });
});

test('of an unknown email the pages say the same, word for word', async () => {
  const user = await server.signUp();
  const told = async (email: string) => {
    const browser = createVisitor(server);
    const page = await browser.submit('/account/forgot/', { email });
    const again = await browser.submit('/account/reset/', { action: 'resend' });
    const wrong = await browser.post('/account/reset/', { code: '000000', password: newPassword });
    return [page, again, wrong].map(({ status, text }) => [status, text.replaceAll(email, '')]);
  };
  const known = await told(user.email);
  expect(await told(`nobody.${user.email}`)).toEqual(known);
});

test('an expired link, one that is cut off and a page without one say what to do', async () => {
  const user = await server.signUp();
  const { mail } = await ask(user.email);
  for (const link of [`${mail.link}x`, `${server.origin}/account/reset/?token=`]) {
    const page = await open(createVisitor(server), link);
    expect(textOf(page)).toContain('Ask for a new one.');
    expect(page.text).toContain('href="../../account/forgot/"');
  }
  const none = await createVisitor(server).get('/account/reset/');
  expect(textOf(none)).toContain('Nothing was asked for in this browser');
  const late = createVisitor(server);
  await open(late, mail.link);
  server.clock.advance(10 * 60_000);
  expect(textOf(await late.get('/account/reset/'))).toContain('Ask for a new one.');
  const sent = await late.post('/account/reset/', { code: mail.code, password: newPassword });
  expect(sent.status).toBe(400);
  expect(await login(user.email, goodPassword)).toBe(200);
});

test('a password that the policy refuses is said beside its field, and uses nothing up', async () => {
  const user = await server.signUp();
  const { browser, mail } = await ask(user.email);
  await open(browser, mail.link);
  const refused = await browser.post('/account/reset/', { password: 'password' });
  expect(refused.status).toBe(400);
  expect(textOf(refused)).toContain('Many people use this password.');
  expect((await browser.submit('/account/reset/', { password: newPassword })).path).toBe(
    '/account/',
  );
});

test.each([
  ['/account/password/', '/account/password/'],
  ['https://app.example/start?x=1', 'https://app.example/start?x=1'],
  ['https://evil.example/', '../../account/'],
])('return_to %s survives the mailed link', async (returnTo, target) => {
  const user = await server.signUp();
  const { mail } = await ask(user.email, `?return_to=${encodeURIComponent(returnTo)}`);
  const phone = createVisitor(server);
  const page = await open(phone, mail.link);
  const { origin } = new URL(returnTo, 'http://site');
  if (origin === 'https://app.example') {
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' ${origin};`);
  }
  const sent = await phone.post(page.path, { code: mail.code, password: newPassword });
  expect(sent.status).toBe(303);
  expect(sent.headers.get('location')).toBe(target.startsWith('/') ? `../..${target}` : target);
});

test('without mail the page says so, and so do its forms', async () => {
  await using silent = await startServer({ mail: undefined });
  const browser = createVisitor(silent);
  for (const page of [
    await browser.get('/account/forgot/'),
    await browser.post('/account/forgot/', { email: 'ada@example.com' }),
  ]) {
    expect(page.status).toBe(503);
    expect(textOf(page)).toContain('This server sends no mail');
  }
});

test('a form of another site is refused', async () => {
  const user = await server.signUp();
  const { browser, mail } = await ask(user.email);
  const headers = { 'sec-fetch-site': 'cross-site' };
  const form = { code: mail.code, password: newPassword };
  expect((await browser.post('/account/reset/', form, headers)).status).toBe(403);
  expect(await login(user.email, goodPassword)).toBe(200);
});
