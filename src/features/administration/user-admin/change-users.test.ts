import { afterAll, describe, expect, test } from 'vitest';
import { asAdmin, denied, type Json } from '../../../../test/admin/as-admin.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';

/** What administrators do with users, over HTTP: the answers, the effects, and the rules. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;
const { adminWith, me, login } = asAdmin(server);

/** The audit events of a user, by an actor. */
async function recorded(userId: number, actorId: number) {
  const rows = await db
    .selectFrom('audit_events')
    .select(['kind', 'details'])
    .where('user_id', '=', userId)
    .where('actor_id', '=', actorId)
    .orderBy('id')
    .execute();
  return rows.map((row) => [row.kind, JSON.parse(row.details)]);
}

test('a user is made, with a password or without, and signs in', async () => {
  const admin = await adminWith(['users.create', 'users.view']);
  const made = await admin.send('POST', 'users/', {
    email: ' Made@Example.com ',
    username: 'made',
    password: goodPassword,
  });
  expect(made).toMatchObject({
    status: 201,
    body: {
      ...{ email: 'Made@example.com', username: 'made', roles: [] },
      ...{ is_active: true, is_superuser: false, has_password: true, last_sign_in_at: null },
    },
  });
  expect(await login('made@example.com')).toBe(200);
  expect(await recorded(made.body.id, admin.id)).toEqual([
    ['user.created', { is_superuser: false, has_password: true }],
  ]);
  const invited = await admin.send('POST', 'users/', { email: 'invited@example.com' });
  expect(invited).toMatchObject({ status: 201, body: { has_password: false } });
  expect(await login('invited@example.com')).toBe(401);
  const after = (await admin.send('GET', `users/${made.body.id}/`)).body;
  expect(Date.parse(after.last_sign_in_at)).toBeGreaterThanOrEqual(Date.parse(after.created_at));
});

test('all that is wrong with a new user is said at once', async () => {
  const admin = await adminWith('superuser');
  const answer = await admin.send('POST', 'users/', {
    ...{ email: 'x', username: 'a b', password: '123' },
    ...{ is_superuser: 'yes', roles: 'all', permissions: ['nope'] },
  });
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_fields']);
  for (const name of ['email', 'username', 'password', 'is_superuser', 'roles', 'permissions']) {
    expect(answer.body[name], name).toEqual(expect.arrayContaining([expect.any(String)]));
  }
  const taken = { email: admin.email.toUpperCase(), username: 'taken' };
  await admin.send('PATCH', `users/${admin.id}/`, { username: 'taken' });
  expect(await admin.send('POST', 'users/', taken)).toMatchObject({
    status: 400,
    body: {
      email: ['user with this email address already exists.'],
      username: ['A user with that username already exists.'],
    },
  });
  expect(
    await admin.send('POST', 'users/', { email: 'r@example.com', roles: [99_999] }),
  ).toMatchObject({
    status: 400,
    body: { roles: ['There is no role 99999.'] },
  });
  expect(await login('r@example.com')).toBe(401);
  const none = await db
    .selectFrom('users')
    .select('id')
    .where('email', '=', 'r@example.com')
    .execute();
  expect(none).toEqual([]); // all of it or nothing
});

test('of fifty at once that make one email or take one name, one does', async () => {
  const admin = await adminWith('superuser');
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      admin.send('POST', 'users/', { email: 'one@example.com', username: `one-${n}` }),
    ),
  );
  expect(made.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(400)]);
  const others = await Promise.all(Array.from({ length: 5 }, () => server.signUp()));
  const named = await Promise.all(
    others.map(({ id }) => admin.send('PATCH', `users/${id}/`, { username: 'the-one' })),
  );
  expect(named.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
});

test('nobody makes a user with more than they have', async () => {
  const clerk = await adminWith(['users.create', 'roles.assign', 'users.view']);
  const account = (more: Json) => ({ email: `more-${Math.random()}@example.com`, ...more });
  expect(await clerk.send('POST', 'users/', account({ is_superuser: true }))).toMatchObject(
    denied(),
  );
  expect(
    await clerk.send('POST', 'users/', account({ permissions: ['users.delete'] })),
  ).toMatchObject(denied('You cannot grant what you do not have: users.delete.'));
  const made = await clerk.send('POST', 'users/', account({ permissions: ['users.view'] }));
  expect(made.status).toBe(201);
  const own = await db
    .selectFrom('user_permissions')
    .select('permission')
    .where('user_id', '=', made.body.id)
    .execute();
  expect(own).toEqual([{ permission: 'users.view' }]);
  const plain = await adminWith(['users.create', 'users.view']);
  expect(
    await plain.send('POST', 'users/', account({ permissions: ['users.view'] })),
  ).toMatchObject(denied('You need the permission roles.assign.'));
});

