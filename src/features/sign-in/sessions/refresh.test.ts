import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startServer, type TestServer } from '../../../../test/harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

function refresh(server: TestServer, token: string, key?: string): Promise<Answer> {
  return server.send('POST', '/api/refresh/', {
    json: { refresh_token: token },
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  });
}

function expectRefused(answer: Answer, code: string): void {
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ error: 'Invalid refresh token', code });
}

describe('a retried refresh', () => {
  test('with the key of the first gets the same pair again, and no other key does', async () => {
    const { refresh_token: first } = await server.signUp();
    const won = await refresh(server, first, 'key-1');
    expect(won.status).toBe(200);
    expect((await refresh(server, first, 'key-1')).body).toEqual(won.body);
    expectRefused(await refresh(server, first, 'key-2'), 'invalid_refresh_token');
    expectRefused(await refresh(server, first), 'invalid_refresh_token');
    expect((await refresh(server, won.body.refresh_token)).status).toBe(200);
  });

  test('gets nothing more once the successor is used: then it is theft', async () => {
    const { refresh_token: first, access_token } = await server.signUp();
    const second = (await refresh(server, first, 'key')).body.refresh_token;
    const third = (await refresh(server, second, 'next')).body.refresh_token;
    expectRefused(await refresh(server, first, 'key'), 'refresh_token_reused');
    expectRefused(await refresh(server, third, 'again'), 'refresh_token_reused');
    const me = await server.send('GET', '/api/me/', { token: access_token });
    expect(me.status).toBe(401);
    expect(me.body).toMatchObject({ detail: 'Invalid token.', code: 'refresh_token_reused' });
  });

  test('ends the session when it comes after the grace period', async () => {
    const { refresh_token: first } = await server.signUp();
    const second = (await refresh(server, first, 'key')).body.refresh_token;
    server.clock.advance(10_001);
    expectRefused(await refresh(server, first, 'key'), 'refresh_token_reused');
    expectRefused(await refresh(server, second), 'refresh_token_reused');
  });

  test('without a grace period every reuse is theft', async () => {
    await using server = await startServer({ pinned: { REFRESH_GRACE_PERIOD: 0 } });
    const { refresh_token: first } = await server.signUp();
    const second = (await refresh(server, first, 'key')).body.refresh_token;
    expectRefused(await refresh(server, first, 'key'), 'refresh_token_reused');
    expectRefused(await refresh(server, second), 'refresh_token_reused');
  });

  test('needs no key where REFRESH_GRACE_MODE is open', async () => {
    await using server = await startServer({ pinned: { REFRESH_GRACE_MODE: 'open' } });
    const { refresh_token: first } = await server.signUp();
    const won = await refresh(server, first);
    expect((await refresh(server, first)).body).toEqual(won.body);
    await refresh(server, won.body.refresh_token);
    expectRefused(await refresh(server, first), 'refresh_token_reused');
  });

  test.each(['keyed', 'open'] as const)(
    'with another key, or none after one, is refused in mode %s, and told until when it is in doubt',
    async (mode) => {
      await using server = await startServer({ pinned: { REFRESH_GRACE_MODE: mode } });
      for (const [won, lost] of [
        ['a key', 'another'],
        ['a key', undefined],
        [undefined, 'a key'],
      ] as const) {
        const { refresh_token: first } = await server.signUp();
        await refresh(server, first, won);
        const logout = await server.send('POST', '/api/logout/', {
          json: { refresh_token: first },
        });
        for (const answer of [await refresh(server, first, lost), logout]) {
          expectRefused(answer, 'invalid_refresh_token');
          expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
          expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(10);
        }
        server.clock.advance(10_001);
        const late = await refresh(server, first, lost);
        expectRefused(late, 'refresh_token_reused');
        expect(late.headers.get('retry-after')).toBeNull();
      }
      const unknown = await refresh(server, '0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11');
      expect(unknown.headers.get('retry-after')).toBeNull();
    },
  );

  test.each(['refresh', 'logout'])(
    'that is reported as reuse ends the session at once, and a retry does not: %s',
    async (path) => {
      const report = (token: string, key = '') =>
        server.send('POST', `/api/${path}/`, {
          json: { refresh_token: token, report_reuse: true },
          headers: { 'idempotency-key': key },
        });
      const { id, refresh_token: first, access_token } = await server.signUp();
      const second = (await refresh(server, first, 'key')).body.refresh_token;
      if (path === 'refresh') {
        expect((await report(first, 'key')).body.refresh_token).toBe(second);
      }
      const form = { refresh_token: first, report_reuse: 'false' };
      const unreported = await server.send('POST', `/api/${path}/`, { form });
      expectRefused(unreported, 'invalid_refresh_token');
      const answer = await report(first, 'another');
      expectRefused(answer, 'refresh_token_reused');
      expect(answer.headers.get('retry-after')).toBeNull();
      expectRefused(await refresh(server, second), 'refresh_token_reused');
      const me = await server.send('GET', '/api/me/', { token: access_token });
      expect(me.body.code).toBe('refresh_token_reused');
      const events = await server.deps.database.db
        .selectFrom('audit_events')
        .where('user_id', '=', id)
        .orderBy('id')
        .select('kind')
        .execute();
      expect(events.map(({ kind }) => kind).slice(-2)).toEqual(['token.reused', 'session.ended']);
    },
  );

  test('that is reported says nothing about the newest token', async () => {
    const json = { refresh_token: (await server.signUp()).refresh_token, report_reuse: true };
    expect((await server.send('POST', '/api/refresh/', { json })).status).toBe(200);
    const other = { refresh_token: (await server.signUp()).refresh_token, report_reuse: true };
    expect((await server.send('POST', '/api/logout/', { json: other })).status).toBe(200);
  });

  test('cannot be used to log out', async () => {
    await using server = await startServer({ pinned: { REFRESH_GRACE_MODE: 'open' } });
    const { refresh_token: first } = await server.signUp();
    const second = (await refresh(server, first)).body.refresh_token;
    const answer = await server.send('POST', '/api/logout/', { json: { refresh_token: first } });
    expectRefused(answer, 'invalid_refresh_token');
    expect((await refresh(server, second)).status).toBe(200);
  });

  test('with a key that is too long is refused before anything is done', async () => {
    const { refresh_token: first } = await server.signUp();
    const answer = await refresh(server, first, 'k'.repeat(256));
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('malformed_request');
    expect((await refresh(server, first, 'k'.repeat(255))).status).toBe(200);
  });
});

