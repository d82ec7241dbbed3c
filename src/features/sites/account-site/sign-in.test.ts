import { afterAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { type Answer, goodPassword, startServer } from '../../../../test/harness.ts';

/** Signing in and out on the account site: the session of the browser, its cookie, and what the pages say. */

const server = await startServer({
  pinned: { RETURN_ORIGINS: 'https://app.example' },
  trustedProxies: ['loopback'],
});
afterAll(() => server[Symbol.asyncDispose]());

const visitor = (headers?: Record<string, string>) => createVisitor(server, headers);
const cookieName = 'latchkey_account';

const sessionsOf = async (id: number) =>
  server.deps.database.db
    .selectFrom('sessions')
    .select(['id', 'generation', 'end_cause', 'expires_at_ms', 'refreshed_at_ms'])
    .where('user_id', '=', id)
    .orderBy('id')
    .execute();

const locationOf = ({ status, headers }: Answer) => [status, headers.get('location')];

test('a visitor who is not signed in is led to the sign-in, and back', async () => {
  const { email } = await server.signUp();
  const browser = visitor();
  expect(locationOf(await browser.get('/account/'))).toEqual([
    303,
    '../account/sign-in/?return_to=%2Faccount%2F',
  ]);
  const asked = await browser.get('/account/sessions/');
  expect(locationOf(asked)).toEqual([
    303,
    '../../account/sign-in/?return_to=%2Faccount%2Fsessions%2F',
  ]);
  const page = await browser.follow(asked, '/account/sessions/');
  expect(page.path).toBe('/account/sign-in/?return_to=%2Faccount%2Fsessions%2F');
  const after = await browser.submit(page.path, { email, password: goodPassword });
  expect([after.status, after.path]).toEqual([200, '/account/sessions/']);
});

test('the page has what a sign-in needs, and headers that keep others out', async () => {
  const page = await visitor().get('/account/sign-in/');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.text).toMatch(/^<!doctype html><html lang="en">/);
  expect(page.text).toMatch(/<input [^>]*name="email"[^>]*autocomplete="username webauthn"/);
  expect(page.text).toMatch(/<input [^>]*name="password"[^>]*autocomplete="current-password"/);
  expect(page.text).toContain('<form method="post" novalidate>');
  expect(page.text).not.toMatch(/<style|style=|<script>|onclick/);
  expect(page.headers.get('content-security-policy')).toBe(
    "default-src 'none'; img-src 'self' data:; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " +
      "form-action 'self'; frame-ancestors 'none'",
  );
  expect(page.headers.get('referrer-policy')).toBe('same-origin');
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(page.headers.get('x-robots-tag')).toBe('noindex');
  expect(page.headers.getSetCookie()).toEqual([]);
});

test('its files are kept for good, and all of it is small', async () => {
  const page = await visitor().get('/account/sign-in/');
  const paths = [...page.text.matchAll(/(?:href|src)="\.\.\/\.\.\/(account\/assets\/[^"]+)"/g)];
  expect(paths).toHaveLength(3);
  let bytes = page.text.length;
  for (const [, path] of paths) {
    const file = await server.send('GET', `/${path}`, { headers: { 'accept-encoding': 'br' } });
    expect(file.status).toBe(200);
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    bytes += Buffer.byteLength(file.text);
  }
  expect(bytes).toBeLessThan(24_000); // even before it is compressed
  expect((await server.send('GET', '/account/assets/other.css')).status).toBe(404);
});

