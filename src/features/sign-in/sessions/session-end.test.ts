import { decodeJwt } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { goodPassword, startServer } from '../../../../test/harness.ts';

/** No access token is good for longer than its session. */

const server = await startServer({
  pinned: { ACCESS_TOKEN_LIFETIME: 86_400, REFRESH_TOKEN_LIFETIME: 600, SESSION_MAX_AGE: 900 },
});
afterAll(() => server[Symbol.asyncDispose]());

const me = async (token: string) => {
  const { status, body } = await server.send('GET', '/api/me/', { token });
  return status === 200 ? 'let in' : body.code;
};
const remaining = (token: string) =>
  Number(decodeJwt(token).exp) - Math.floor(server.clock.nowMs() / 1000);

test('its exp is at most the end of the session', async () => {
  const { access_token, refresh_token } = await server.signUp();
  expect(remaining(access_token)).toBeGreaterThan(590);
  expect(remaining(access_token)).toBeLessThanOrEqual(600);
  server.clock.advance(500_000);
  const json = { refresh_token };
  const next = (await server.send('POST', '/api/refresh/', { json })).body.access_token;
  expect(remaining(next)).toBeGreaterThan(390); // what SESSION_MAX_AGE leaves
  expect(remaining(next)).toBeLessThanOrEqual(400);
});

test('the guard looks at the end of the session, also where it knows the token already', async () => {
  const { id, access_token: token } = await server.signUp();
  const { db } = server.deps.database;
  const endIn = async (ms: number) => {
    const expires_at_ms = server.clock.nowMs() + ms;
    await db.updateTable('sessions').set({ expires_at_ms }).where('user_id', '=', id).execute();
  };
  await endIn(60_000);
  expect([await me(token), await me(token)]).toEqual(['let in', 'let in']);
  await endIn(120_000); // as a refresh does
  server.clock.advance(61_000);
  expect([await me(token), await me(token)]).toEqual(['let in', 'let in']);
  server.clock.advance(60_000);
  expect([await me(token), await me(token)]).toEqual(['session_expired', 'session_expired']);
});

test('a clock that is set back does not lengthen the grace of a used refresh token', async () => {
  const { refresh_token: first } = await server.signUp();
  const headers = { 'idempotency-key': 'k' };
  const refresh = () =>
    server.send('POST', '/api/refresh/', { json: { refresh_token: first }, headers });
  const { body: successor } = await refresh();
  server.clock.advance(-2_000); // as far as the clocks of two nodes differ
  expect((await refresh()).body.refresh_token).toBe(successor.refresh_token);
  server.clock.advance(-20_000);
  expect((await refresh()).body.code).toBe('refresh_token_reused');
});

test('a new password: what ends with it is not known any more', async () => {
  await using own = await startServer({
    trustedProxies: ['loopback'],
    pinned: { LOGIN_FAILURES_PER_ACCOUNT: 1 },
  });
  const email = 'owner@example.com';
  const post = (path: string, json: object, from: string, token?: string) =>
    own.send('POST', path, {
      json,
      headers: { 'x-forwarded-for': from },
      ...(token !== undefined && { token }),
    });
  const [home, thief, stranger] = ['198.51.100.1', '198.51.100.2', '198.51.100.3'];
  await post('/api/register/', { email, password: goodPassword }, home);
  const login = (from: string, password: string, token?: string) =>
    post('/api/login/', { email, password }, from, token);
  const mine = (await login(home, goodPassword)).body;
  const stolen = (await login(thief, goodPassword)).body;
  // While strangers fail, what is known is let in.
  expect((await login(stranger, 'wrong')).status).toBe(401);
  expect((await login(stranger, goodPassword)).status).toBe(429);
  expect((await login(thief, 'wrong')).status).toBe(401);
  expect((await login(stranger, 'wrong', stolen.access_token)).status).toBe(401);
  expect((await login(stranger, 'wrong', stolen.refresh_token)).status).toBe(401);

  const change = { current_password: goodPassword, new_password: 'another horse battery' };
  expect((await post('/api/me/password/', change, home, mine.access_token)).status).toBe(200);
  expect((await login(thief, 'wrong')).status).toBe(429);
  expect((await login(stranger, 'wrong', stolen.access_token)).status).toBe(429);
  expect((await login(stranger, 'wrong', stolen.refresh_token)).status).toBe(429);
  // The session that stays, and its network, are known still.
  expect((await login(home, change.new_password)).status).toBe(200);
  expect((await login(stranger, change.new_password, mine.refresh_token)).status).toBe(200);
});
