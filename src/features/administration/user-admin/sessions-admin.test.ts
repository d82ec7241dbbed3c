import { afterAll, expect, test } from 'vitest';
import { asAdmin } from '../../../../test/admin/as-admin.ts';
import { startServer } from '../../../../test/harness.ts';

/** The sessions of all users, over HTTP. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;
const { adminWith, me } = asAdmin(server);

const sessionOf = (token: string): number =>
  Number(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid);

test('sessions are listed by user and by state, and ended one by one or all', async () => {
  const admin = await adminWith(['sessions.view', 'sessions.end']);
  const user = await server.signUp();
  const again = { email: user.email, password: 'correct horse battery' };
  const login = () => server.send('POST', '/api/login/', { json: again });
  const second = (await login()).body.access_token;
  const third = (await login()).body.access_token;
  const [first, two, three] = [user.access_token, second, third].map(sessionOf);
  const list = async (query: string) => {
    const { status, body } = await admin.send('GET', query);
    expect(status).toBe(200);
    return body.items.map(({ id }: { id: number }) => id);
  };
  const own = `users/${user.id}/sessions/`;

  const { body } = await admin.send('GET', `${own}?limit=1`);
  expect(body.items).toEqual([
    {
      ...{ id: three, user_id: user.id, email: user.email },
      ...{ created_at: expect.any(String), last_used_at: expect.any(String) },
      ...{ expires_at: expect.any(String), ended_at: null, end_cause: null },
      ...{ ip: '127.0.0.1', device: 'node', impersonator_id: null },
    },
  ]);
  expect(await list(`${own}?limit=1&cursor=${body.next_cursor}`)).toEqual([two]);
  expect((await admin.send('GET', `sessions/?cursor=${body.next_cursor}`)).status).toBe(400);

  expect(await admin.send('DELETE', `sessions/${two}/`)).toMatchObject({
    status: 200,
    body: { ended: 1 },
  });
  expect((await admin.send('DELETE', `sessions/${two}/`)).status).toBe(404);
  expect([await me(first ? user.access_token : ''), await me(second)]).toEqual([
    200,
    'session_revoked_by_admin',
  ]);
  expect(await list(own)).toEqual([three, first]);
  expect(await list(`${own}?state=ended`)).toEqual([two]);
  expect(await list(`sessions/?user_id=${user.id}&state=all`)).toEqual([three, two, first]);
  expect((await list('sessions/?limit=200'))[0]).toBe(three);

  expect(await admin.send('DELETE', own)).toMatchObject({ status: 200, body: { ended: 2 } });
  expect([await me(user.access_token), await me(third)]).toEqual(
    Array(2).fill('session_revoked_by_admin'),
  );
  expect(await admin.send('DELETE', own)).toMatchObject({ status: 200, body: { ended: 0 } });
  const events = await db
    .selectFrom('audit_events')
    .select('details')
    .where('kind', '=', 'session.ended')
    .where('actor_id', '=', admin.id)
    .orderBy('id')
    .execute();
  expect(events.map(({ details }) => JSON.parse(details))).toEqual([
    { cause: 'session_revoked_by_admin', count: 1, session_ids: [two] },
    { cause: 'session_revoked_by_admin', count: 2, session_ids: [first, three] },
  ]);
  for (const path of ['users/999999/sessions/', 'sessions/999999/']) {
    expect((await admin.send('DELETE', path)).status).toBe(404);
  }
  expect((await admin.send('GET', 'users/999999/sessions/')).status).toBe(404);
});

test('the sessions in which one administrator acts as others are listed, of all users or of one', async () => {
  const { admin, users } = await twoImpersonations();
  await twoImpersonations(); // of another administrator
  const list = async (query: string) => {
    const { body } = await admin.send('GET', `sessions/?impersonator_id=${admin.id}${query}`);
    return body;
  };
  const [first, second] = users;
  const newest = await list('&limit=1');
  expect(newest.items).toMatchObject([{ user_id: second, impersonator_id: admin.id }]);
  const rest = await list(`&limit=1&cursor=${newest.next_cursor}`);
  expect(rest).toMatchObject({ items: [{ user_id: first }], next_cursor: null });
  expect((await list(`&user_id=${first}`)).items).toEqual(rest.items);
  await admin.send('DELETE', `sessions/${rest.items[0].id}/`);
  expect((await list('')).items).toEqual(newest.items);
  expect((await list('&state=ended')).items).toMatchObject([{ user_id: first }]);
  const foreign = await admin.send('GET', `sessions/?cursor=${newest.next_cursor}`);
  expect(foreign.status).toBe(400);
});

async function twoImpersonations() {
  const admin = await adminWith(['sessions.view', 'sessions.end', 'users.impersonate']);
  const users = [(await server.signUp()).id, (await server.signUp()).id];
  for (const id of users) {
    const reason = 'ticket 4711';
    expect((await admin.send('POST', `users/${id}/impersonation/`, { reason })).status).toBe(201);
  }
  return { admin, users };
}

test('an expired session has ended', async () => {
  const admin = await adminWith(['sessions.view']);
  const user = await server.signUp();
  await db
    .updateTable('sessions')
    .set({ expires_at_ms: 1_000 })
    .where('user_id', '=', user.id)
    .execute();
  const list = async (state: string) =>
    (await admin.send('GET', `users/${user.id}/sessions/?state=${state}`)).body.items;
  expect(await list('live')).toEqual([]);
  expect(await list('ended')).toMatchObject([
    { ended_at: '1970-01-01T00:00:01.000Z', end_cause: 'session_expired' },
  ]);
});

test('the session of a user with more permissions is out of reach', async () => {
  const admin = await adminWith(['sessions.end']);
  const more = await adminWith(['audit.view']);
  const answer = await admin.send('DELETE', `sessions/${sessionOf(more.access_token)}/`);
  expect(answer).toMatchObject({ status: 403, body: { code: 'permission_denied' } });
  expect(await me(more.access_token)).toBe(200);
});

test.each(['state=gone', 'user_id=0', 'user_id=x', 'impersonator_id=0', 'cursor=x', 'limit=1000'])(
  'a list refuses ?%s',
  async (query) => {
    const admin = await adminWith(['sessions.view']);
    expect(await admin.send('GET', `sessions/?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_fields' },
    });
  },
);