test('a profile is changed, and what was changed is recorded without what it was', async () => {
  const admin = await adminWith(['users.change', 'users.view']);
  const user = await server.signUp();
  const change = { email: 'New.Address@example.com', username: 'renamed', locale: 'de-AT' };
  expect(await admin.send('PATCH', `users/${user.id}/`, change)).toMatchObject({
    status: 200,
    body: { id: user.id, ...change },
  });
  expect(await login('new.address@example.com')).toBe(200);
  expect(await login(user.email)).toBe(401);
  expect(await admin.send('PATCH', `users/${user.id}/`, {})).toMatchObject({ status: 200 });
  expect(await recorded(user.id, admin.id)).toEqual([
    ['user.changed', { fields: ['email', 'username', 'locale'] }],
  ]);
  expect(await admin.send('PATCH', `users/${user.id}/`, { email: admin.email })).toMatchObject({
    status: 400,
    body: { email: ['user with this email address already exists.'] },
  });
  expect((await admin.send('PATCH', 'users/999999/', change)).status).toBe(404);
  expect(await admin.send('PATCH', `users/${user.id}/`, { is_superuser: true })).toMatchObject(
    denied('Only a superuser can make a superuser, or change one.'),
  );
});

test('a deactivated user is out at once; after activation they sign in again', async () => {
  const admin = await adminWith(['users.change']);
  const user = await server.signUp();
  const act = (action: string, json?: Json) =>
    admin.send('POST', `users/${user.id}/${action}/`, json);
  expect(await act('deactivate', { reason: 'left' })).toMatchObject({
    status: 200,
    body: { id: user.id, is_active: false },
  });
  expect(await me(user.access_token)).toBe('user_inactive');
  expect(await login(user.email)).toBe(401);
  expect(await act('activate')).toMatchObject({ status: 200, body: { is_active: true } });
  expect(await me(user.access_token)).toBe('user_deactivated');
  expect(await login(user.email)).toBe(200);
  expect(await recorded(user.id, admin.id)).toEqual([
    ['user.deactivated', { reason: 'left' }],
    ['session.ended', expect.objectContaining({ cause: 'user_deactivated', count: 1 })],
    ['user.activated', {}],
  ]);
  expect((await act('deactivate')).status).toBe(200); // nobody has to say why
  expect(await act('deactivate', { reason: 'x'.repeat(501) })).toMatchObject({
    status: 400,
    body: { reason: [expect.any(String)] },
  });
});

test('a new password ends all sessions, and passes the policy', async () => {
  const admin = await adminWith(['users.change']);
  const user = await server.signUp();
  const path = `users/${user.id}/password/`;
  expect(await admin.send('POST', path, { password: '12345678' })).toMatchObject({
    status: 400,
    body: { password: [expect.any(String)] },
  });
  expect(await me(user.access_token)).toBe(200);
  expect(await admin.send('POST', path, { password: 'quite another horse' })).toMatchObject({
    status: 200,
    body: { id: user.id },
  });
  expect(await me(user.access_token)).toBe('password_changed');
  expect([await login(user.email), await login(user.email, 'quite another horse')]).toEqual([
    401, 200,
  ]);
  expect((await admin.send('POST', 'users/999999/password/', { password: 'x' })).status).toBe(404);
});

test('deleted, a user is gone for good', async () => {
  const admin = await adminWith(['users.delete']);
  const user = await server.signUp();
  expect(await admin.send('DELETE', `users/${user.id}/`)).toMatchObject({
    status: 200,
    body: { deleted: 1 },
  });
  expect(await me(user.access_token)).toBe('user_inactive');
  expect((await admin.send('DELETE', `users/${user.id}/`)).status).toBe(404);
  expect(await recorded(user.id, admin.id)).toEqual([['user.deleted', {}]]);
});

