import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  goodPassword,
  type RequestOptions,
  type SignedUp,
  startServer,
  type TestServer,
  testSecret,
} from '../../../../test/harness.ts';
import { removeUser } from '../../administration/user-admin/index.ts';
import { writeMail } from '../../platform/mail/outbox.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
});
afterAll(() => server[Symbol.asyncDispose]());

const remove = (token: string, options: RequestOptions = { json: { password: goodPassword } }) =>
  server.send('DELETE', '/api/me/', { token, ...options });
const me = (token: string) => server.send('GET', '/api/me/', { token });
const login = (email: string) =>
  server.send('POST', '/api/login/', { json: { email, password: goodPassword } });
const sessionsOf = (id: number) =>
  server.deps.database.db.selectFrom('sessions').select('id').where('user_id', '=', id).execute();
const makeSuperuser = ({ id }: SignedUp) =>
  server.deps.database.db
    .updateTable('users')
    .set({ is_superuser: 1 })
    .where('id', '=', id)
    .execute();

test('the account goes with all it has, its tokens are refused, and its email is free', async () => {
  const own = await server.signUp();
  const stranger = await server.signUp();
  const second = (await login(own.email)).body;
  const answer = await remove(own.access_token);
  expect([answer.status, answer.text]).toEqual([204, '']);

  const { db } = server.deps.database;
  expect(await db.selectFrom('users').select('id').where('id', '=', own.id).execute()).toEqual([]);
  expect(await sessionsOf(own.id)).toEqual([]);
  for (const { access_token, refresh_token } of [own, second]) {
    const refused = { status: 401, code: 'user_inactive', detail: 'User inactive or deleted.' };
    expect((await me(access_token)).body).toMatchObject(refused);
    expect((await remove(access_token)).body).toMatchObject(refused);
    for (const path of ['/api/refresh/', '/api/logout/']) {
      const { body } = await server.send('POST', path, { json: { refresh_token } });
      expect(body).toMatchObject({ status: 400, code: 'invalid_refresh_token' });
    }
  }
  expect((await login(own.email)).status).toBe(401);
  expect((await me(stranger.access_token)).status).toBe(200);

  const again = await server.signUp(own.email);
  expect(again.id).toBeGreaterThan(stranger.id);
  expect((await me(own.access_token)).body.code).toBe('user_inactive');
});

test('mail that waits for the emails of the account goes with it, but for the notice of the deletion', async () => {
  const own = await server.signUp('Leaving@example.com');
  const { db } = server.deps.database;
  const begin = async (email: string) => {
    const about = { kind: 'registration', userId: null, email, locale: 'en' } as const;
    const parameters = { code: '123456', link: 'https://auth.example.com/' };
    const nowMs = server.clock.nowMs();
    const expiresAtMs = nowMs + 600_000;
    const mail = { ...about, parameters, expiresAtMs };
    const by = { secretKey: testSecret, from: { name: '', email: 'no-reply@example.com' }, nowMs };
    await writeMail(db, by, mail);
  };
  for (const email of ['leaving@example.com', 'Former@example.com', 'stranger@example.com']) {
    await begin(email);
  }
  const { access_token: token } = own;
  await server.send('PUT', '/api/me/', { token, json: { email: 'former@example.com' } });
  await server.send('PUT', '/api/me/', { token, json: { email: 'now@example.com' } });
  await begin('now@example.com');
  await begin('leaving@example.com');
  expect((await remove(token)).status).toBe(204);
  const left = await db
    .selectFrom('outbox')
    .select(['kind', 'email'])
    .where('email', 'in', [
      ...['Leaving@example.com', 'leaving@example.com', 'now@example.com', 'stranger@example.com'],
    ])
    .orderBy('id')
    .execute();
  expect(left).toEqual([
    { kind: 'registration', email: 'stranger@example.com' },
    { kind: 'account_deleted', email: 'now@example.com' },
  ]);
});

