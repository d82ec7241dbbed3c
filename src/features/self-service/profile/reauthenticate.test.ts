import { afterAll, expect, test } from 'vitest';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { hashPassword } from '../../identity/passwords/password-hashes.ts';
import { findPasswordHash, updateUser } from '../../identity/users/index.ts';

const hashed: unknown[] = [];
const server = await startServer({ onHash: (_task, answer) => hashed.push(answer) });
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const confirm = (token: string, json: unknown) =>
  server.send('POST', '/api/me/reauthenticate/', { token, json });

/** Takes recent authentication, and changes nothing. */
const attempt = async ({ id }: { id: number }, token: string) => {
  const path = `/api/admin/users/${id}/permissions/`;
  return (await server.send('PUT', path, { token, json: {} })).body.code ?? 'done';
};

const age = (userId: number, authenticatedAtMs: number) =>
  db
    .updateTable('sessions')
    .set({ authenticated_at_ms: authenticatedAtMs })
    .where('user_id', '=', userId)
    .execute();

test('a confirmed password is recent authentication for a while, in this session alone', async () => {
  const admin = await server.signUpAdmin('superuser');
  const { email } = admin;
  const json = { email, password: goodPassword };
  const elsewhere = (await server.send('POST', '/api/login/', { json })).body;
  await age(admin.id, server.clock.nowMs() - 900_000);
  expect(await attempt(admin, admin.access_token)).toBe('insufficient_user_authentication');

  const answer = await confirm(admin.access_token, { password: goodPassword });
  expect(answer.status).toBe(200);
  const confirmations = await db
    .selectFrom('audit_events')
    .select(['actor_id', 'session_id'])
    .where('kind', '=', 'user.reauthenticated')
    .execute();
  expect(confirmations).toEqual([{ actor_id: admin.id, session_id: expect.any(Number) }]);
  const untilMs = Date.parse(answer.body.recent_until) - server.clock.nowMs();
  expect(untilMs).toBeGreaterThan(890_000);
  expect(untilMs).toBeLessThanOrEqual(900_000);
  expect(await attempt(admin, admin.access_token)).toBe('done');
  expect(await attempt(admin, elsewhere.access_token)).toBe('insufficient_user_authentication');

  const refreshed = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: admin.refresh_token },
  });
  expect(await attempt(admin, refreshed.body.access_token)).toBe('done'); // the session remembers
});

test('reauthentication is not a sign-in: an old hash stays, and no new one is made', async () => {
  const user = await server.signUp();
  const old = hashPassword(goodPassword, { memoryCost: 64, timeCost: 1, parallelism: 1 });
  await updateUser(db, user.id, { passwordHash: old, updatedAtMs: 0 });
  hashed.splice(0);
  expect((await confirm(user.access_token, { password: goodPassword })).status).toBe(200);
  expect(hashed).toEqual([{ isRight: true, isUsable: true }]);
  expect(await findPasswordHash(db, user.id)).toBe(old);
});

test('a wrong password confirms nothing, and counts', async () => {
  await using limited = await startServer({
    pinned: { REAUTHENTICATION_FAILURES_PER_SESSION: 2 },
  });
  const { access_token: token } = await limited.signUp();
  const answers = [];
  for (const password of ['wrong', 'wrong', goodPassword]) {
    const path = '/api/me/reauthenticate/';
    const { status, body } = await limited.send('POST', path, { token, json: { password } });
    answers.push([status, body.password ?? body.code]);
  }
  expect(answers).toEqual([
    [400, ['The password is not correct.']],
    [400, ['The password is not correct.']],
    [429, 'rate_limited'],
  ]);
});

test('what cannot be confirmed', async () => {
  const admin = await server.signUpAdmin('superuser');
  const token = admin.access_token;
  await age(admin.id, server.clock.nowMs() - 900_000);
  for (const [json, message] of [
    [{}, 'This field is required.'],
    [{ password: '' }, 'This field may not be blank.'],
    [{ password: 'wrong' }, 'The password is not correct.'],
  ] as const) {
    expect(await confirm(token, json)).toMatchObject({
      status: 400,
      body: { password: [message] },
    });
  }
  const support = await server.signUpAdmin('superuser');
  await db
    .updateTable('sessions')
    .set(({ selectFrom }) => ({
      impersonator_id: support.id,
      impersonator_session_id: selectFrom('sessions as own')
        .select('own.id')
        .where('own.user_id', '=', support.id),
    }))
    .where('user_id', '=', admin.id)
    .execute();
  const answer = await confirm(token, { password: goodPassword });
  expect([answer.status, answer.body.code]).toEqual([403, 'permission_denied']);
  await db
    .updateTable('sessions')
    .set({ impersonator_id: null })
    .where('user_id', '=', admin.id)
    .execute();
  expect(await attempt(admin, token)).toBe('insufficient_user_authentication');
  expect((await server.send('POST', '/api/me/reauthenticate/')).status).toBe(401);
});
