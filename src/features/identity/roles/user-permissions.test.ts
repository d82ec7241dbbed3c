import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../../../test/harness.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const path = (id: number) => `/api/admin/users/${id}/permissions/`;

async function addRole(name: string, permissions: readonly string[]): Promise<number> {
  const { id } = await db
    .insertInto('roles')
    .values({ name, created_at_ms: 1, updated_at_ms: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('role_permissions')
    .values(permissions.map((permission) => ({ role_id: id, permission })))
    .execute();
  return id;
}

const support = await addRole('support', ['users.view', 'sessions.view']);
const owners = await addRole('owners', ['settings.change']);

test('roles and permissions are granted, read and removed', async () => {
  const admin = await server.signUpAdmin([
    ...['roles.view', 'roles.assign', 'users.view', 'sessions.view', 'invoices.approve'],
  ]);
  const token = admin.access_token;
  const user = await server.signUp();
  const put = (json: object) => server.send('PUT', path(user.id), { token, json });

  const first = await put({ roles: [support, support], permissions: ['invoices.approve'] });
  expect(first).toMatchObject({
    status: 200,
    body: {
      roles: [{ id: support, name: 'support' }],
      permissions: ['invoices.approve'],
      effective: ['invoices.approve', 'sessions.view', 'users.view'],
      is_superuser: false,
    },
  });
  expect((await server.send('GET', path(user.id), { token })).body).toEqual(first.body);
  expect((await put({})).body).toEqual(first.body); // what is absent stays
  expect((await put({ roles: [] })).body).toMatchObject({
    roles: [],
    effective: ['invoices.approve'],
  });
  expect((await put({ permissions: [] })).body.effective).toEqual([]);
});

test('nobody grants what they do not have, and nothing of it is stored', async () => {
  const admin = await server.signUpAdmin(['roles.assign', 'users.view', 'sessions.view']);
  const user = await server.signUp();
  const send = (id: number, json: object) =>
    server.send('PUT', path(id), { token: admin.access_token, json });
  const refused = (detail: string) => ({
    status: 403,
    body: { code: 'permission_denied', detail },
  });
  for (const id of [user.id, admin.id]) {
    expect(await send(id, { roles: [support, owners] })).toMatchObject(
      refused('You cannot grant what you do not have: settings.change.'),
    );
    expect(await send(id, { roles: [support], permissions: ['a.b'] })).toMatchObject(
      refused('You cannot grant what you do not have: a.b.'),
    );
  }
  const superuser = await server.signUpAdmin('superuser');
  expect(await send(superuser.id, { roles: [] })).toMatchObject(
    refused('Only a superuser can make a superuser, or change one.'),
  );
  const everybody = { token: superuser.access_token };
  const { body } = await server.send('GET', path(user.id), everybody);
  expect(body).toEqual({
    roles: [],
    permissions: [],
    effective: [],
    is_effective_complete: true,
    is_superuser: false,
    version: 1,
  });
  const own = await server.send('GET', path(superuser.id), everybody);
  expect(own.body.effective).toContain('keys.rotate');
  expect(own.body.is_superuser).toBe(true);
});

test('what cannot be granted is named', async () => {
  const { access_token: token } = await server.signUpAdmin('superuser');
  const user = await server.signUp();
  const problems = async (json: unknown) => {
    const { status, body } = await server.send('PUT', path(user.id), { token, json });
    const { roles, permissions, non_field_errors } = body;
    return [status, roles ?? permissions ?? non_field_errors];
  };
  expect(await problems({ roles: [999] })).toEqual([400, ['There is no role 999.']]);
  expect(await problems({ roles: 1 })).toEqual([400, ['This field has to be a list.']]);
  expect(await problems({ roles: ['1'] })).toEqual([400, ['Every element has to be an id.']]);
  expect(await problems({ roles: Array.from({ length: 101 }, (_v, n) => n + 1) })).toEqual([
    400,
    ['Ensure this field has no more than 100 elements.'],
  ]);
  expect(await problems({ permissions: null })).toEqual([400, ['This field has to be a list.']]);
  expect(await problems({ permissions: [1] })).toEqual([400, ['Every element has to be a text.']]);
  expect(await problems([])).toEqual([400, ['Invalid data. Expected a dictionary, but got list.']]);
  const form = (name: string) =>
    `"${name}" is not the name of a permission: two to five words of lower-case letters, digits ` +
    'and _, with dots between them.';
  for (const name of ['', 'invoices', 'A.b', 'a..b', 'a.b.c.d.e.f', 'a.b ', 'a.ü', 'a-b.c']) {
    expect(await problems({ permissions: [name] })).toEqual([400, [form(name)]]);
  }
  expect(await problems({ permissions: ['users.veiw'] })).toEqual([
    400,
    [
      `There is no permission "users.veiw", and names that begin with "users." are the server's own. Did you mean users.view?`,
    ],
  ]);
  expect((await problems({ permissions: ['a.b.c.d.e', 'x_1.2'] }))[0]).toBe(200);
  const nobody = await server.send('GET', path(999_999), { token });
  expect([nobody.status, nobody.body.code]).toEqual([404, 'not_found']);
  expect((await server.send('PUT', path(999_999), { token, json: {} })).status).toBe(404);
});

test('granting needs recent authentication', async () => {
  const admin = await server.signUpAdmin('superuser');
  await db
    .updateTable('sessions')
    .set({ authenticated_at_ms: server.clock.nowMs() - 901_000 })
    .where('user_id', '=', admin.id)
    .execute();
  const answer = await server.send('PUT', path(admin.id), { token: admin.access_token, json: {} });
  expect([answer.status, answer.body.code]).toEqual([401, 'insufficient_user_authentication']);
});