describe('keeps everything', () => {
  let own: SignedUp;
  beforeAll(async () => {
    own = await server.signUp();
  });

  test.each<[string, unknown, string]>([
    ['a wrong one', 'wrong', 'The password is not correct.'],
    ['another case', goodPassword.toUpperCase(), 'The password is not correct.'],
    ['a blank one', ' ', 'This field may not be blank.'],
    ['null', null, 'This field may not be null.'],
    ['a list', [goodPassword], 'Not a valid string.'],
  ])('with %s for the password', async (_name, password, message) => {
    const answer = await remove(own.access_token, { json: { password } });
    expect(answer.body).toMatchObject({
      status: 400,
      code: 'invalid_fields',
      password: [message],
    });
    expect((await me(own.access_token)).status).toBe(200);
  });

  test('without a token, whatever the body is', async () => {
    const json = { password: goodPassword };
    const answer = await server.send('DELETE', '/api/me/', { json });
    expect(answer.body).toMatchObject({ status: 401, code: 'not_authenticated' });
  });

  // The contract has no DELETE here: what names no password is answered as it always was.
  test.each<[string, RequestOptions]>([
    ['no body', {}],
    ['an empty object', { json: {} }],
    ['other members', { json: { email: 'x', id: 1 } }],
    ['a list', { json: ['password'] }],
    ['null', { json: null }],
    ['a text', { json: 'password' }],
    ['broken JSON', { body: '{', headers: { 'content-type': 'application/json' } }],
    ['no content type', { body: new Uint8Array([0x7b]) }],
    ['an unknown content type', { body: 'password=x', headers: { 'content-type': 'text/plain' } }],
    ['a form without it', { form: { confirm: 'yes' } }],
  ])('405 with %s', async (_name, options) => {
    const answer = await remove(own.access_token, options);
    expect(answer.body).toMatchObject({
      status: 405,
      code: 'method_not_allowed',
      detail: 'Method "DELETE" not allowed.',
    });
    expect(answer.headers.get('allow')).toBe('GET, PUT, PATCH, HEAD, OPTIONS');
    expect((await me(own.access_token)).status).toBe(200);
  });
});

test('forms delete too, and white space around a password does not count', async () => {
  for (const [index, options] of [
    { form: { password: ` ${goodPassword} ` } },
    { json: { password: goodPassword, unknown: true } },
  ].entries()) {
    const { access_token } = await server.signUp(`form${index}@example.com`);
    expect((await remove(access_token, options)).status).toBe(204);
  }
});

test('an account without a password is not deleted by a token alone', async () => {
  const own = await server.signUp();
  await server.deps.database.db
    .updateTable('users')
    .set({ password_hash: null })
    .where('id', '=', own.id)
    .execute();
  expect((await remove(own.access_token)).body).toMatchObject({
    password: ['The password is not correct.'],
  });
  expect((await me(own.access_token)).status).toBe(200);
});

test('the last active superuser stays; of the last two, at once, here and elsewhere, one goes', async () => {
  const [first, second] = [await server.signUp(), await server.signUp()];
  await makeSuperuser(first);
  const refused = await remove(first.access_token);
  expect(refused.body).toMatchObject({ status: 409, code: 'last_superuser' });
  expect(refused.body.detail).toBe(
    'This is the last active superuser. Promote another user first.',
  );
  expect((await me(first.access_token)).status).toBe(200);

  await makeSuperuser(second);
  const answers = await Promise.all([remove(first.access_token), remove(second.access_token)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  const [left, gone] = answers[0]?.status === 409 ? [first, second] : [second, first];
  expect((await me(gone.access_token)).body.code).toBe('user_inactive');

  const third = await server.signUp();
  await makeSuperuser(third);
  const elsewhere = { ...server.deps, database: server.openDatabase() };
  const [here, there] = await Promise.allSettled([
    remove(left.access_token).then(({ status }) => status),
    removeUser(elsewhere, third.id, { kind: 'system' }).then(() => 204),
  ]);
  const ends = [here, there].map((end) => (end.status === 'fulfilled' ? end.value : 409));
  expect(ends.sort()).toEqual([204, 409]);
  await elsewhere.database.close();
});

test('a password that is changed while it is checked deletes nothing', async () => {
  const own = await server.signUp();
  const { db } = server.deps.database;
  const store = (password_hash: string) =>
    db.updateTable('users').set({ password_hash }).where('id', '=', own.id).executeTakeFirst();
  await store(await hash(goodPassword, { timeCost: 8 })); // which takes long to check
  const deletion = remove(own.access_token);
  await me(own.access_token);
  const { numUpdatedRows } = await store(await hash('quite another horse', { timeCost: 1 }));
  expect((await deletion).status).toBe(numUpdatedRows === 1n ? 400 : 204);
});
