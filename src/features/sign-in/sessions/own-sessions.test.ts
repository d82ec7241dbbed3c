import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function signIn(email: string, userAgent: string) {
  const answer = await server.send('POST', '/api/login/', {
    json: { email, password: goodPassword },
    headers: { 'user-agent': userAgent },
  });
  return answer.body as { access_token: string; refresh_token: string };
}

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

test('users see their own sessions, with where and when, and which one is this', async () => {
  const first = await server.signUp();
  await server.signUp(); // somebody else's is not in the list
  const second = await signIn(first.email, firefox);
  server.clock.advance(5_000);
  await server.send('POST', '/api/refresh/', { json: { refresh_token: first.refresh_token } });

  const answer = await server.send('GET', '/api/sessions/', { token: second.access_token });
  expect(answer.status).toBe(200);
  const { sessions } = answer.body;
  expect(sessions).toHaveLength(2);
  expect(sessions[0]).toMatchObject({ is_current: false, ip: '127.0.0.1' });
  expect(sessions[1]).toMatchObject({
    is_current: true,
    ip: '127.0.0.1',
    device: 'Firefox on Linux',
  });
  const [refreshed, other] = sessions;
  expect(Date.parse(refreshed.last_used_at)).toBeGreaterThanOrEqual(
    Date.parse(refreshed.created_at) + 5_000,
  );
  expect(other.last_used_at).toBe(other.created_at);
  expect(Date.parse(other.expires_at) - Date.parse(other.last_used_at)).toBe(30 * 86_400_000);
});

test('a session that its user ends is refused on the next request, and no other is', async () => {
  const lost = await server.signUp();
  const kept = await signIn(lost.email, 'curl/8');
  const stranger = await server.signUp();
  const me = (token: string) => server.send('GET', '/api/me/', { token });
  const list = await server.send('GET', '/api/sessions/', { token: kept.access_token });
  const { id } = list.body.sessions.find((s: { is_current: boolean }) => !s.is_current);
  expect((await me(lost.access_token)).status).toBe(200);

  const notTheirs = await server.send('DELETE', `/api/sessions/${id}/`, {
    token: stranger.access_token,
  });
  expect(notTheirs.status).toBe(404);
  expect((await me(lost.access_token)).status).toBe(200);

  const ended = await server.send('DELETE', `/api/sessions/${id}/`, { token: kept.access_token });
  expect(ended.status).toBe(200);
  expect(ended.body).toEqual({ ended: 1 });
  const refused = await me(lost.access_token);
  expect(refused.status).toBe(401);
  expect(refused.body).toMatchObject({ detail: 'Invalid token.', code: 'session_revoked' });
  const refresh = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: lost.refresh_token },
  });
  expect(refresh.status).toBe(400);
  expect(refresh.body.error).toBe('Invalid refresh token');
  expect((await me(kept.access_token)).status).toBe(200);
  expect((await me(stranger.access_token)).status).toBe(200);

  const again = await server.send('DELETE', `/api/sessions/${id}/`, { token: kept.access_token });
  expect(again.status).toBe(404);
});

test('a user who ends their current session has logged out', async () => {
  const own = await server.signUp();
  const list = await server.send('GET', '/api/sessions/', { token: own.access_token });
  const [{ id }] = list.body.sessions;
  const ended = await server.send('DELETE', `/api/sessions/${id}/`, { token: own.access_token });
  expect(ended.status).toBe(200);
  const refused = await server.send('GET', '/api/me/', { token: own.access_token });
  expect([refused.status, refused.body.code]).toEqual([401, 'logged_out']);
});

test.each([
  ['', { others: 401, own: 200, ended: 2 }],
  ['?keep_current=true', { others: 401, own: 200, ended: 2 }],
  ['?keep_current=false', { others: 401, own: 401, ended: 3 }],
])('DELETE /api/sessions/%s', async (query, expected) => {
  const own = await server.signUp();
  const others = [await signIn(own.email, 'a'), await signIn(own.email, 'b')];
  const answer = await server.send('DELETE', `/api/sessions/${query}`, { token: own.access_token });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ ended: expected.ended });
  for (const { access_token } of others) {
    const { status } = await server.send('GET', '/api/me/', { token: access_token });
    expect(status).toBe(expected.others);
  }
  const { status } = await server.send('GET', '/api/me/', { token: own.access_token });
  expect(status).toBe(expected.own);
});

test.each([
  '/api/sessions/0/',
  '/api/sessions/x/',
  '/api/sessions/1e3/',
  '/api/sessions/99999999999999999999/',
])('DELETE %s is not found', async (path) => {
  const { access_token: token } = await server.signUp();
  const answer = await server.send('DELETE', path, { token });
  expect(answer.status).toBe(404);
  expect(answer.body.code).toBe('not_found');
});

test('a query that makes no sense is a clear 400, and ends nothing', async () => {
  const { access_token: token } = await server.signUp();
  const answer = await server.send('DELETE', '/api/sessions/?keep_current=perhaps', { token });
  expect(answer.status).toBe(400);
  expect(answer.body.keep_current).toEqual(['This value must be boolean.']);
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(200);
});

test.each([
  ['GET', '/api/sessions/'],
  ['DELETE', '/api/sessions/'],
  ['DELETE', '/api/sessions/1/'],
])('%s %s needs an access token', async (method, path) => {
  const answer = await server.send(method, path);
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');
});
