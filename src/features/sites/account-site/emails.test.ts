import { afterAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf, type Visitor } from '../../../../test/account-visitor.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';
import { setSetting } from '../../../settings/change-settings.ts';

/** Sign-up by mail, changes of an email and their undo, and the proof that a sign-in takes: without a script. */

const server = await startServer({
  pinned: { RETURN_ORIGINS: 'https://app.example', MAILS_PER_RECIPIENT: 100 },
});
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const newPassword = 'a quite new horse';
const login = async (email: string, password = goodPassword) =>
  (await server.send('POST', '/api/login/', { json: { email, password } })).status;
const pathOf = (link: string) => link.slice(server.origin.length);

async function set(name: 'REGISTRATION_MODE' | 'REQUIRE_VERIFIED_EMAIL', value: string | boolean) {
  const origin = { actor: 'a test', reason: '' };
  await setSetting(server.deps, name, value as never, origin);
  await server.catchUp();
}

/** Opens a link as a browser does. */
async function open(browser: Visitor, link: string) {
  return browser.follow(await browser.get(pathOf(link)), pathOf(link));
}

describe('sign-up by mail', () => {
  async function ask(email: string, query = '') {
    await set('REGISTRATION_MODE', 'verify_first');
    const browser = createVisitor(server);
    const page = await browser.submit(`/account/sign-up/${query}`, { email });
    return { browser, page, mail: await mailTo(server, email) };
  }

  test('asks for the email, then for code and password, and signs in', async () => {
    const email = 'new1@example.com';
    await set('REGISTRATION_MODE', 'verify_first');
    const first = await createVisitor(server).get('/account/sign-up/');
    expect(first.text).not.toContain('name="password"');
    const { browser, page, mail } = await ask(email);
    expect([page.status, page.path]).toEqual([200, '/account/sign-up/']);
    expect(textOf(page)).toContain(`A mail to ${email} is on its way.`);
    const refused = await browser.post(page.path, { code: mail.code, password: 'short' });
    expect([refused.status, refused.text.includes('id="field-password-error"')]).toEqual([
      400,
      true,
    ]);
    const done = await browser.submit(page.path, { code: mail.code, password: goodPassword });
    expect([done.status, done.path]).toEqual([200, '/account/']);
    expect(textOf(done)).toContain(`${email} Confirmed`);
    expect([...browser.cookies.keys()]).toEqual(['latchkey_account']);
    expect(await login(email)).toBe(200);
  });

  test('goes on by the link with the password alone, and where the visitor came from', async () => {
    const email = 'new2@example.com';
    const back = encodeURIComponent('https://app.example/done');
    const { browser, mail } = await ask(email, `?return_to=${back}`);
    const page = await open(browser, mail.link);
    expect(page.path).toBe(`/account/sign-up/?return_to=${back}`);
    expect(page.text).not.toContain('name="code"');
    const done = await browser.post(page.path, { password: goodPassword });
    expect([done.status, done.headers.get('location')]).toEqual([303, 'https://app.example/done']);
  });

  test('a scanner that opens the link and presses every button makes nothing; its reader goes on there', async () => {
    const email = 'new3@example.com';
    const { mail } = await ask(email);
    const scanner = createVisitor(server);
    const page = await open(scanner, mail.link);
    for (const form of [{}, { action: 'again' }, { password: newPassword }]) {
      await scanner.post(page.path, form);
    }
    expect(await db.selectFrom('users').select('id').where('email', '=', email).execute()).toEqual(
      [],
    );
    const phone = createVisitor(server);
    const there = await open(phone, mail.link);
    expect(there.text).toContain('name="code"');
    const done = await phone.submit(there.path, { code: mail.code, password: goodPassword });
    expect(done.path).toBe('/account/');
  });

  test('an email that has an account looks the same, and another one can be taken', async () => {
    await set('REGISTRATION_MODE', 'open');
    const { email } = await server.signUp();
    const { browser, page, mail } = await ask(email);
    expect(textOf(page)).toContain(`A mail to ${email} is on its way.`);
    expect(mail.subject).toContain('You already have an account');
    expect(pathOf(mail.link)).toBe('/account/forgot/');
    const again = await browser.submit(page.path, { action: 'again' });
    expect(textOf(again)).toContain('Enter your email. We send you a mail');
  });

  test.each([
    ['invite', 'Accounts are made by invitation here.'],
    ['closed', 'New accounts are not made at the moment.'],
  ] as const)('%s says so', async (mode, text) => {
    await set('REGISTRATION_MODE', mode);
    const browser = createVisitor(server);
    const page = await browser.get('/account/sign-up/');
    expect([page.status, textOf(page).includes(text)]).toEqual([200, true]);
    expect(page.text).not.toContain('<input');
    const sent = { email: 'no@example.com', password: goodPassword };
    expect((await browser.post('/account/sign-up/', sent)).status).toBe(403);
  });
});

