import { afterAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf, type Visitor } from '../../../../test/account-visitor.ts';
import { shownCode } from '../../../../test/authenticator.ts';
import { startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';

/** The pages on which people look after their authenticator apps and recovery codes. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const stepMs = 30_000;
const base = '/account/security/';

async function member() {
  const user = await server.signUp();
  const browser = createVisitor(server);
  await browser.signIn(user.email);
  return { user, browser };
}

const secretOf = (text: string) =>
  (/<code class="secret">([^<]*)</.exec(text)?.[1] ?? '').replaceAll(' ', '');
const codesOf = (text: string) =>
  [...text.matchAll(/<li><code>([^<]+)<\/code>/g)].map(([, code]) => code);

/** Adds an app by the forms; gives its secret, and the page at the end. */
async function addByForms(browser: Visitor, name = 'Phone') {
  const shown = await browser.submit(`${base}app/`, { name });
  const secret = secretOf(shown.text);
  server.clock.advance(stepMs);
  const done = await browser.submit(shown.path, { code: shownCode(server, secret) });
  return { secret, done, shown };
}

const eventsOf = async (userId: number) =>
  (
    await server.deps.database.db
      .selectFrom('audit_events')
      .select('kind')
      .where('user_id', '=', userId)
      .orderBy('id')
      .execute()
  ).map(({ kind }) => kind);

describe('an authenticator app', () => {
  test('is added with a QR code, the key as text and a code; recovery codes come with the first', async () => {
    const { user, browser } = await member();
    expect(textOf(await browser.get(base))).toContain('With a second factor, it is not enough');
    const { shown, done } = await addByForms(browser);
    expect(shown.path).toMatch(/^\/account\/security\/app\/\?id=\d+\.[\w-]{22}$/);
    expect(shown.text).toMatch(/<img class="qr" src="data:image\/svg\+xml;base64,[^"]+" alt="QR/);
    expect(shown.text).toMatch(/<code class="secret">(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}</);
    expect(shown.text).toMatch(/<a href="otpauth:\/\/totp\/[^"]+"/);
    expect(shown.text).not.toMatch(/style=/);
    expect([done.status, done.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const codes = codesOf(done.text);
    expect(codes).toHaveLength(10);
    expect(done.text).not.toContain('ui_locales'); // the codes are not there again in another language
    const list = textOf(await browser.get(base));
    expect(list).toContain('Phone');
    expect(list).toContain('10 left');
    expect(textOf(await browser.get('/account/'))).toContain('Second factor one app');
    expect(await eventsOf(user.id)).toContain('factor.added');
  });

  test('that has shown no right code is shown again, and then counts for nothing', async () => {
    const { browser } = await member();
    const { path, text } = await browser.submit(`${base}app/`, { name: 'Phone' });
    const secret = secretOf(text);
    const wrong = await browser.post(path, { code: '000000' });
    expect(wrong.status).toBe(400);
    expect(textOf(wrong)).toContain('This code is not right, or was used before.');
    expect(secretOf(wrong.text)).toBe(secret);
    server.clock.advance(10 * 60_000);
    const late = await browser.submit(path, { code: shownCode(server, secret) });
    expect(textOf(late)).toContain('That took more than ten minutes. Start again.');
    expect(textOf(await browser.get('/account/'))).toContain('Second factor None');
  });

  test('of somebody else is not there', async () => {
    const { browser } = await member();
    const { path, text } = await browser.submit(`${base}app/`, { name: 'Phone' });
    const { browser: other } = await member();
    expect(secretOf((await other.get(path)).text)).toBe('');
    const code = shownCode(server, secretOf(text));
    expect((await other.submit(path, { code })).path).toBe(`${base}app/`);
  });

  test('shows its secret to the session alone that began it', async () => {
    const { user, browser } = await member();
    const { path, text } = await browser.submit(`${base}app/`, { name: 'Phone' });
    const thief = createVisitor(server);
    await thief.signIn(user.email);
    const own = await thief.submit(`${base}app/`, { name: 'Other' });
    const [, id = ''] = /id=(\d+)\./.exec(path) ?? [];
    const guessed = own.path.replace(/id=\d+/, `id=${id}`);
    for (const tried of [path, guessed, `${base}app/?id=${id}`]) {
      expect(secretOf((await thief.get(tried)).text), tried).toBe('');
    }
    expect(secretOf((await browser.get(path)).text)).toBe(secretOf(text));
  });

  test('is renamed, and removed; with the last one the recovery codes go', async () => {
    const { user, browser } = await member();
    await addByForms(browser);
    const list = await browser.get(base);
    const [, query = ''] = /href="[^"]*security\/rename\/(\?[^"]*)"/.exec(list.text) ?? [];
    const named = query.replaceAll('&amp;', '&');
    expect((await browser.get(`${base}rename/${named}`)).text).toContain('value="Phone"');
    const renamed = await browser.submit(`${base}rename/${named}`, { name: 'Old phone' });
    expect(textOf(renamed)).toContain('Old phone');
    expect((await browser.post(`${base}rename/${named}`, { name: '' })).status).toBe(400);
    const page = await browser.get(`${base}remove/${named}`);
    expect(textOf(page)).toContain('This is your last second factor');
    const removed = await browser.submit(`${base}remove/${named}`, { end_other_sessions: 'on' });
    expect([removed.path, textOf(removed)]).toEqual([
      base,
      expect.stringContaining('The app is removed.'),
    ]);
    expect(textOf(removed)).not.toContain('Recovery codes');
    expect((await browser.get(`${base}remove/${named}`)).status).toBe(404);
    const token = user.access_token; // another session, which has ended
    expect((await server.send('GET', '/api/me/', { token })).status).toBe(401);
  });
});

describe('recovery codes', () => {
  test('are made again, and those from before are gone', async () => {
    const { browser } = await member();
    const { done } = await addByForms(browser);
    const page = await browser.submit(`${base}recovery-codes/`);
    expect(textOf(page)).toContain('Your earlier codes do not work any more.');
    expect(codesOf(page.text)).toHaveLength(10);
    expect(codesOf(page.text)).not.toEqual(codesOf(done.text));
  });

  test('come as a file that names the account; nothing else does', async () => {
    const { user, browser } = await member();
    const { done } = await addByForms(browser);
    const codes = codesOf(done.text);
    const sent = { codes: codes.join(' ') };
    const file = await browser.post(`${base}recovery-codes/file/`, sent);
    expect(file.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(file.headers.get('content-disposition')).toContain('recovery-codes.txt');
    expect(file.text.split('\n').slice(2, 12)).toEqual(codes);
    expect(file.text).toContain(user.email);
    for (const other of ['', 'hello', `${sent.codes} <script>`]) {
      const refused = await browser.post(`${base}recovery-codes/file/`, { codes: other });
      expect([other, refused.status]).toEqual([other, 404]);
    }
  });
});

test('what changes factors takes a recent sign-in: the code of the app, where there is one', async () => {
  const { browser } = await member();
  const { secret } = await addByForms(browser);
  server.clock.advance(server.deps.settings.get('REAUTHENTICATION_AGE') * 1000 + stepMs);
  for (const page of ['app/', 'recovery-codes/', 'remove/?kind=totp&id=1']) {
    const led = await browser.submit(`${base}${page}`, { name: 'Phone' });
    expect(led.path).toMatch(/^\/account\/confirm\/\?return_to=%2Faccount%2Fsecurity%2F/);
    expect(led.text).toMatch(/name="code"/);
    expect(led.text).not.toContain('type="password"');
  }
  const path = `/account/confirm/?return_to=${encodeURIComponent(`${base}app/`)}`;
  const wrong = await browser.post(path, { code: '000000' });
  expect(textOf(wrong)).toContain('This code is not right');
  const done = await browser.submit(path, { code: shownCode(server, secret) });
  expect([done.status, done.path]).toEqual([200, `${base}app/`]);
});

test('who has a second factor is not asked for the password, but for a recent sign-in', async () => {
  const { user, browser } = await member();
  const { secret } = await addByForms(browser);
  for (const page of ['email/', 'delete/']) {
    const form = await browser.get(`/account/${page}`);
    expect([page, form.status, form.text.includes('type="password"')]).toEqual([page, 200, false]);
  }
  server.clock.advance(server.deps.settings.get('REAUTHENTICATION_AGE') * 1000 + stepMs);
  const led = await browser.follow(await browser.get('/account/delete/'), '/account/delete/');
  expect(led.path).toBe('/account/confirm/?return_to=%2Faccount%2Fdelete%2F');
  expect((await browser.submit(led.path, { code: shownCode(server, secret) })).path).toBe(
    '/account/delete/',
  );
  const gone = await browser.submit('/account/delete/');
  expect(textOf(gone)).toContain('Your account was deleted.');
  const json = { email: user.email, password: 'x' };
  expect((await server.send('POST', '/api/login/', { json })).status).toBe(401);
});

test('the overview says once what a second factor is good for', async () => {
  const { browser } = await member();
  expect(textOf(await browser.get('/account/'))).toContain('Set up a second factor');
  const closed = await browser.submit('/account/');
  expect(textOf(closed)).not.toContain('Set up a second factor');
  expect(textOf(await browser.get('/account/'))).not.toContain('Set up a second factor');
});

test('a reset of the factors that is to come is said, and cancelled with a button', async () => {
  const { user, browser } = await member();
  await addByForms(browser);
  const { access_token: token } = await server.signUpAdmin('superuser');
  const json = { reason: 'Has lost the phone' };
  const path = `/api/admin/users/${user.id}/factors/reset/`;
  const asked = await server.send('POST', path, { token, json });
  expect([200, 202], asked.text).toContain(asked.status);
  const page = await browser.get(base);
  expect(textOf(page)).toContain('An administrator will remove your second factor on');
  const kept = await browser.submit(base, { keep_factors: 'true' });
  expect(textOf(kept)).not.toContain('An administrator removes');
  expect(await eventsOf(user.id)).toContain('factors.reset_cancelled');
  // A thief with this session would keep the reset away: the owner is told, and can end it.
  const { kind, text, code } = await mailTo(server, user.email);
  expect(kind).toBe('factors_reset_cancelled');
  expect(text).toContain('Cancelled by: somebody who was signed in to your account');
  expect(text).not.toMatch(/was used|was added/);
  const linkToken = /not-me\/\?token=(\S+)/.exec(text)?.[1] ?? '';
  const { db } = server.deps.database;
  const notice = await db
    .selectFrom('notices')
    .innerJoin('sessions', 'sessions.id', 'notices.session_id')
    .select('sessions.user_id')
    .where('notices.kind', '=', kind)
    .where('notices.user_id', '=', user.id)
    .executeTakeFirstOrThrow();
  expect(notice.user_id).toBe(user.id);
  const report = await server.send('POST', '/api/not-me/', { json: { token: linkToken, code } });
  expect(report.status).toBe(200);
  expect((await browser.get(base)).status).toBe(303);
});
