import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const nextPassword = 'another good one';

function change(token: string, json: unknown) {
  return server.send('POST', '/api/me/password/', { token, json });
}

function login(email: string, password: string) {
  return server.send('POST', '/api/login/', { json: { email, password } });
}

test('a changed password signs in, the old one does not, and the other sessions have ended', async () => {
  const own = await server.signUp();
  const stranger = await server.signUp();
  const other = (await login(own.email, goodPassword)).body;
  const answer = await change(own.access_token, {
    current_password: goodPassword,
    new_password: ` ${nextPassword} `,
  });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ success: 'Password changed.' });

  expect((await login(own.email, goodPassword)).status).toBe(401);
  expect((await login(own.email, nextPassword)).status).toBe(200);
  const me = (token: string) => server.send('GET', '/api/me/', { token });
  expect((await me(own.access_token)).status).toBe(200);
  expect((await me(stranger.access_token)).status).toBe(200);
  expect((await me(other.access_token)).body).toMatchObject({
    status: 401,
    detail: 'Invalid token.',
    code: 'password_changed',
  });
  const refresh = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: other.refresh_token },
  });
  expect(refresh.body).toMatchObject({ status: 400, code: 'password_changed' });
});

test.each([
  [
    {},
    { current_password: ['This field is required.'], new_password: ['This field is required.'] },
  ],
  [
    { current_password: goodPassword, new_password: ' ' },
    { new_password: ['This field may not be blank.'] },
  ],
  [
    { current_password: goodPassword, new_password: 'x'.repeat(129) },
    { new_password: ['Ensure this field has no more than 128 characters.'] },
  ],
  [
    { current_password: 'wrong', new_password: nextPassword },
    { current_password: ['The password is not correct.'] },
  ],
])('what is wrong with %j is said, and nothing changes', async (json, messages) => {
  const own = await server.signUp();
  const other = (await login(own.email, goodPassword)).body;
  const answer = await change(own.access_token, json);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ code: 'invalid_fields', ...messages });
  expect((await login(own.email, goodPassword)).status).toBe(200);
  expect((await server.send('GET', '/api/me/', { token: other.access_token })).status).toBe(200);
});

test('of two changes at once one wins', async () => {
  const own = await server.signUp();
  const answers = await Promise.all(
    ['first new one', 'second new one'].map((new_password) =>
      change(own.access_token, { current_password: goodPassword, new_password }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
});

test('changing a password needs an access token', async () => {
  const answer = await server.send('POST', '/api/me/password/', { json: {} });
  expect(answer.status).toBe(401);
});

test('no session that was signed in with the old password outlives its change', async () => {
  await using server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
  for (let round = 0; round < 10; round += 1) {
    const { email, access_token: token } = await server.signUp();
    const login = () =>
      server.send('POST', '/api/login/', { json: { email, password: goodPassword } });
    const json = { current_password: goodPassword, new_password: 'quite another horse' };
    const [changed, ...logins] = await Promise.all([
      server.send('POST', '/api/me/password/', { json, token }),
      ...Array.from({ length: 8 }, login),
    ]);
    expect(changed?.status).toBe(200);
    for (const { status, body } of logins) {
      if (status !== 200) continue;
      const me = await server.send('GET', '/api/me/', { token: body.access_token });
      expect(me.status).toBe(401);
    }
  }
});

test('a session that has expired ends too: the clock of another node may be late', async () => {
  await using server = await startServer({
    pinned: { REFRESH_TOKEN_LIFETIME: 60 },
  });
  const { email, refresh_token } = await server.signUp();
  server.clock.advance(60_001);
  const other = await server.send('POST', '/api/login/', {
    json: { email, password: goodPassword },
  });
  const changed = await server.send('POST', '/api/me/password/', {
    token: other.body.access_token,
    json: { current_password: goodPassword, new_password: 'another horse battery' },
  });
  expect(changed.status).toBeLessThan(300);
  server.clock.advance(-1_000); // as a node that lags
  const refreshed = await server.send('POST', '/api/refresh/', { json: { refresh_token } });
  expect([refreshed.status, refreshed.body.code]).toEqual([400, 'password_changed']);
});