describe('a change of the email, and its undo', () => {
  async function changed(from: string, to: string) {
    await set('REGISTRATION_MODE', 'open');
    const user = await server.signUp(from);
    const browser = createVisitor(server);
    await browser.signIn(from);
    const asked = await browser.submit('/account/email/', { email: to, password: goodPassword });
    return { user, browser, asked, mail: await mailTo(server, to) };
  }

  test('takes the password, and the code of the new email', async () => {
    const { browser, asked, mail } = await changed('old1@example.com', 'fresh1@example.com');
    expect([asked.status, asked.path]).toEqual([200, '/account/email/confirm/']);
    expect(asked.text).toContain('href="../../../account/email/"'); // where no mail comes
    expect(textOf(asked)).toContain('A mail to fresh1@example.com is on its way.');
    const wrong = await browser.post('/account/email/', { email: 'x@example.com', password: 'no' });
    expect(wrong.status).toBe(400);
    const own = { email: 'OLD1@example.com', password: goodPassword };
    expect(textOf(await browser.post('/account/email/', own))).toContain(
      'This is already your email.',
    );
    const done = await browser.submit(asked.path, { code: mail.code });
    expect([done.path, textOf(done).includes('Your email is changed.')]).toEqual([
      '/account/',
      true,
    ]);
    expect(textOf(done)).toContain('fresh1@example.com Confirmed');
  });

  test('goes on in another browser once that is signed in to the account; the reader of the mail alone changes nothing', async () => {
    const { mail } = await changed('old2@example.com', 'fresh2@example.com');
    const stranger = createVisitor(server);
    const asked = await open(stranger, mail.link);
    expect(asked.path).toContain('/account/sign-in/?return_to=');
    expect(textOf(asked)).toContain('Sign in to the account whose email you change.');
    const confirm = '/account/email/confirm/';
    await stranger.post(confirm, { code: mail.code });
    const { email } = await server.signUp();
    await stranger.signIn(email);
    await stranger.post(confirm, { code: mail.code });
    expect(await login('fresh2@example.com')).toBe(401);
    const phone = createVisitor(server);
    await open(phone, mail.link);
    await phone.signIn('old2@example.com');
    const page = await phone.get(confirm);
    expect(page.text).not.toContain('name="code"');
    const done = await phone.submit(confirm, {});
    expect(done.path).toBe('/account/');
    expect(await login('fresh2@example.com')).toBe(200);
  });

  test('by an access token alone is taken back by the reader of the new email, by link and code', async () => {
    await set('REGISTRATION_MODE', 'open');
    const user = await server.signUp('holder@example.com');
    const json = { email: 'theirs@example.com' };
    await server.send('PUT', '/api/me/', { token: user.access_token, json });
    const reader = createVisitor(server);
    const asked = await reader.submit('/account/forgot/', json);
    expect(asked.path).toBe('/account/reset/');
    const mail = await mailTo(server, 'theirs@example.com');
    expect(mail.subject).toContain('cannot be reset by this email yet');
    const page = await open(reader, mail.link);
    expect([page.status, page.path]).toEqual([200, '/account/release/']);
    const refused = await reader.post(page.path, {});
    expect([refused.status, textOf(refused).includes('This is not the code')]).toEqual([400, true]);
    const done = await reader.submit(page.path, { code: mail.code });
    expect([done.path, textOf(done).includes('does not have your email any more')]).toEqual([
      '/account/sign-in/',
      true,
    ]);
    expect(await login('theirs@example.com')).toBe(401);
    expect((await mailTo(server, 'holder@example.com')).kind).toBe('email_restored');
  });

  test('is undone from the old mailbox by link and code, and not by who presses buttons alone', async () => {
    const { browser, asked, mail } = await changed('old3@example.com', 'fresh3@example.com');
    await browser.submit(asked.path, { code: mail.code });
    const notice = await mailTo(server, 'old3@example.com');
    const scanner = createVisitor(server);
    const page = await open(scanner, notice.link);
    expect([page.status, page.path]).toEqual([200, '/account/undo/']);
    expect(page.text).not.toContain(new URL(notice.link).searchParams.get('token'));
    for (const form of [{}, { code: '' }, { code: mail.code === notice.code ? '1' : mail.code }]) {
      const refused = await scanner.post(page.path, form);
      expect([refused.status, textOf(refused).includes('This is not the code')]).toEqual([
        400,
        true,
      ]);
    }
    expect(await login('fresh3@example.com')).toBe(200);
    const done = await scanner.submit(page.path, { code: notice.code });
    expect([done.path, textOf(done).includes('has its earlier email again')]).toEqual([
      ...['/account/forgot/', true],
    ]);
    expect((await browser.get('/account/')).status).toBe(303);
    const reset = await scanner.submit('/account/forgot/', { email: 'old3@example.com' });
    const code = await mailTo(server, 'old3@example.com');
    await scanner.submit(reset.path, { code: code.code, password: newPassword });
    expect(await login('old3@example.com', newPassword)).toBe(200);
  });

  test('without its link the page says where to find it', async () => {
    const page = await createVisitor(server).get('/account/undo/');
    expect(textOf(page)).toContain('Open the link of the mail');
  });
});

test('a sign-in that takes a proof of the email leads to it, and then signs in', async () => {
  await set('REGISTRATION_MODE', 'open');
  const { email } = await server.signUp();
  await set('REQUIRE_VERIFIED_EMAIL', true);
  server.clock.advance(4 * 86_400_000);
  const browser = createVisitor(server);
  const page = await browser.submit('/account/sign-in/', { email, password: goodPassword });
  expect([page.status, page.path]).toEqual([200, '/account/prove/']);
  expect(page.text).toContain('href="../../account/sign-in/'); // where no mail comes
  const { code, link } = await mailTo(server, email);
  expect(pathOf(link)).toMatch(/^\/account\/prove\/\?token=/);
  const stranger = createVisitor(server);
  const there = await open(stranger, link);
  expect(textOf(there)).toContain('Sign in to confirm your email.');
  expect(there.text).not.toContain('name="code"');
  await stranger.post('/account/prove/', { code });
  const unproven = await db
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .where('email_verified_at_ms', 'is', null)
    .execute();
  expect(unproven).toHaveLength(1);
  const done = await browser.submit(page.path, { code });
  expect([done.path, textOf(done).includes('Your email is confirmed. Now sign in.')]).toEqual([
    ...['/account/sign-in/', true],
  ]);
  await browser.signIn(email);
});
