import { afterAll, describe, expect, test } from 'vitest';
import { type Answer, goodPassword, type SignedUp, startServer } from '../../../../test/harness.ts';

/** The session of the admin site: its cookie, who gets one, and from where. */

const server = await startServer({ publicUrl: 'https://id.example/' });
afterAll(() => server[Symbol.asyncDispose]());

const ours = { 'x-latchkey-admin': '1', 'sec-fetch-site': 'same-origin' };

const send = (method: string, path: string, headers: Record<string, string>, json?: unknown) =>
  server.send(method, `/admin/session/${path}`, {
    headers,
    ...(json !== undefined && { json }),
  });

const signIn = (email: string, headers: Record<string, string> = ours, password = goodPassword) =>
  send('POST', '', headers, { email, password });

/** The cookie that the browser would send back. */
function cookieOf({ headers }: Answer): string {
  return headers.get('set-cookie')?.split(';', 1)[0] ?? '';
}

const refreshTokenOf = (answer: Answer) => cookieOf(answer).slice('latchkey_admin='.length);

const me = (answer: Answer) =>
  server.send('GET', '/api/me/', { token: answer.body.access_token as string });

async function admin(): Promise<SignedUp & { signedIn: Answer }> {
  const user = await server.signUpAdmin(['users.view']);
  return { ...user, signedIn: await signIn(user.email) };
}

/** One for all the tests that only look at what is asked, and not at what becomes of the session. */
const known = admin();

test.each([
  ['POST', '', 400],
  ['POST', 'refresh/', 400],
  ['DELETE', '', 400],
])('two cookies of the same name are refused: %s %s', async (method, path, status) => {
  const { email, signedIn } = await admin();
  const cookie = `${cookieOf(signedIn)}; other=1; latchkey_admin=another`;
  const json = { email, password: goodPassword };
  const answer = await send(
    method,
    path,
    { ...ours, cookie },
    method === 'POST' ? json : undefined,
  );
  expect([answer.status, answer.body.code]).toEqual([status, 'malformed_request']);
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect((await me(signedIn)).status).toBe(200);
});

describe('signing in', () => {
  test('gives the access token to the page, and the refresh token to the browser alone', async () => {
    const { id, signedIn } = await admin();
    expect(signedIn.status).toBe(200);
    expect(Object.keys(signedIn.body)).toEqual(['access_token']);
    expect(signedIn.headers.get('cache-control')).toBe('no-store');
    expect(signedIn.headers.get('set-cookie')).toMatch(
      /^latchkey_admin=[0-9a-f-]{36}; Path=\/admin\/session\/; HttpOnly; SameSite=Strict$/,
    );
    expect((await me(signedIn)).body.id).toBe(id);
    expect(signedIn.text).not.toContain(refreshTokenOf(signedIn));
  });

  test('makes a session like any other', async () => {
    const { email, signedIn } = await admin();
    const sessions = await server.send('GET', '/api/sessions/', {
      token: signedIn.body.access_token,
    });
    expect(sessions.body.sessions.map((one: { is_current: boolean }) => one.is_current)).toContain(
      true,
    );
    const pair = await server.send('POST', '/api/refresh/', {
      json: { refresh_token: refreshTokenOf(signedIn) },
    });
    expect(pair.status).toBe(200);
    expect((await signIn(email)).status).toBe(200);
  });

  test('ends the session whose cookie it replaces', async () => {
    const { email, signedIn } = await admin();
    const again = await signIn(email, { ...ours, cookie: cookieOf(signedIn) });
    expect((await me(again)).status).toBe(200);
    expect((await me(signedIn)).body.code).toBe('logged_out');
    const refused = await signIn(email, { ...ours, cookie: cookieOf(again) }, 'wrong');
    expect(refused.status).toBe(401);
    expect((await me(again)).status).toBe(200);
  });

  test.each([
    ['a wrong password', (email: string) => ({ email, password: 'wrong' })],
    ['an unknown email', () => ({ email: 'nobody@example.com', password: goodPassword })],
    ['no password', (email: string) => ({ email })],
    ['no object', () => [1]],
  ])('is refused as at /api/login/: %s', async (_what, bodyOf) => {
    const { email } = await known;
    const json = bodyOf(email);
    const here = await send('POST', '', ours, json);
    const there = await server.send('POST', '/api/login/', { json });
    const told = ({ status, body }: Answer) => ({ status, ...body, request_id: '' });
    expect(told(here)).toEqual(told(there));
    expect(here.status).toBe(401);
    expect(here.headers.get('set-cookie')).toBeNull();
  });

  test('is refused, after the password is checked, to users who may not administer anything', async () => {
    const user = await server.signUp();
    await server.deps.database.db
      .insertInto('user_permissions')
      .values({ user_id: user.id, permission: 'invoices.approve' })
      .execute();
    const before = (await sessionsOf(user)).length;
    const answer = await signIn(user.email);
    expect(answer.status).toBe(403);
    expect(answer.body.code).toBe('no_admin_permission');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect((await sessionsOf(user)).length).toBe(before);
    expect((await signIn(user.email, ours, 'wrong')).body.code).toBe('invalid_credentials');
  });

  async function sessionsOf({ access_token: token }: SignedUp): Promise<unknown[]> {
    return (await server.send('GET', '/api/sessions/', { token })).body.sessions;
  }

  test('counts against the same limit as /api/login/, and knows the device by its cookie', async () => {
    await using limited = await startServer({
      pinned: { LOGIN_FAILURES_PER_ACCOUNT: 2 },
      trustedProxies: ['loopback'],
    });
    const { email } = await limited.signUpAdmin(['users.view']);
    const from = (ip: string) => ({ ...ours, 'x-forwarded-for': ip });
    const signInFrom = (ip: string, password: string, headers = {}) =>
      limited.send('POST', '/admin/session/', {
        json: { email, password },
        headers: { ...from(ip), ...headers },
      });
    const signedIn = await signInFrom('192.0.2.1', goodPassword);
    expect((await signInFrom('192.0.2.2', 'wrong')).status).toBe(401);
    const failed = await limited.send('POST', '/api/login/', {
      json: { email, password: 'wrong' },
      headers: from('192.0.2.3'),
    });
    expect(failed.status).toBe(401);
    expect((await signInFrom('192.0.2.4', goodPassword)).status).toBe(429);
    const cookie = cookieOf(signedIn);
    expect((await signInFrom('192.0.2.4', goodPassword, { cookie })).status).toBe(200);
  });
});

