import { decodeJwt } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { goodPassword, startServer } from '../../../../test/harness.ts';

const on = { ACCESS_TOKEN_PERMISSIONS: true };
const server = await startServer({ pinned: on });
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const refresh = async (token: string) => {
  const json = { refresh_token: token };
  return (await server.send('POST', '/api/refresh/', { json })).body;
};
const claimsOf = (token: string) => {
  const { roles, permissions, is_superuser, permissions_omitted } = decodeJwt(token);
  return { roles, permissions, is_superuser, permissions_omitted };
};
const grant = (userId: number, permissions: readonly string[]) =>
  db
    .insertInto('user_permissions')
    .values(permissions.map((permission) => ({ user_id: userId, permission })))
    .execute();

test('tokens say what their user may do, as it was when they were made', async () => {
  const user = await server.signUp();
  const none = { roles: [], permissions: [] };
  expect(claimsOf(user.access_token)).toEqual(none);
  const role = await db
    .insertInto('roles')
    .values({ name: 'clerks', created_at_ms: 1, updated_at_ms: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('role_permissions')
    .values({ role_id: role.id, permission: 'invoices.read' })
    .execute();
  await db.insertInto('user_roles').values({ user_id: user.id, role_id: role.id }).execute();
  await grant(user.id, ['invoices.approve']);
  const next = await refresh(user.refresh_token);
  const given = { roles: ['clerks'], permissions: ['invoices.approve', 'invoices.read'] };
  expect(claimsOf(next.access_token)).toEqual(given);
  const json = { email: user.email, password: goodPassword };
  const again = await server.send('POST', '/api/login/', { json });
  expect(claimsOf(again.body.access_token)).toEqual(given);
  await db.updateTable('users').set({ is_superuser: 1 }).where('id', '=', user.id).execute();
  const last = await refresh(next.refresh_token);
  expect(claimsOf(last.access_token)).toEqual({ ...given, is_superuser: true });
});

test('the server does not go by them', async () => {
  const user = await server.signUpAdmin(['roles.view']);
  const { access_token: token } = await refresh(user.refresh_token);
  expect(claimsOf(token).permissions).toEqual(['roles.view']);
  const status = async () => (await server.send('GET', '/api/admin/roles/', { token })).status;
  expect(await status()).toBe(200);
  await db.deleteFrom('user_permissions').where('user_id', '=', user.id).execute();
  expect(await status()).toBe(403);
});

test('permissions over 4 KB are left out, the token says so, and it still works', async () => {
  const user = await server.signUp();
  const name = (n: number) => `reports.of_the_department_${String(n).padStart(3, '0')}`; // 29 letters
  const fitting = Array.from({ length: 127 }, (_v, n) => name(n)); // with the rest 4,092 bytes
  await grant(user.id, fitting);
  const next = await refresh(user.refresh_token);
  expect(claimsOf(next.access_token)).toEqual({ roles: [], permissions: fitting });
  const own = await server.send('GET', '/api/me/', { token: next.access_token });
  expect(own.status).toBe(200);
  await grant(user.id, [name(127)]);
  const last = await refresh(next.refresh_token);
  expect(claimsOf(last.access_token)).toEqual({ permissions_omitted: true });
});

test('unless it is switched on, they say nothing of it', async () => {
  await using other = await startServer();
  const admin = await other.signUpAdmin('superuser');
  const json = { refresh_token: admin.refresh_token };
  const { body } = await other.send('POST', '/api/refresh/', { json });
  expect(Object.keys(decodeJwt(body.access_token)).sort()).toEqual([
    ...['acr', 'amr', 'auth_time'],
    ...['exp', 'iat', 'jti', 'sid', 'sub', 'user_id'],
  ]);
});