describe('64 clients at once with one refresh token', () => {
  const clients = Array.from({ length: 64 }, (_, index) => index);

  test('and one key all get the same successor', async () => {
    const { refresh_token: first } = await server.signUp();
    const answers = await Promise.all(clients.map(() => refresh(server, first, 'one key')));
    expect(answers.map((answer) => answer.status)).toEqual(clients.map(() => 200));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect((await refresh(server, answers[0]?.body.refresh_token)).status).toBe(200);
  });

  test('and no key: one wins, its session lives; then an older token ends it', async () => {
    const { refresh_token: first } = await server.signUp();
    const answers = await Promise.all(clients.map(() => refresh(server, first)));
    const winners = answers.filter((answer) => answer.status === 200);
    expect(winners).toHaveLength(1);
    for (const answer of answers)
      if (answer.status !== 200) expectRefused(answer, 'invalid_refresh_token');
    const second = winners[0]?.body.refresh_token;
    const third = await refresh(server, second);
    expect(third.status).toBe(200);
    expectRefused(await refresh(server, first), 'refresh_token_reused');
    expectRefused(await refresh(server, third.body.refresh_token), 'refresh_token_reused');
  });

  test('while others use older ones: no good token is refused because of them', async () => {
    await using server = await startServer({ pinned: { REFRESH_GRACE_PERIOD: 300 } });
    const { refresh_token: first } = await server.signUp();
    const second = (await refresh(server, first)).body.refresh_token;
    const answers = await Promise.all([
      ...clients.map(() => refresh(server, first)),
      refresh(server, second),
    ]);
    // Uses while the second was unused did no harm; the first later use was theft.
    expect(answers.at(-1)?.status).toBe(200);
  });
});

describe('the age of a session', () => {
  test('is limited by SESSION_MAX_AGE, however often it is refreshed', async () => {
    await using server = await startServer({ pinned: { SESSION_MAX_AGE: 100 } });
    let { refresh_token: token } = await server.signUp();
    for (let second = 0; second < 90; second += 30) {
      const answer = await refresh(server, token);
      expect(answer.status).toBe(200);
      token = answer.body.refresh_token;
      server.clock.advance(30_000);
    }
    const last = await refresh(server, token);
    expect(last.status).toBe(200);
    server.clock.advance(10_000);
    expectRefused(await refresh(server, last.body.refresh_token), 'session_expired');
  });

  test('and by REFRESH_TOKEN_LIFETIME without a refresh', async () => {
    await using server = await startServer({ pinned: { REFRESH_TOKEN_LIFETIME: 60 } });
    const { refresh_token: token } = await server.signUp();
    server.clock.advance(60_001);
    expectRefused(await refresh(server, token), 'session_expired');
  });
});

test('at one session more than MAX_SESSIONS_PER_USER the oldest ends, and says why', async () => {
  await using server = await startServer({ pinned: { MAX_SESSIONS_PER_USER: 2 } });
  const first = await server.signUp();
  const login = async () => {
    const json = { email: first.email, password: 'correct horse battery' };
    return (await server.send('POST', '/api/login/', { json })).body;
  };
  const second = await login();
  expect((await server.send('GET', '/api/me/', { token: first.access_token })).status).toBe(200);
  const third = await login();
  expectRefused(await refresh(server, first.refresh_token), 'session_limit_reached');
  const me = await server.send('GET', '/api/me/', { token: first.access_token });
  expect(me.body).toMatchObject({ status: 401, code: 'session_limit_reached' });
  expect((await refresh(server, second.refresh_token)).status).toBe(200);
  expect((await refresh(server, third.refresh_token)).status).toBe(200);
});