describe('a user with more permissions is out of reach', () => {
  const all = ['users.change', 'users.delete', 'sessions.end', 'users.view'];

  test.each<[string, string, Json?]>([
    ['PATCH', 'users/:id/', { username: 'mine' }],
    ['DELETE', 'users/:id/'],
    ['POST', 'users/:id/password/', { password: 'quite another horse' }],
    ['POST', 'users/:id/deactivate/', {}],
    ['POST', 'users/:id/activate/'],
    ['DELETE', 'users/:id/sessions/'],
  ])('%s %s', async (method, path, json) => {
    const admin = await adminWith(all);
    const [superuser, more, equal] = [
      await adminWith('superuser'),
      await adminWith(['audit.view']),
      await adminWith(['users.view']),
    ];
    const send = (id: number) => admin.send(method, path.replace(':id', String(id)), json);
    expect(await send(superuser.id)).toMatchObject(denied());
    expect(await send(more.id)).toMatchObject(
      denied('This user has permissions that you do not have: audit.view.'),
    );
    expect([await me(superuser.access_token), await me(more.access_token)]).toEqual([200, 200]);
    expect((await send(equal.id)).status).toBe(200);
  });
});

test.each(['abc', '0', '-1', '1.5', '99999999999999999999'])('there is no user %s', async (id) => {
  const admin = await adminWith('superuser');
  for (const action of ['password', 'activate', 'deactivate', 'impersonation']) {
    const json = { password: goodPassword, reason: 'x' };
    expect((await admin.send('POST', `users/${id}/${action}/`, json)).status, action).toBe(404);
  }
  expect((await admin.send('PATCH', `users/${id}/`, { username: 'x' })).status).toBe(404);
});

test('every change of who somebody is takes recent authentication', async () => {
  const admin = await server.signUpAdmin('superuser');
  const user = await server.signUp();
  await db
    .updateTable('sessions')
    .set({ authenticated_at_ms: 1 })
    .where('user_id', '=', admin.id)
    .execute();
  const { access_token: token } = admin;
  const send = (method: string, path: string, json: Json = {}) =>
    server.send(method, `/api/admin/users/${path}`, { token, json });
  const email = 'too-late@example.com';
  for (const [method, path, json] of [
    ['DELETE', `${user.id}/`, {}],
    ['POST', `${user.id}/password/`, { password: 'quite another horse' }],
    ['PATCH', `${user.id}/`, { email }],
    ['POST', '', { email }],
    ['POST', `${user.id}/invitation/`, {}],
    ['POST', 'bulk/', { action: 'activate', ids: [user.id] }],
  ] as const) {
    expect(await send(method, path, json), `${method} ${path}`).toMatchObject({
      status: 401,
      body: { code: 'insufficient_user_authentication' },
    });
  }
  // What helps in an emergency does not wait for a password.
  expect((await send('DELETE', `${user.id}/sessions/`)).status).toBe(200);
  expect((await send('POST', `${user.id}/deactivate/`)).status).toBe(200);
});

test('two superusers who demote each other at once: one stays', async () => {
  await db.updateTable('users').set({ is_superuser: 0 }).execute();
  const [one, two] = [await adminWith('superuser'), await adminWith('superuser')];
  const superusers = async () =>
    (await db.selectFrom('users').select('id').where('is_superuser', '=', 1).execute()).length;
  for (let round = 0; round < 5; round += 1) {
    const both = await Promise.all([
      one.send('PATCH', `users/${two.id}/`, { is_superuser: false }),
      two.send('PATCH', `users/${one.id}/`, { is_superuser: false }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect(await superusers()).toBe(1);
    await db
      .updateTable('users')
      .set({ is_superuser: 1 })
      .where('id', 'in', [one.id, two.id])
      .execute();
  }
  await two.send('POST', `users/${two.id}/deactivate/`);
  const alone = { is_superuser: false };
  expect(await one.send('PATCH', `users/${one.id}/`, alone)).toMatchObject({
    status: 409,
    body: { code: 'last_superuser' },
  });
  expect((await one.send('POST', `users/${one.id}/deactivate/`)).status).toBe(409);
  expect((await one.send('DELETE', `users/${one.id}/`)).status).toBe(409);
  expect(await me(one.access_token)).toBe(200);
});
