import { afterAll, expect, test } from 'vitest';
import { addApp } from '../../../../test/authenticator.ts';
import { type SignedUp, startServer } from '../../../../test/harness.ts';
import { addPasskey, newAuthenticator } from '../../../../test/webauthn.ts';

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

test('some users are listed by their ids, and no others', async () => {
  const { access_token: token } = await server.signUpAdmin(['users.view']);
  const made: SignedUp[] = []; // one after the other, so that their ids rise
  for (const name of ['ids1', 'ids2', 'ids3']) made.push(await server.signUp(`${name}@x.example`));
  const list = (ids: string) => server.send('GET', `/api/admin/users/?ids=${ids}`, { token });
  const [first, , third] = made.map(({ id }) => id);
  const { body } = await list(`${third},${first},999999999`);
  expect(body.items.map((user: { id: number }) => user.id)).toEqual([first, third]);
  expect(body.next_cursor).toBeNull();
  for (const bad of ['', '0', '1,', 'a', '1.5', `1${',2'.repeat(100)}`]) {
    const answer = await list(bad);
    expect([bad, answer.status, Object.keys(answer.body)]).toEqual([
      bad,
      400,
      expect.arrayContaining(['ids']),
    ]);
  }
});

test('users are listed by how strongly they can sign in, with the other filters, in every order', async () => {
  const { access_token: token } = await server.signUpAdmin(['users.view', 'users.export']);
  const [none, app, passkey, both] = await Promise.all(
    ['none', 'app', 'passkey', 'both'].map((name) => server.signUp(`level-${name}@example.com`)),
  );
  await addApp(server, app as SignedUp);
  await addApp(server, both as SignedUp);
  for (const user of [passkey, both]) {
    await addPasskey(server, (user as SignedUp).access_token, newAuthenticator());
  }
  const list = async (query: string) => {
    const { status, body } = await server.send('GET', `/api/admin/users/?${query}`, { token });
    expect([query, status]).toEqual([query, 200]);
    return body.items.map(({ email, acr }: { email: string; acr: string }) => [email, acr]);
  };
  const named = (acr: string) => list(`acr=${acr}&search=level-&sort=email`);
  expect(await named('aal1')).toEqual([[none?.email, 'aal1']]);
  expect(await named('aal2')).toEqual([[app?.email, 'aal2']]);
  expect(await named('phr')).toEqual([
    [both?.email, 'phr'],
    [passkey?.email, 'phr'],
  ]);
  for (const sort of ['id', '-id', 'created_at', '-created_at', '-email']) {
    const found = await list(`acr=phr&sort=${sort}`);
    expect(found.toSorted()).toEqual([
      [both?.email, 'phr'],
      [passkey?.email, 'phr'],
    ]);
  }
  expect(await list('acr=phr&is_active=false')).toEqual([]);
  expect(await list(`acr=aal1&ids=${none?.id},${app?.id}`)).toEqual([[none?.email, 'aal1']]);
  const path = '/api/admin/users/export/?acr=aal2';
  const { text } = await server.send('GET', path, { token });
  expect(text.trimEnd().split('\r\n').slice(1)).toEqual([
    expect.stringContaining(app?.email ?? '-'),
  ]);
  const { details } = await db
    .selectFrom('audit_events')
    .select('details')
    .where('kind', '=', 'users.exported')
    .executeTakeFirstOrThrow();
  expect(JSON.parse(details)).toEqual({ filters: ['acr=aal2'] });
});

test.each([
  ['limit=0', 'limit'],
  ['limit=201', 'limit'],
  ['limit=x', 'limit'],
  ['sort=username', 'sort'],
  ['is_active=yes', 'is_active'],
  ['role=0', 'role'],
  ['acr=aal3', 'acr'],
  ['acr=', 'acr'],
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