describe('refreshing', () => {
  const refresh = (cookie: string, headers: Record<string, string> = {}) =>
    send('POST', 'refresh/', { ...ours, cookie, ...headers });

  test('gives a new access token and a new cookie, once', async () => {
    const { id, signedIn } = await admin();
    const cookie = cookieOf(signedIn);
    const renewed = await refresh(cookie);
    expect(renewed.status).toBe(200);
    expect((await me(renewed)).body.id).toBe(id);
    expect(cookieOf(renewed)).not.toBe(cookie);
    expect(renewed.headers.get('set-cookie')).toContain('; HttpOnly; SameSite=Strict');
    expect((await refresh(cookie)).body.code).toBe('invalid_refresh_token');
    expect((await refresh(cookieOf(renewed))).status).toBe(200);
  });

  test('repeated with its Idempotency-Key gives the same again', async () => {
    const { signedIn } = await admin();
    const again = () => refresh(cookieOf(signedIn), { 'idempotency-key': 'a lost answer' });
    const [first, second] = [await again(), await again()];
    expect(second.status).toBe(200);
    expect(cookieOf(second)).toBe(cookieOf(first));
  });

  test('and refused, ends the session where the page reports the reuse', async () => {
    const { signedIn } = await admin();
    const renewed = await refresh(cookieOf(signedIn), { 'idempotency-key': 'of somebody else' });
    const headers = { ...ours, cookie: cookieOf(signedIn) };
    const answer = await send('POST', 'refresh/', headers, { report_reuse: true });
    expect([answer.status, answer.body.code]).toEqual([400, 'refresh_token_reused']);
    expect((await me(renewed)).body.code).toBe('refresh_token_reused');
  });

  test('says why there is nothing to refresh', async () => {
    expect((await refresh('other=1')).body.code).toBe('invalid_refresh_token');
    expect((await refresh('latchkey_admin=x')).body.code).toBe('invalid_refresh_token');
    const { signedIn } = await admin();
    await send('DELETE', '', { ...ours, cookie: cookieOf(signedIn) });
    const answer = await refresh(cookieOf(signedIn));
    expect([answer.status, answer.body.code]).toEqual([400, 'logged_out']);
  });

  test('finds its cookie among others', async () => {
    const { signedIn } = await admin();
    expect((await refresh(`a=b; ${cookieOf(signedIn)}; c`)).status).toBe(200);
  });
});

describe('signing out', () => {
  test('ends the session and takes the cookie away', async () => {
    const { signedIn } = await admin();
    const answer = await send('DELETE', '', { ...ours, cookie: cookieOf(signedIn) });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toBe(
      'latchkey_admin=; Path=/admin/session/; HttpOnly; SameSite=Strict; Max-Age=0',
    );
    expect((await me(signedIn)).body.code).toBe('logged_out');
  });

  test('with an older cookie, as after a lost answer, ends the session as well', async () => {
    const { signedIn } = await admin();
    const renewed = await send('POST', 'refresh/', { ...ours, cookie: cookieOf(signedIn) });
    const answer = await send('DELETE', '', { ...ours, cookie: cookieOf(signedIn) });
    expect(answer.status).toBe(200);
    expect((await me(renewed)).status).toBe(401);
  });

  test.each(['', 'latchkey_admin=', 'latchkey_admin=x'])(
    'with the cookie "%s" does it as well',
    async (cookie) => {
      const answer = await send('DELETE', '', { ...ours, cookie });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('set-cookie')).toContain('Max-Age=0');
    },
  );
});

