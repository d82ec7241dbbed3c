import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../../../test/harness.ts';

/** The list of users and each of them, over HTTP. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

test('users are listed, found, and read one by one', async () => {
  const { access_token: token } = await server.signUpAdmin(['users.view']);
  const get = (path: string) => server.send('GET', `/api/admin/users/${path}`, { token });
  const user = await server.signUp('list-me@example.com');
  const role = await db
    .insertInto('roles')
    .values({ name: 'support', created_at_ms: 1, updated_at_ms: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.insertInto('user_roles').values({ user_id: user.id, role_id: role.id }).execute();
  const item = {
    ...{ id: user.id, email: user.email, email_verified: false, username: '', locale: null },
    ...{ is_active: true, is_superuser: false, has_password: true, acr: 'aal1' },
    roles: [{ id: role.id, name: 'support' }],
    ...{ created_at: iso, updated_at: iso, last_sign_in_at: iso, email_bounced_at: null },
    version: 1,
  };

  expect(await get('')).toMatchObject({ status: 200, body: { next_cursor: null } });
  expect((await get('?search=LIST-ME')).body).toEqual({ items: [item], next_cursor: null });
  expect((await get(`?role=${role.id}`)).body.items).toEqual([item]);
  expect((await get('?search=list-me&is_active=false')).body.items).toEqual([]);
  expect((await get('?search=list-me&is_superuser=true')).body.items).toEqual([]);
  expect(await get(`${user.id}/`)).toMatchObject({ status: 200, body: item });
  expect(await get('999999/')).toMatchObject({ status: 404, body: { code: 'not_found' } });

  const first = await get('?sort=-id&limit=1');
  expect(first.body.items).toEqual([item]);
  const cursor = first.body.next_cursor;
  const second = await get(`?sort=-id&limit=1&cursor=${cursor}`);
  expect(second.body.items).toMatchObject([{ id: user.id - 1 }]);
  expect(second.body.next_cursor).toBeNull();
});

test.each([
  ['limit=0', 'limit'],
  ['limit=201', 'limit'],
  ['limit=x', 'limit'],
  ['sort=username', 'sort'],
  ['is_active=yes', 'is_active'],
  ['role=0', 'role'],
  ['search=%00', 'search'],
  [`search=${'x'.repeat(255)}`, 'search'],
  ['cursor=x', 'cursor'],
])('a list refuses ?%s', async (query, member) => {
  const { access_token: token } = await server.signUpAdmin(['users.view']);
  const answer = await server.send('GET', `/api/admin/users/?${query}`, { token });
  expect(answer).toMatchObject({
    status: 400,
    body: { code: 'invalid_fields', [member]: [expect.any(String)] },
  });
});

test('an administrator sees whether an email is proven, and whether mail to it comes back', async () => {
  const { access_token: token } = await server.signUpAdmin(['users.view']);
  const { id } = await server.signUp();
  const marks = { email_verified_at_ms: 1_000, email_bounced_at_ms: 2_000 };
  await db.updateTable('users').set(marks).where('id', '=', id).execute();
  expect((await server.send('GET', `/api/admin/users/${id}/`, { token })).body).toMatchObject({
    email_verified: true,
    email_bounced_at: '1970-01-01T00:00:02.000Z',
  });
});
