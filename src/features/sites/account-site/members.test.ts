import { afterAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf, type Visitor } from '../../../../test/account-visitor.ts';
import { type Answer, goodPassword, type SignedUp, startServer } from '../../../../test/harness.ts';
import { setSetting } from '../../../settings/change-settings.ts';

/** The pages of somebody who is signed in, and signing up. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const nextPassword = 'quite another horse';
const cookieName = 'latchkey_account';
const locationOf = ({ status, headers }: Answer) => [status, headers.get('location')];

async function member(): Promise<{ user: SignedUp; browser: Visitor }> {
  const user = await server.signUp();
  const browser = createVisitor(server);
  await browser.signIn(user.email);
  return { user, browser };
}

const me = async (token: string) => (await server.send('GET', '/api/me/', { token })).status;
const login = async (email: string, password: string) =>
  (await server.send('POST', '/api/login/', { json: { email, password } })).status;

async function eventsOf(id: number): Promise<string[]> {
  const rows = await server.deps.database.db
    .selectFrom('audit_events')
    .select('kind')
    .where('user_id', '=', id)
    .orderBy('id')
    .execute();
  return rows.map(({ kind }) => kind);
}

test.each(['', 'profile/', 'password/', 'confirm/', 'sessions/', 'export/', 'delete/'])(
  '/account/%s is for who is signed in alone, whatever is sent, and from our own pages',
  async (path) => {
    const stranger = createVisitor(server);
    expect((await stranger.get(`/account/${path}`)).status).toBe(303);
    if (path !== '') expect((await stranger.post(`/account/${path}`)).status).toBe(303);
    const { browser } = await member();
    const page = await browser.get(`/account/${path}`);
    expect([page.status, page.text.match(/<h1>/g)?.length]).toEqual([200, 1]);
    if (path === '') return;
    const foreign = await browser.post(`/account/${path}`, {}, { 'sec-fetch-site': 'cross-site' });
    expect(foreign.status).toBe(403);
  },
);

describe('changing the password', () => {
  test('ends every other session, exchanges the cookie and says so', async () => {
    const { user, browser } = await member();
    const before = browser.cookies.get(cookieName);
    const page = await browser.submit('/account/password/', {
      current_password: goodPassword,
      new_password: nextPassword,
    });
    expect([page.status, page.path]).toEqual([200, '/account/']);
    expect(textOf(page)).toContain('Your password was changed.');
    expect(browser.cookies.get(cookieName)).not.toBe(before);
    const old = { cookie: `${cookieName}=${before}` };
    expect((await server.send('GET', '/account/', { headers: old })).status).toBe(303);
    expect(await me(user.access_token)).toBe(401);
    expect([await login(user.email, goodPassword), await login(user.email, nextPassword)]).toEqual([
      401, 200,
    ]);
    expect(await eventsOf(user.id)).toContain('password.changed');
  });

  test('says beside each field what is wrong with it, and keeps no password in the page', async () => {
    const { user, browser } = await member();
    const page = await browser.post('/account/password/', {
      current_password: 'wrong one',
      new_password: 'short',
    });
    expect(page.status).toBe(400);
    const text = textOf(page);
    expect(text).toContain('There are 2 problems with what you entered');
    expect(text).toContain('This password is not right.');
    expect(text).toContain('Enter at least 8 characters.');
    expect(page.text).toMatch(
      /aria-describedby="field-new_password-hint field-new_password-error" aria-invalid="true"/,
    );
    expect(page.text).toContain('<a href="#field-new_password">');
    expect(page.text).not.toMatch(/wrong one|value="short"/);
    expect(await login(user.email, goodPassword)).toBe(200);
  });

  test('in German', async () => {
    const { user } = await member();
    const browser = createVisitor(server, { 'accept-language': 'de' });
    await browser.signIn(user.email);
    const page = await browser.post('/account/password/', { new_password: user.email });
    expect(textOf(page)).toContain('Füllen Sie dieses Feld aus.');
    expect(page.text).toContain('<title>Fehler: Passwort ändern');
  });
});

test('a user without a password is never asked for one: after a recent sign-in, or by signing in again', async () => {
  const { user, browser } = await member();
  await server.deps.database.db
    .updateTable('users')
    .set({ password_hash: null })
    .where('id', '=', user.id)
    .execute();
  const pages = ['password/', 'delete/', 'email/'];
  for (const path of pages) {
    const page = await browser.get(`/account/${path}`);
    expect([path, page.status]).toEqual([path, 200]);
    expect(page.text).not.toContain('autocomplete="current-password"');
  }
  const chosen = await browser.submit('/account/password/', { new_password: 'a quite new horse' });
  expect(textOf(chosen)).toContain('Your password was changed.');
  await server.deps.database.db
    .updateTable('users')
    .set({ password_hash: null })
    .where('id', '=', user.id)
    .execute();
  server.clock.advance(server.deps.settings.get('REAUTHENTICATION_AGE') * 1000 + 1);
  for (const path of pages) {
    const page = await browser.follow(await browser.get(`/account/${path}`), `/account/${path}`);
    expect(page.path).toBe(`/account/confirm/?return_to=${encodeURIComponent(`/account/${path}`)}`);
    expect(textOf(page)).toContain('Your account has no password');
    expect(page.text).not.toContain('type="password"');
  }
  const page = await browser.get('/account/confirm/?return_to=%2Faccount%2Fexport%2F');
  const [, action = ''] = /action="([^"]*sign-out\/\?[^"]*)"/.exec(page.text) ?? [];
  const path = new URL(action.replaceAll('&amp;', '&'), 'http://site/account/confirm/');
  const after = await browser.submit(`${path.pathname}${path.search}`);
  expect(after.path).toBe('/account/sign-in/?return_to=%2Faccount%2Fexport%2F');
});

test('who is signed in need not enter their email to be mailed for a password', async () => {
  const { user, browser } = await member();
  const page = await browser.get('/account/forgot/');
  expect(page.text).toContain(`value="${user.email}"`);
  expect(page.text).toContain('href="../../account/"');
});

describe('the devices', () => {
  test('are listed in words, and one of them, or all others, can be signed out', async () => {
    const { user, browser } = await member();
    const other = createVisitor(server, {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    });
    await other.signIn(user.email);
    const page = await browser.get('/account/sessions/');
    const text = textOf(page);
    expect(text).toContain('This device');
    expect(text).toContain('Firefox on Linux');
    expect(text).toContain('on the computer of the server');
    const ids = [...page.text.matchAll(/name="end" value="(\d+)"/g)].map(([, id]) => id ?? '');
    expect(ids).toHaveLength(2); // that of the sign-up by the API, and the other browser
    const [last = ''] = ids;
    const after = await browser.submit('/account/sessions/', { end: last });
    expect(textOf(after)).toContain('The device is signed out.');
    expect((await other.get('/account/')).status).toBe(303);
    expect(await me(user.access_token)).toBe(200);
    const all = await browser.submit('/account/sessions/', { end: 'others' });
    expect(textOf(all)).toContain('All your other devices are signed out.');
    expect(await me(user.access_token)).toBe(401);
    expect((await browser.get('/account/')).status).toBe(200);
  });

  test('of others stay, and no id that is none does anything', async () => {
    const { browser } = await member();
    const stranger = await server.signUp();
    const [session] = await server.deps.database.db
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', stranger.id)
      .execute();
    for (const end of [String(session?.id), '0', '', 'x', '9'.repeat(30)]) {
      expect((await browser.post('/account/sessions/', { end })).status).toBe(303);
    }
    expect(await me(stranger.access_token)).toBe(200);
    expect((await browser.get('/account/')).status).toBe(200);
  });
});

describe('recent authentication', () => {
  test('is asked for before the export, and exchanges the cookie', async () => {
    const { user, browser } = await member();
    server.clock.advance(16 * 60_000);
    const asked = await browser.get('/account/export/');
    expect(locationOf(asked)).toEqual([
      303,
      '../../account/confirm/?return_to=%2Faccount%2Fexport%2F',
    ]);
    const refused = await browser.post('/account/export/');
    expect(refused.status).toBe(303);
    expect(await eventsOf(user.id)).not.toContain('user.exported');
    const before = browser.cookies.get(cookieName);
    const path = '/account/confirm/?return_to=%2Faccount%2Fexport%2F';
    const wrong = await browser.post(path, { password: 'wrong' });
    expect([wrong.status, textOf(wrong)]).toEqual([
      400,
      expect.stringContaining('This password is not right.'),
    ]);
    expect(browser.cookies.get(cookieName)).toBe(before);
    const page = await browser.submit(path, { password: goodPassword });
    expect([page.status, page.path]).toEqual([200, '/account/export/']);
    expect(browser.cookies.get(cookieName)).not.toBe(before);
    const file = await browser.post('/account/export/');
    expect(file.status).toBe(200);
    expect(file.headers.get('content-disposition')).toBe(
      'attachment; filename="latchkey-export.json"',
    );
    expect(file.headers.get('cache-control')).toBe('no-store');
    expect(file.body.user.email).toBe(user.email);
    expect(await eventsOf(user.id)).toContain('user.exported');
  });
});

describe('deleting the account', () => {
  test('takes the password, and leaves nothing', async () => {
    const { user, browser } = await member();
    const wrong = await browser.post('/account/delete/', { password: 'wrong' });
    expect(wrong.status).toBe(400);
    expect(await me(user.access_token)).toBe(200);
    const page = await browser.submit('/account/delete/', { password: goodPassword });
    expect(page.path).toBe('/account/sign-in/');
    expect(textOf(page)).toContain('Your account was deleted.');
    expect(browser.cookies.has(cookieName)).toBe(false);
    expect(await login(user.email, goodPassword)).toBe(401);
    expect(await eventsOf(user.id)).toContain('user.deleted');
  });

  test('is not for the last superuser', async () => {
    const admin = await server.signUpAdmin('superuser');
    const browser = createVisitor(server);
    await browser.signIn(admin.email);
    const page = await browser.post('/account/delete/', { password: goodPassword });
    expect([page.status, textOf(page)]).toEqual([
      409,
      expect.stringContaining('You are the only active superuser.'),
    ]);
  });
});

describe('the username', () => {
  test('is changed, given up, and refused in the words of the page', async () => {
    const { user, browser } = await member();
    const username = `ada${user.id}`;
    const page = await browser.submit('/account/profile/', {
      username,
      email: 'other@example.com',
    });
    expect(textOf(page)).toContain('Your changes are saved.');
    const profile = async () =>
      (await server.send('GET', '/api/me/', { token: user.access_token })).body;
    expect(await profile()).toMatchObject({ username, email: user.email });
    const bad = await browser.post('/account/profile/', { username: '<b>"x' });
    expect(bad.status).toBe(400);
    expect(textOf(bad)).toContain('A username has only letters, digits');
    expect(bad.text).toContain('value="&lt;b>&quot;x"');
    await browser.submit('/account/profile/', { username: '' });
    expect(await profile()).toMatchObject({ username: '' });
  });
});

describe('signing up', () => {
  let count = 0;
  const newEmail = () => {
    count += 1;
    return `new${count}@example.com`;
  };

  test('makes an account and signs in to it', async () => {
    const browser = createVisitor(server);
    const form = await browser.get('/account/sign-up/');
    expect(form.text).toMatch(/autocomplete="new-password"/);
    const email = newEmail();
    const page = await browser.submit('/account/sign-up/', { email, password: goodPassword });
    expect([page.status, page.path]).toEqual([200, '/account/']);
    expect(textOf(page)).toContain(email);
    expect(await login(email, goodPassword)).toBe(200);
  });

  test('is refused with what is wrong', async () => {
    const { email } = await server.signUp();
    const refused = async (form: Record<string, string>) => {
      const page = await createVisitor(server).post('/account/sign-up/', form);
      expect(page.status).toBe(400);
      return textOf(page);
    };
    expect(await refused({ email, password: goodPassword })).toContain(
      'There is an account with this email already.',
    );
    expect(await refused({ email: 'x', password: goodPassword })).toContain(
      'Enter an email such as ada@example.com.',
    );
    expect(await refused({ email: newEmail(), password: 'password' })).toContain(
      'Many people use this password.',
    );
    expect(await refused({})).toContain('Fill in this field.');
  });

  test('counts against the limit of the network', async () => {
    await using limited = await startServer({ pinned: { REGISTRATIONS_PER_NETWORK: 1 } });
    const signUp = () =>
      createVisitor(limited).post('/account/sign-up/', {
        email: newEmail(),
        password: goodPassword,
      });
    expect([(await signUp()).status, (await signUp()).status]).toEqual([303, 429]);
  });
});

test('in maintenance the pages can be read, and forms say what is going on', async () => {
  const { browser } = await member();
  const origin = { actor: 'test', reason: '' };
  await setSetting(server.deps, 'MAINTENANCE_MODE', true, origin);
  await server.catchUp();
  expect((await browser.get('/account/')).status).toBe(200);
  const page = await browser.post('/account/password/');
  expect([page.status, textOf(page)]).toEqual([503, expect.stringContaining('in maintenance')]);
  await setSetting(server.deps, 'MAINTENANCE_MODE', false, origin);
  await server.catchUp();
});