describe('signing in', () => {
  test('begins an ordinary session, whose refresh token the cookie has', async () => {
    const user = await server.signUp();
    const before = await sessionsOf(user.id);
    const browser = visitor();
    const answer = await browser.post('/account/sign-in/', {
      email: user.email,
      password: goodPassword,
    });
    expect(locationOf(answer)).toEqual([303, '../../account/']);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^latchkey_account=[0-9a-f-]{36}; Path=\/; HttpOnly; SameSite=Lax$/),
      'latchkey_signed_in=1; Path=/account/; HttpOnly; SameSite=Lax; Max-Age=300',
    ]);
    expect(answer.text).toBe('');
    expect(await sessionsOf(user.id)).toHaveLength(before.length + 1);
    const page = await browser.follow(answer, '/account/sign-in/');
    expect(textOf(page)).toContain(user.email);
    expect(page.text).not.toContain(browser.cookies.get(cookieName));
    const again = await browser.get('/account/sign-in/');
    expect(locationOf(again)).toEqual([303, '../../account/']);
  });

  test('is refused with the values, never the password, and a message at the top', async () => {
    const { email } = await server.signUp();
    const page = await visitor().post('/account/sign-in/', { email, password: 'quite wrong' });
    expect(page.status).toBe(401);
    expect(page.text).toContain('<title>Error: Sign in');
    expect(textOf(page)).toContain('The email or the password is not right.');
    expect(page.text).toMatch(/role="alert" tabindex="-1" autofocus/);
    expect(page.text).toContain(`value="${email}"`);
    expect(page.text).not.toContain('quite wrong');
    expect(page.headers.getSetCookie()).toEqual([]);
  });

  test('is refused the same way for unknown emails, and in German', async () => {
    const headers = { 'accept-language': 'de-AT,de;q=0.9' };
    const { email } = await server.signUp();
    const told = async (of: string) => {
      const page = await visitor(headers).post('/account/sign-in/', { email: of, password: 'x' });
      return [page.status, page.text.replaceAll(of, '')];
    };
    const [status, text] = await told(email);
    expect(await told('nobody@example.com')).toEqual([status, text]);
    expect(text).toContain('<html lang="de">');
    expect(text).toContain('Die E-Mail-Adresse oder das Passwort ist nicht richtig.');
  });

  test('ends the session whose cookie it replaces', async () => {
    const user = await server.signUp();
    const browser = visitor();
    await browser.signIn(user.email);
    const token = browser.cookies.get(cookieName) ?? '';
    const other = await server.signUp();
    await browser.signIn(other.email);
    const pair = await server.send('POST', '/api/refresh/', { json: { refresh_token: token } });
    expect([pair.status, pair.body.code]).toEqual([400, 'logged_out']);
  });

  test('lasts until the browser is closed, or with the box ticked for longer', async () => {
    const { email } = await server.signUp();
    const browser = visitor();
    const box = /<input type="checkbox" name="keep"\s*(checked)?/.exec(
      (await browser.get('/account/sign-in/')).text,
    );
    expect(box?.[1]).toBeUndefined(); // not ticked by itself
    const wrong = await browser.post('/account/sign-in/', { email, password: 'x', keep: 'on' });
    expect(wrong.text).toMatch(/name="keep"\s+checked/);
    const form = { email, password: goodPassword, keep: 'on' };
    const answer = await browser.post('/account/sign-in/', form);
    const kept = /^latchkey_account=[0-9a-f-]{36}\.kept; .*; Max-Age=34560000$/;
    expect(answer.headers.getSetCookie()[0]).toMatch(kept);
    expect((await browser.get('/account/')).status).toBe(200);
    const confirmed = await browser.post('/account/confirm/', { password: goodPassword });
    expect(confirmed.headers.getSetCookie()[0]).toMatch(kept);
    expect((await browser.get('/account/')).status).toBe(200);
    expect((await browser.submit('/account/sign-out/')).path).toBe('/account/sign-in/');
    expect(browser.cookies.has(cookieName)).toBe(false);
  });

  test.each([
    ['open', true],
    ['verify_first', true],
    ['invite', false],
    ['closed', false],
  ] as const)('names the sign-up where there is one: %s', async (mode, isNamed) => {
    await using other = await startServer({ pinned: { REGISTRATION_MODE: mode } });
    const page = await createVisitor(other).get('/account/sign-in/');
    expect(page.text.includes('sign-up/')).toBe(isNamed);
  });

  test('says how long to wait after too many tries', async () => {
    await using limited = await startServer({ pinned: { LOGIN_FAILURES_PER_ACCOUNT: 1 } });
    const browser = createVisitor(limited);
    const form = { email: 'nobody@example.com', password: 'x' };
    expect((await browser.post('/account/sign-in/', form)).status).toBe(401);
    const page = await browser.post('/account/sign-in/', form);
    expect(page.status).toBe(429);
    expect(page.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(textOf(page)).toMatch(/That was too often\. Try again in \d+ minutes\./);
  });

  test.each<[string, Record<string, string>]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another host of the same site', { 'sec-fetch-site': 'same-site' }],
  ])('is refused from %s', async (_what, headers) => {
    const { email } = await server.signUp();
    const form = { email, password: goodPassword };
    const page = await visitor().post('/account/sign-in/', form, headers);
    expect(page.status).toBe(403);
    expect(textOf(page)).toContain('This did not come from a page of this site.');
    expect(page.headers.getSetCookie()).toEqual([]);
  });
});

