import { afterAll, expect, test } from 'vitest';
import { createTestDatabase, goodPassword, startServer } from '../../../../test/harness.ts';
import { issueSetupToken, setupUrl } from './index.ts';

const server = await startServer({ trustedProxies: ['203.0.113.1'] });
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const issue = async () => (await issueSetupToken(server.deps)) ?? '';
const setUp = (token: string, change: object = {}, headers: Record<string, string> = {}) =>
  server.send('POST', '/api/setup/', {
    headers,
    json: { token, email: 'first@example.com', password: goodPassword, ...change },
  });
const countUsers = async () => (await db.selectFrom('users').select('id').execute()).length;
const invalid = { status: 400, body: { code: 'invalid_link_token' } };

test('the first administrator is made by a link, once', async () => {
  const void_ = await issue();
  const token = await issue(); // as the next start
  expect(setupUrl('http://127.0.0.1:8000', token)).toBe(
    `http://127.0.0.1:8000/account/setup/?token=${token}`,
  );
  expect(await setUp(void_)).toMatchObject(invalid);
  expect(await setUp('x')).toMatchObject(invalid);
  const weak = await setUp(token, { password: 'first', email: 'nobody' });
  expect(weak.body).toMatchObject({ email: ['Enter a valid email address.'] });
  const common = await setUp(token, { password: 'password' });
  expect(common.body).toMatchObject({ password: ['This password is too common.'] });
  server.clock.advance(3_600_000);
  expect(await setUp(token)).toMatchObject(invalid);
  expect(await countUsers()).toBe(0);

  const good = await issue();
  const made = await setUp(good);
  expect([made.status, made.body]).toEqual([
    201,
    { id: made.body.id, username: '', email: 'first@example.com' },
  ]);
  const login = { email: 'first@example.com', password: goodPassword };
  const { body } = await server.send('POST', '/api/login/', { json: login });
  const own = await server.send('GET', '/api/me/permissions/', { token: body.access_token });
  expect(own.body.is_superuser).toBe(true);
  expect(await setUp(good, { email: 'second@example.com' })).toMatchObject(invalid);
  expect(await issueSetupToken(server.deps)).toBeUndefined();
  const event = await db
    .selectFrom('audit_events')
    .select(['kind', 'actor_kind', 'details'])
    .where('user_id', '=', made.body.id)
    .where('kind', 'like', 'user.%')
    .executeTakeFirstOrThrow();
  expect({ ...event, details: JSON.parse(event.details) }).toEqual({
    kind: 'user.created',
    actor_kind: 'anonymous',
    details: { is_superuser: true, has_password: true },
  });
});

test('a page learns whether the link is good, without using it up', async () => {
  await using other = await startServer({ trustedProxies: ['127.0.0.1', '::1'] });
  const token = (await issueSetupToken(other.deps)) ?? '';
  const check = async (sent: string, headers: Record<string, string> = {}) => {
    const json = { token: sent };
    const { status, body } = await other.send('POST', '/api/setup/check/', { headers, json });
    return [status, body.code];
  };
  expect(await check(token)).toEqual([200, undefined]);
  expect(await check(token)).toEqual([200, undefined]);
  expect(await check('x')).toEqual([400, 'invalid_link_token']);
  const elsewhere = { 'x-forwarded-for': '198.51.100.7' };
  expect(await check(token, elsewhere)).toEqual([403, 'permission_denied']);
  await other.signUpAdmin('superuser');
  expect(await check(token)).toEqual([409, 'already_set_up']);
});

test('a link from before there was a superuser makes no second one', async () => {
  await using other = await startServer();
  const token = (await issueSetupToken(other.deps)) ?? '';
  await other.signUpAdmin('superuser');
  const json = { token, email: 'first@example.com', password: goodPassword };
  const answer = await other.send('POST', '/api/setup/', { json });
  expect([answer.status, answer.body.code]).toEqual([409, 'already_set_up']);
  expect(await issueSetupToken(other.deps)).toBeUndefined(); // and voids it
  const again = await other.send('POST', '/api/setup/', { json });
  expect(again.body.code).toBe('invalid_link_token');
});

test('of two links that two nodes have made at once one makes an administrator', async () => {
  await using database = await createTestDatabase();
  await using one = await startServer({ database });
  await using two = await startServer({ database });
  const token = (await issueSetupToken(one.deps)) ?? '';
  const hash = await one.deps.database.db
    .selectFrom('link_tokens')
    .selectAll()
    .executeTakeFirstOrThrow();
  const second = (await issueSetupToken(two.deps)) ?? '';
  const { id: _id, ...row } = hash;
  await one.deps.database.db.insertInto('link_tokens').values(row).execute(); // both are good
  const answers = await Promise.all(
    [one, two, one, two].map((node, n) =>
      node.send('POST', '/api/setup/', {
        json: {
          token: n < 2 ? token : second,
          email: `first${n}@example.com`,
          password: goodPassword,
        },
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const users = await one.deps.database.db.selectFrom('users').select('is_superuser').execute();
  expect(users).toEqual([{ is_superuser: 1 }]);
});

test('it works on the machine itself alone', async () => {
  await using other = await startServer({ trustedProxies: ['127.0.0.1', '::1'] });
  const token = (await issueSetupToken(other.deps)) ?? '';
  const from = async (headers: Record<string, string>, node = other, sent = token) => {
    const json = { token: sent, email: 'first@example.com', password: goodPassword };
    const { status, body } = await node.send('POST', '/api/setup/', { headers, json });
    return [status, body.code];
  };
  const refused = [403, 'permission_denied'];
  expect(await from({ 'x-forwarded-for': '198.51.100.7' })).toEqual(refused);
  // A proxy on this machine that is not trusted: nobody knows whom it forwards.
  await using direct = await startServer();
  const own = (await issueSetupToken(direct.deps)) ?? '';
  expect(await from({ 'x-forwarded-for': '127.0.0.1' }, direct, own)).toEqual(refused);
  expect(await from({ forwarded: 'for=127.0.0.1' }, direct, own)).toEqual(refused);
  expect(await from({}, direct, own)).toEqual([201, undefined]);
  expect(await from({ 'x-forwarded-for': '127.0.0.1' })).toEqual([201, undefined]);
});
