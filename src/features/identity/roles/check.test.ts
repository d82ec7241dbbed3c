import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../../../test/harness.ts';
import { builtInNames } from './permissions.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const check = (token: string, json: unknown) => server.send('POST', '/api/check/', { token, json });
const asked = ['users.view', 'invoices.approve'];

test('users see what they may do', async () => {
  const user = await server.signUpAdmin(['users.view', 'invoices.approve']);
  const own = (token: string) => server.send('GET', '/api/me/permissions/', { token });
  const role = { name: 'auditors', created_at_ms: 1, updated_at_ms: 1 };
  const { id } = await db
    .insertInto('roles')
    .values(role)
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('role_permissions')
    .values(['users.view', 'audit.view'].map((permission) => ({ role_id: id, permission })))
    .execute();
  await db.insertInto('user_roles').values({ user_id: user.id, role_id: id }).execute();
  expect(await own(user.access_token)).toMatchObject({
    status: 200,
    body: {
      is_superuser: false,
      roles: ['auditors'],
      permissions: ['audit.view', 'invoices.approve', 'users.view'],
    },
  });
  const nobody = await server.signUp();
  expect((await own(nobody.access_token)).body).toEqual({
    is_superuser: false,
    roles: [],
    permissions: [],
    next_cursor: null,
  });
  const superuser = await server.signUpAdmin('superuser');
  const { body } = await own(superuser.access_token);
  expect(body).toMatchObject({ is_superuser: true, roles: [] });
  expect(body.permissions).toEqual(expect.arrayContaining(['keys.rotate', 'invoices.approve']));
  expect((await server.send('GET', '/api/me/permissions/')).status).toBe(401);
});

test('what users may do comes page by page, of a superuser too', async () => {
  const names = ['audit.view', 'invoices.approve', 'invoices.read', 'users.view', 'zoo.feed'];
  const user = await server.signUpAdmin(names);
  const superuser = await server.signUpAdmin('superuser');
  const readAll = async (token: string) => {
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = new URLSearchParams({ limit: '2', ...(cursor && { cursor }) });
      const path = `/api/me/permissions/?${query}`;
      const { body } = await server.send('GET', path, { token });
      expect(body.permissions.length).toBeLessThanOrEqual(2);
      found.push(...body.permissions);
      cursor = body.next_cursor;
    }
    return found;
  };
  expect(await readAll(user.access_token)).toEqual(names);
  const all = await readAll(superuser.access_token);
  expect(all).toEqual([...new Set(all)].sort());
  expect(all).toEqual(expect.arrayContaining([...builtInNames, ...names]));
  const bad = await server.send('GET', '/api/me/permissions/?cursor=x', {
    token: user.access_token,
  });
  expect([bad.status, bad.body.code]).toEqual([400, 'invalid_fields']);
});

test('an application asks about the user whose token it has', async () => {
  const user = await server.signUpAdmin(['invoices.approve']);
  const results = { 'users.view': false, 'invoices.approve': true };
  const mine = { status: 200, body: { user_id: user.id, results } };
  const { access_token: token, id } = user;
  expect(await check(token, { permissions: asked })).toMatchObject(mine);
  expect(await check(token, { permissions: asked, user_id: id })).toMatchObject(mine);
  expect(await check(token, { permissions: asked, token })).toMatchObject(mine);
  expect((await check(token, { permissions: [] })).body.results).toEqual({});
});

test('about others it takes a permission, and no more', async () => {
  const user = await server.signUpAdmin(['invoices.approve']);
  const plain = await server.signUp();
  const checker = await server.signUpAdmin(['permissions.check']);
  const results = { 'users.view': false, 'invoices.approve': true };
  for (const whom of [{ user_id: user.id }, { token: user.access_token }]) {
    const denied = await check(plain.access_token, { permissions: asked, ...whom });
    expect([denied.status, denied.body.detail]).toEqual([
      403,
      'You need the permission permissions.check.',
    ]);
    const { body } = await check(checker.access_token, { permissions: asked, ...whom });
    expect(body).toEqual({ user_id: user.id, results });
  }
  const superuser = await server.signUpAdmin('superuser');
  const about = (id: number) => check(checker.access_token, { permissions: asked, user_id: id });
  expect((await about(superuser.id)).body.results).toEqual({
    'users.view': true,
    'invoices.approve': true,
  });
  const none = { 'users.view': false, 'invoices.approve': false };
  expect((await about(999_999)).body.results).toEqual(none);
  await db.updateTable('users').set({ is_active: 0 }).where('id', '=', superuser.id).execute();
  expect((await about(superuser.id)).body.results).toEqual(none);
});

test('what cannot be asked is said by field', async () => {
  const { access_token: token, refresh_token } = await server.signUpAdmin('superuser');
  const other = await server.signUp();
  const problems = async (json: unknown) => {
    const { status, body } = await check(token, json);
    return [status, body.permissions, body.token, body.user_id];
  };
  const none = undefined;
  expect(await problems({})).toEqual([400, ['This field is required.'], none, none]);
  const many = Array.from({ length: 101 }, (_v, n) => `a.b${n}`);
  expect(await problems({ permissions: many })).toEqual([
    400,
    ['Ensure this field has no more than 100 elements.'],
    none,
    none,
  ]);
  expect((await check(token, { permissions: many.slice(1) })).status).toBe(200);
  for (const bad of [refresh_token, 'x y', 'ü', `${other.access_token}x`]) {
    expect(await problems({ permissions: asked, token: bad })).toEqual([
      400,
      none,
      ['This token is not valid.'],
      none,
    ]);
  }
  expect(await problems({ permissions: asked, token: 1, user_id: 'x' })).toEqual([
    400,
    none,
    ['Not a valid string.'],
    ['Give this or a token.'],
  ]);
  expect(await problems({ permissions: asked, user_id: '1' })).toEqual([
    400,
    none,
    none,
    ['Not an id.'],
  ]);
  await db.updateTable('users').set({ is_active: 0 }).where('id', '=', other.id).execute();
  const gone = await problems({ permissions: asked, token: other.access_token });
  expect(gone[2]).toEqual(['This token is not valid.']);
});