describe('a request that is not from the site itself', () => {
  const origin = server.origin;
  test.each<[string, Record<string, string>, number]>([
    ['without the header', { 'sec-fetch-site': 'same-origin' }, 403],
    ['with another value', { ...ours, 'x-latchkey-admin': 'true' }, 403],
    ['from another site', { ...ours, 'sec-fetch-site': 'cross-site' }, 403],
    ['from another host of the site', { ...ours, 'sec-fetch-site': 'same-site' }, 403],
    ['from the address bar', { ...ours, 'sec-fetch-site': 'none' }, 403],
    ['of another origin', { 'x-latchkey-admin': '1', origin: 'https://evil.example' }, 403],
    ['of an origin that is hidden', { 'x-latchkey-admin': '1', origin: 'null' }, 403],
    ['of another port', { 'x-latchkey-admin': '1', origin: 'http://127.0.0.1:1' }, 403],
    ['of this origin', { 'x-latchkey-admin': '1', origin }, 200],
    ['of the public origin', { 'x-latchkey-admin': '1', origin: 'https://id.example' }, 200],
    ['of the public host by http', { 'x-latchkey-admin': '1', origin: 'http://id.example' }, 403],
    ['behind a proxy that names another Host', { ...ours, origin: 'https://id.example' }, 200],
    ['of a program', { 'x-latchkey-admin': '1' }, 200],
  ])('%s', async (_what, headers, status) => {
    const { email, signedIn } = await known;
    const entered = await signIn(email, headers);
    const cookie = cookieOf(status === 200 ? entered : signedIn);
    const answers = [entered, await send('POST', 'refresh/', { ...headers, cookie })];
    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
    if (status === 403) {
      expect(answers.map(({ body }) => body.code)).toEqual(['csrf_refused', 'csrf_refused']);
      expect((await send('DELETE', '', { ...headers, cookie })).status).toBe(403);
      expect((await me(signedIn)).status).toBe(200);
    }
  });
});

test.each([
  ['auth.example.com:443', 'https://auth.example.com', 200],
  ['auth.example.com', 'https://auth.example.com', 200],
  ['auth.example.com:80', 'http://auth.example.com', 200],
  ['AUTH.example.com:8443', 'https://auth.example.com:8443', 200],
  ['auth.example.com:8443', 'https://auth.example.com', 403],
  ['auth.example.com:80', 'https://auth.example.com', 403],
  ['auth.example.com.evil.example', 'https://auth.example.com', 403],
])('Host %s and Origin %s are one origin or not: %i', async (host, origin, status) => {
  const { email } = await known;
  const { statusCode } = await server.app.http.inject({
    method: 'POST',
    url: '/admin/session/',
    headers: { host, origin, 'x-latchkey-admin': '1' },
    payload: { email, password: goodPassword },
  });
  expect(statusCode).toBe(status);
});

test('below a path the cookie is sent back there, and to where the server listens as well', async () => {
  await using other = await startServer({ publicUrl: 'https://example.com/auth/' });
  const { email } = await other.signUpAdmin(['users.view']);
  const pathFrom = async (origin: string) => {
    const json = { email, password: goodPassword };
    const headers = { ...ours, origin };
    const answer = await other.send('POST', '/admin/session/', { headers, json });
    return /Path=([^;]*)/.exec(answer.headers.get('set-cookie') ?? '')?.[1];
  };
  expect(await pathFrom('https://example.com')).toBe('/auth/admin/session/');
  expect(await pathFrom(other.origin)).toBe('/admin/session/');
});

test.each<[string, Record<string, string>, boolean]>([
  ['by https', { origin: 'https://id.example' }, true],
  ['by https on this machine', { origin: 'https://localhost:8443' }, true],
  ['by plain http elsewhere', { origin: 'http://192.0.2.1:8000' }, true],
  ['by a name that only looks like this machine', { origin: 'http://127.0.0.1.nip.example' }, true],
  ['on this machine', { origin: 'http://localhost:8000' }, false],
  ['on this machine, by IPv6', { origin: 'http://[::1]:8000' }, false],
  ['on this machine, by a program', {}, false],
])(
  'the cookie goes over TLS alone where the site is opened %s',
  async (_how, headers, isSecure) => {
    const { email } = await known;
    const answer = await signIn(email, { ...ours, ...headers });
    expect(answer.headers.get('set-cookie')?.split('; ').includes('Secure')).toBe(isSecure);
  },
);

test('the API does not take the cookie', async () => {
  const { signedIn } = await known;
  const headers = { cookie: cookieOf(signedIn) };
  expect((await server.send('GET', '/api/me/', { headers })).status).toBe(401);
  const refreshed = await server.send('POST', '/api/refresh/', { headers, json: {} });
  expect(refreshed.body.code).toBe('invalid_refresh_token');
});
