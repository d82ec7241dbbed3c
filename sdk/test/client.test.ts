import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../test/harness.ts';
import { LatchkeyError, memoryStorage, unwrap } from '../src/index.ts';
import { codeOf, createClient, signedIn } from './clients.ts';

/** The client against the real server. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('an account', () => {
  test('is made, signed in, used and signed out', async () => {
    const { client, ends, credentials, session } = await signedIn(server);
    expect(await client.readProfile()).toEqual({
      id: session.userId,
      username: '',
      email: credentials.email,
      email_verified: false,
      locale: null,
    });
    expect(client.session).toMatchObject({ userId: session.userId, claims: { sid: '1' } });
    expect(await client.changeProfile({ username: 'ada' })).toMatchObject({ username: 'ada' });
    const { access_token: other } = (
      await server.send('POST', '/api/login/', { json: credentials })
    ).body;
    expect(await client.listSessions()).toHaveLength(2);
    expect(await client.endOtherSessions()).toBe(1);
    expect((await server.send('GET', '/api/me/', { token: other })).status).toBe(401);

    const token = await client.accessToken();
    expect(await client.signOut()).toBe(true);
    expect(client.session).toBeUndefined();
    expect([ends, client.endCause]).toEqual([['logged_out'], 'logged_out']);
    const refused = await server.send('GET', '/api/me/', { token: token ?? '' });
    expect(refused.body.code).toBe('logged_out');
    expect(await client.accessToken()).toBeUndefined();
    expect(await codeOf(client.readProfile())).toBe('not_authenticated');
  });

  test('has every other endpoint, typed', async () => {
    const { client, session } = await signedIn(server);
    const answer = await unwrap(client.api.GET('/api/me/export/'));
    expect(answer.user.id).toBe(session.userId);
    const { error, response } = await client.api.DELETE('/api/sessions/{id}/', {
      params: { path: { id: 999_999 } },
    });
    expect([error?.code, response.status]).toEqual(['not_found', 404]);
  });

  test('that is signed in again leaves no session behind', async () => {
    const { client, ends, credentials } = await signedIn(server);
    const first = await client.accessToken();
    await client.signIn(credentials);
    expect(ends).toEqual(['replaced']);
    expect(await client.listSessions()).toHaveLength(1);
    expect((await server.send('GET', '/api/me/', { token: first ?? '' })).status).toBe(401);
  });

  test('is signed in with what shows that the device is known', async () => {
    const { client, sent, credentials } = await signedIn(server);
    const last = await client.accessToken();
    await client.signOut();
    await client.signIn(credentials);
    const login = sent.find(({ url }) => url.endsWith('/api/login/'));
    expect(login?.headers.get('authorization')).toBe(`Bearer ${last}`);
  });
});

describe('an error', () => {
  test('has the code, the status, the fields and the id of the request', async () => {
    const { client } = createClient(server);
    const failed = client.signUp({ email: 'nobody', password: 'x' });
    await expect(failed).rejects.toBeInstanceOf(LatchkeyError);
    await expect(failed).rejects.toMatchObject({
      name: 'LatchkeyError',
      code: 'invalid_fields',
      status: 400,
      fields: { email: ['Enter a valid email address.'] },
      requestId: expect.stringMatching(/./),
    });
    const wrong = client.signIn({ email: 'nobody@example.com', password: 'wrong' });
    await expect(wrong).rejects.toMatchObject({
      code: 'invalid_credentials',
      message: 'Invalid credentials',
      status: 401,
      fields: {},
    });
  });

  test('of the network is one too', async () => {
    const { client } = createClient(server, { baseUrl: 'http://127.0.0.1:9' });
    const failed = client.signIn({ email: 'a@example.com', password: 'x' });
    await expect(failed).rejects.toMatchObject({ code: 'network_error', status: 0 });
  });

  test('of somebody else who answers is told from those of Latchkey', async () => {
    const portal = () => Promise.resolve(new Response('<h1>Log in to our Wi-Fi</h1>'));
    const { client } = createClient(server, {
      environment: { fetch: portal, sleep: async () => {} },
    });
    expect(await codeOf(client.signIn({ email: 'a@example.com', password: 'x' }))).toBe(
      'unexpected_answer',
    );
    expect(await codeOf(client.readProfile())).toBe('unexpected_answer');
  });
});

describe('the access token', () => {
  test('is replaced once when the server refuses it, whatever the clock here says', async () => {
    const { client, paths } = await signedIn(server);
    server.clock.advance(31_000);
    const [profile, sessions] = await Promise.all([client.readProfile(), client.listSessions()]);
    expect([profile.id > 0, sessions.length]).toEqual([true, 1]);
    expect(paths().filter((path) => path === 'POST /api/refresh/')).toHaveLength(1);
  });

  test('is replaced before it ends, and a body is sent again as it was', async () => {
    let aheadMs = 0;
    const environment = { monotonicMs: () => performance.now() + aheadMs };
    const { client, paths } = await signedIn(server, { environment });
    aheadMs = 28_000;
    await client.readProfile();
    expect(paths()).toEqual(['POST /api/refresh/', 'GET /api/me/']);
    server.clock.advance(31_000);
    expect(await client.changeProfile({ username: `u${client.session?.userId}` })).toMatchObject({
      username: `u${client.session?.userId}`,
    });
  });

  test('goes to no other server, unless it is named', async () => {
    const seen: (string | null)[] = [];
    const environment = {
      fetch(request: Request) {
        if (request.url.startsWith(server.origin)) return fetch(request);
        seen.push(request.headers.get('authorization'));
        return Promise.resolve(new Response('{}'));
      },
    };
    const { client } = await signedIn(server, {
      environment,
      origins: ['https://api.example.com'],
    });
    await client.fetch('https://api.example.com.evil.example/');
    await client.fetch('http://api.example.com/');
    await client.fetch('https://api.example.com/things', { method: 'POST', body: 'x' });
    expect(seen).toEqual([null, null, `Bearer ${await client.accessToken()}`]);
  });

  test('is not waited for by who has stopped waiting', async () => {
    const { client } = await signedIn(server);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(client.readProfile({ signal })).rejects.toThrow('enough');
    await expect(client.accessToken({ signal })).rejects.toThrow('enough');
    expect((await client.readProfile()).id).toBeGreaterThan(0);
  });
});

describe('the end of a session', () => {
  test('that somebody else brought about is told with its cause, once', async () => {
    const { client, ends } = await signedIn(server);
    const token = (await client.accessToken()) ?? '';
    await server.send('DELETE', '/api/sessions/?keep_current=false', { token });
    const outcomes = await Promise.all([
      codeOf(client.readProfile()),
      codeOf(client.listSessions()),
    ]);
    expect(outcomes).toContain('session_revoked');
    expect([ends, client.session]).toEqual([['session_revoked'], undefined]);
  });

  test('shows at the next refresh too', async () => {
    const storage = memoryStorage();
    const { client, credentials } = await signedIn(server, { storage });
    await client.endOtherSessions();
    const changed = { current_password: credentials.password, new_password: 'another good one' };
    const { access_token: token } = (
      await server.send('POST', '/api/login/', { json: credentials })
    ).body;
    await server.send('POST', '/api/me/password/', { token, json: changed });
    server.clock.advance(31_000);
    const ends: string[] = [];
    using again = createClient(server, {
      storage,
      onSessionEnd: ({ cause }) => ends.push(cause),
    }).client;
    expect((await again.ready())?.userId).toBeGreaterThan(0);
    expect(await codeOf(again.readProfile())).toBe('invalid_token');
    expect(ends).toEqual(['password_changed']);
  });

  test('is never what the network or a busy server brings about', async () => {
    let answer: () => Promise<Response> = () => Promise.reject(new TypeError('offline'));
    let isBroken = false;
    const environment = {
      fetch: (request: Request) => (isBroken ? answer() : fetch(request)),
      sleep: async (ms: number) => {
        if (ms >= 4_000) await new Promise(() => undefined); // a timeout
      },
    };
    const { client, ends } = await signedIn(server, { environment });
    server.clock.advance(31_000);
    isBroken = true;
    expect(await codeOf(client.readProfile())).toBe('network_error');
    for (const status of [500, 502, 400, 403, 200]) {
      answer = () => Promise.resolve(new Response('<h1>proxy</h1>', { status }));
      expect(await codeOf(client.readProfile())).toBe('unexpected_answer');
    }
    const headers = { 'retry-after': '60' };
    answer = () => Promise.resolve(new Response('{}', { status: 429, headers }));
    const failed = client.readProfile();
    await expect(failed).rejects.toMatchObject({ status: 429, retryAfterSeconds: 60 });
    isBroken = false;
    expect((await client.readProfile()).id).toBeGreaterThan(0);
    expect(ends).toEqual([]);
  });

  test('by signing out takes effect here at once, even if the server cannot be reached', async () => {
    let isBroken = false;
    const environment = {
      fetch: (request: Request) =>
        isBroken ? Promise.reject(new TypeError('offline')) : fetch(request),
    };
    const { client, ends } = await signedIn(server, { environment });
    isBroken = true;
    expect(await client.signOut()).toBe(false);
    expect([client.session, ends]).toEqual([undefined, ['logged_out']]);
    isBroken = false;
    expect(await codeOf(client.readProfile())).toBe('not_authenticated');
  });

  test('reaches a session whose refresh was under way and lost its answer', async () => {
    const storage = memoryStorage();
    let isLost = false;
    const environment = {
      async fetch(request: Request) {
        const response = await fetch(request);
        if (isLost) throw new TypeError('the answer was lost');
        return response;
      },
      sleep: async (ms: number) => {
        if (ms >= 4_000) await new Promise(() => undefined);
      },
    };
    const { client, credentials } = await signedIn(server, { storage, environment });
    server.clock.advance(31_000);
    isLost = true;
    expect(await codeOf(client.readProfile())).toBe('network_error');
    isLost = false;
    expect(await client.signOut()).toBe(true);
    await client.signIn(credentials);
    expect(await client.listSessions()).toHaveLength(1);
  });
});

test('a storage that fails is none: the session is kept in memory', async () => {
  const broken = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  const { client, ends } = await signedIn(server, { storage: { read: broken, write: broken } });
  server.clock.advance(31_000);
  expect((await client.readProfile()).id).toBeGreaterThan(0);
  await client.signOut();
  expect(ends).toEqual(['logged_out']);
});
