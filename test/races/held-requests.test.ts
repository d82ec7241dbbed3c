import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { expectProblem, request, sendRaw } from '../failures/raw-client.ts';
import { goodPassword, startServer } from '../harness.ts';

/** Requests whose last byte comes when their sender is out: whatever was allowed at their first. */

const server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

/** Sends a request except for its last byte, does something, and sends the rest. */
async function hold(
  line: string,
  token: string,
  json: object,
  meanwhile: () => Promise<{ status: number }>,
) {
  const body = JSON.stringify(json);
  const headers =
    `authorization: Bearer ${token}\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\n`;
  const { answers } = await sendRaw(server.origin, [
    request(line, headers, body.slice(0, -1)),
    () => sleep(120), // the server has looked at the sender by then
    async () => expect((await meanwhile()).status).toBeLessThan(300),
    body.slice(-1),
  ]);
  return answers[0];
}

const superuser = await server.signUpAdmin('superuser');
const { access_token: token } = superuser;

test('a deactivated superuser makes no superuser', async () => {
  const other = await server.signUpAdmin('superuser');
  const email = 'backdoor@example.com';
  const json = { email, password: goodPassword, is_superuser: true };
  const answer = await hold('POST /api/admin/users/', other.access_token, json, () =>
    server.send('POST', `/api/admin/users/${other.id}/deactivate/`, { token }),
  );
  expectProblem(answer, 401, 'user_inactive');
  expect(await db.selectFrom('users').where('email', '=', email).selectAll().execute()).toEqual([]);
});

test('an administrator who has lost the permission changes nobody', async () => {
  const other = await server.signUpAdmin(['users.change']);
  const victim = await server.signUp();
  const path = `/api/admin/users/${victim.id}/`;
  const json = { username: 'theirs' };
  const answer = await hold(`PATCH ${path}`, other.access_token, json, () =>
    server.send('PUT', `/api/admin/users/${other.id}/permissions/`, {
      token,
      json: { roles: [], permissions: [] },
    }),
  );
  expectProblem(answer, 403, 'permission_denied');
  const { body } = await server.send('GET', '/api/me/', { token: victim.access_token });
  expect(body.username).toBe('');
});

test('a session that is over changes no profile', async () => {
  const user = await server.signUp();
  const answer = await hold('PUT /api/me/', user.access_token, { username: 'late' }, () =>
    server.send('POST', '/api/logout/', { json: { refresh_token: user.refresh_token } }),
  );
  expect([answer?.status, answer?.body.code]).toEqual([401, 'logged_out']);
  const row = await db.selectFrom('users').where('id', '=', user.id).selectAll().executeTakeFirst();
  expect(row?.username).toBe('');
});

test('a client that lost nothing meanwhile is served', async () => {
  const user = await server.signUp();
  const answer = await hold('PUT /api/me/', user.access_token, { username: 'patient' }, () =>
    server.send('GET', '/api/me/', { token: user.access_token }),
  );
  expect([answer?.status, answer?.body.username]).toEqual([200, 'patient']);
});