describe('where it leads', () => {
  const signInAt = async (query: string) => {
    const { email } = await server.signUp();
    const path = `/account/sign-in/?${query}`;
    const page = await visitor().get(path);
    const answer = await visitor().post(path, { email, password: goodPassword });
    return { page, answer };
  };

  test('to a registered origin, which its forms then may lead to', async () => {
    const target = 'https://app.example/start?x=1#y';
    const { page, answer } = await signInAt(`return_to=${encodeURIComponent(target)}`);
    expect(locationOf(answer)).toEqual([303, target]);
    expect(page.headers.get('content-security-policy')).toContain(
      "form-action 'self' https://app.example;",
    );
    expect(page.text).toContain(`forgot/?return_to=${encodeURIComponent(target)}`);
  });

  test.each([
    'https://evil.example/',
    'https://app.example.evil.example/',
    'https://app.example@evil.example/',
    'http://app.example/',
    '//evil.example/',
    '/\\evil.example/',
    '/a/..//evil.example/',
    '/%09/evil.example/'.replace('%09', '\t'),
    'javascript:alert(1)',
    'data:text/html,x',
    'account/',
  ])('not to %s', async (target) => {
    const { page, answer } = await signInAt(`return_to=${encodeURIComponent(target)}`);
    expect(locationOf(answer)).toEqual([303, '../../account/']);
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self';");
  });

  test('not to one of two', async () => {
    const { answer } = await signInAt('return_to=/account/sessions/&return_to=/account/password/');
    expect(locationOf(answer)).toEqual([303, '../../account/']);
  });
});

describe('the session of the browser', () => {
  test('stays the same however often its pages are seen, and goes on while it is used', async () => {
    const user = await server.signUp();
    const browser = visitor();
    await browser.signIn(user.email);
    const at = async () => (await sessionsOf(user.id)).at(-1);
    const begun = await at();
    const cookie = browser.cookies.get(cookieName);
    await browser.get('/account/');
    expect(await at()).toEqual(begun); // too soon to be noted
    server.clock.advance(10 * 86_400_000);
    expect((await browser.get('/account/')).status).toBe(200);
    const used = await at();
    expect(used?.generation).toBe(begun?.generation);
    expect(used?.expires_at_ms).toBeGreaterThan(begun?.expires_at_ms ?? 0);
    server.clock.advance(25 * 86_400_000); // longer than the first sign-in would have lasted
    expect((await browser.get('/account/')).status).toBe(200);
    expect(browser.cookies.get(cookieName)).toBe(cookie);
    server.clock.advance(31 * 86_400_000);
    const ended = await browser.get('/account/');
    expect(ended.status).toBe(303);
    expect(browser.cookies.has(cookieName)).toBe(false);
    const page = await browser.follow(ended, '/account/');
    expect(textOf(page)).toContain('You are not signed in any more.');
  });

  test('opens nothing of the API', async () => {
    const { email } = await server.signUp();
    const browser = visitor();
    await browser.signIn(email);
    const me = await browser.get('/api/me/');
    expect([me.status, me.body.code]).toEqual([401, 'not_authenticated']);
  });

  test('ends with the account, the password and an administrator', async () => {
    const user = await server.signUp();
    const browser = visitor();
    await browser.signIn(user.email);
    const json = { current_password: goodPassword, new_password: 'quite another horse' };
    await server.send('POST', '/api/me/password/', { token: user.access_token, json });
    expect((await browser.get('/account/')).status).toBe(303);
    await browser.signIn(user.email, 'quite another horse');
    await server.deps.database.db
      .updateTable('users')
      .set({ is_active: 0 })
      .where('id', '=', user.id)
      .execute();
    expect((await browser.get('/account/')).status).toBe(303);
  });

  test('is not that of an administrator in the name of the user', async () => {
    const admin = await server.signUpAdmin('superuser');
    const user = await server.signUp();
    const begun = await server.send('POST', `/api/admin/users/${user.id}/impersonation/`, {
      token: admin.access_token,
      json: { reason: 'to see' },
    });
    expect(begun.status).toBe(201);
    const cookie = `${cookieName}=${begun.body.refresh_token}`;
    const answer = await server.send('GET', '/account/', { headers: { cookie } });
    expect(answer.status).toBe(303);
  });

  test.each(['', 'x', '00000000-0000-4000-8000-000000000000'])(
    'is none where the cookie is "%s"',
    async (value) => {
      const headers = { cookie: `${cookieName}=${value}` };
      expect((await server.send('GET', '/account/', { headers })).status).toBe(303);
      expect((await server.send('GET', '/account/sign-in/', { headers })).status).toBe(200);
    },
  );

  test('is not guessed where there are two cookies', async () => {
    const headers = { cookie: `${cookieName}=a; ${cookieName}=b` };
    const page = await server.send('GET', '/account/', { headers });
    expect(page.status).toBe(400);
    expect(textOf(page)).toContain('Delete the cookies of this site.');
  });
});

