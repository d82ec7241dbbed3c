import { afterAll, expect, test } from 'vitest';
import { goodPassword, startServer } from '../../../../test/harness.ts';

/** The guard of routes for administrators, on routes of the test's own. */

const server = await startServer({
  async beforeRoutes(app) {
    const handler = async () => ({ done: true });
    const schema = { hide: true };
    app.route({
      ...{ method: 'GET', url: '/test/', schema, handler },
      config: { auth: { kind: 'admin', permission: 'users.view' } },
    });
    app.route({
      ...{ method: 'POST', url: '/test/', schema, handler },
      config: {
        auth: { kind: 'admin', permission: 'users.change' },
        recentAuth: true,
        limits: ['CHANGES_PER_ADMINISTRATOR'],
      },
    });
  },
});
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;
const denied = (detail: string) => ({ status: 403, body: { code: 'permission_denied', detail } });

test('nobody enters without a token, and nobody without the permission', async () => {
  expect(await server.send('GET', '/test/')).toMatchObject({
    status: 401,
    body: { code: 'not_authenticated' },
  });
  const { access_token: token } = await server.signUp();
  expect(await server.send('GET', '/test/', { token })).toMatchObject(
    denied('You need the permission users.view.'),
  );
  const viewer = await server.signUpAdmin(['users.view']);
  const mine = { token: viewer.access_token };
  expect(await server.send('GET', '/test/', mine)).toMatchObject({
    status: 200,
    body: { done: true },
  });
  expect(await server.send('POST', '/test/', mine)).toMatchObject(
    denied('You need the permission users.change.'),
  );
});

test('the permission is asked for before the body is read', async () => {
  const { access_token: token } = await server.signUp();
  const broken = { token, body: '{', headers: { 'content-type': 'application/json' } };
  expect((await server.send('POST', '/test/', broken)).status).toBe(403);
  const admin = await server.signUpAdmin('superuser');
  const answer = await server.send('POST', '/test/', { ...broken, token: admin.access_token });
  expect(answer.body.code).toBe('malformed_body');
});

test('a method that is not there is guarded by any permission of its path', async () => {
  const { access_token: token } = await server.signUp();
  expect(await server.send('DELETE', '/test/', { token })).toMatchObject(
    denied('You need one of the permissions users.view, users.change.'),
  );
  const { access_token: own } = await server.signUpAdmin(['users.change']);
  const answer = await server.send('DELETE', '/test/', { token: own });
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS');
});

test('what is granted, and what is revoked, counts from the next request on', async () => {
  const { id, access_token: token } = await server.signUp();
  const status = async () => (await server.send('GET', '/test/', { token })).status;
  const now = { created_at_ms: 1, updated_at_ms: 1 };
  const role = await db
    .insertInto('roles')
    .values({ name: 'support', ...now })
    .returning('id')
    .executeTakeFirstOrThrow();
  expect(await status()).toBe(403);
  await db.insertInto('user_roles').values({ user_id: id, role_id: role.id }).execute();
  expect(await status()).toBe(403);
  const permission = 'users.view';
  await db.insertInto('role_permissions').values({ role_id: role.id, permission }).execute();
  expect(await status()).toBe(200);
  await db.deleteFrom('roles').where('id', '=', role.id).execute();
  expect(await status()).toBe(403);
  await db.insertInto('user_permissions').values({ user_id: id, permission }).execute();
  expect(await status()).toBe(200);
  await db.deleteFrom('user_permissions').where('user_id', '=', id).execute();
  expect(await status()).toBe(403);
  await db.updateTable('users').set({ is_superuser: 1 }).where('id', '=', id).execute();
  expect(await status()).toBe(200);
});

test('recent authentication is a password that was checked lately', async () => {
  const admin = await server.signUpAdmin(['users.change']);
  const lifetime = { access_token: admin.access_token };
  const refused = { status: 401, body: { code: 'insufficient_user_authentication' } };
  expect((await server.send('POST', '/test/', { token: lifetime.access_token })).status).toBe(200);

  server.clock.advance(880_000);
  const refreshed = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: admin.refresh_token },
  });
  const token = refreshed.body.access_token;
  expect((await server.send('POST', '/test/', { token })).status).toBe(200);
  server.clock.advance(21_000);
  expect(await server.send('POST', '/test/', { token })).toMatchObject(refused);

  const json = { email: admin.email, password: goodPassword };
  const again = await server.send('POST', '/api/login/', { json });
  const next = { token: again.body.access_token };
  expect((await server.send('POST', '/test/', next)).status).toBe(200);
});

test('a clock that is set back does not lengthen it', async () => {
  const admin = await server.signUpAdmin(['users.change']);
  const token = admin.access_token;
  const status = async () => (await server.send('POST', '/test/', { token })).status;
  server.clock.advance(-2_000); // as far as the clocks of two nodes differ
  expect(await status()).toBe(200);
  server.clock.advance(-20_000);
  expect(await status()).toBe(401);
  server.clock.advance(22_000);
  expect(await status()).toBe(200);
});

test('an impersonation may do nothing of it, whatever its user may', async () => {
  const support = await server.signUpAdmin('superuser');
  const admin = await server.signUpAdmin('superuser');
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
  expect(await server.send('GET', '/test/', { token: admin.access_token })).toMatchObject(
    denied('Nothing here can be done in the name of another user.'),
  );
});

test('the catalogue has what is built in, and what is in use', async () => {
  const admin = await server.signUpAdmin(['roles.view', 'zebras.feed', 'ants.feed']);
  const { status, body } = await server.send('GET', '/api/admin/permissions/', {
    token: admin.access_token,
  });
  expect(status).toBe(200);
  const items: { name: string; is_builtin: boolean; description: string }[] = body.items;
  expect(items.filter((item) => item.is_builtin)).toHaveLength(22);
  expect(items.filter((item) => !item.is_builtin)).toEqual([
    { name: 'ants.feed', description: '', is_builtin: false },
    { name: 'zebras.feed', description: '', is_builtin: false },
  ]);
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = new URLSearchParams({ limit: '5', ...(cursor && { cursor }) });
    const page = await server.send('GET', `/api/admin/permissions/?${query}`, {
      token: admin.access_token,
    });
    expect(page.body.items.length).toBeLessThanOrEqual(5);
    found.push(...page.body.items.map((item: { name: string }) => item.name));
    cursor = page.body.next_cursor;
  }
  expect(found).toEqual(items.map((item) => item.name));
});