describe('signing out', () => {
  test('ends the session, takes the cookie away and says so once', async () => {
    const user = await server.signUp();
    const browser = visitor();
    await browser.signIn(user.email);
    const token = browser.cookies.get(cookieName);
    expect(textOf(await browser.get('/account/sign-out/'))).toContain(user.email);
    expect((await sessionsOf(user.id)).at(-1)?.end_cause).toBeNull(); // GET changes nothing
    const page = await browser.submit('/account/sign-out/');
    expect(page.path).toBe('/account/sign-in/');
    expect(textOf(page)).toContain('You are signed out.');
    expect(textOf(await browser.get('/account/sign-in/'))).not.toContain('You are signed out.');
    expect((await sessionsOf(user.id)).at(-1)?.end_cause).toBe('logged_out');
    const headers = { cookie: `${cookieName}=${token}` };
    expect((await server.send('GET', '/account/', { headers })).status).toBe(303);
  });

  test('of nobody does it as well', async () => {
    const browser = visitor();
    expect(textOf(await browser.get('/account/sign-out/'))).toContain('You are not signed in.');
    expect((await browser.submit('/account/sign-out/')).path).toBe('/account/sign-in/');
  });

  test('is not for other sites to ask', async () => {
    const { email } = await server.signUp();
    const browser = visitor();
    await browser.signIn(email);
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await browser.post('/account/sign-out/', {}, headers)).status).toBe(403);
    expect((await browser.get('/account/')).status).toBe(200);
  });
});

test('at the public URL the cookie has the name that browsers protect', async () => {
  for (const [publicUrl, name, path] of [
    ['https://id.example/', '__Host-latchkey_account', '/'],
    ['https://id.example/auth/', '__Secure-latchkey_account', '/auth/'],
  ] as const) {
    await using there = await startServer({ publicUrl });
    const { email } = await there.signUp();
    const answer = await createVisitor(there).post('/account/sign-in/', {
      email,
      password: goodPassword,
    });
    expect(answer.headers.getSetCookie()[0]).toMatch(
      new RegExp(`^${name}=[0-9a-f-]{36}; Path=${path}; HttpOnly; SameSite=Lax; Secure$`),
    );
  }
});

test('the well-known URL leads to the page where the password is changed', async () => {
  expect(locationOf(await server.send('GET', '/.well-known/change-password'))).toEqual([
    303,
    '../account/password/',
  ]);
});

test('a path without a page is answered with one', async () => {
  const page = await visitor().get('/account/nowhere/at/all');
  expect(page.status).toBe(404);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(textOf(page)).toContain('This page does not exist');
  expect(page.text).toContain('href="../../../account/"');
  const posted = await visitor().post('/account/nowhere/');
  expect([posted.status, posted.body.code]).toEqual([404, 'not_found']);
});
