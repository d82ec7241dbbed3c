import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { createTestDatabase, goodPassword, startServer, type TestServer } from '../harness.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';

/** Connections that break in the middle of a write, before the commit and after it. */

let proxy: CuttingProxy;
let server: TestServer;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  proxy = stack.use(await startCuttingProxy(database.url));
  server = stack.use(
    await startServer({ database: { ...database, open: () => openPostgres(proxy.url) } }),
  );
});

afterAll(() => stack.disposeAsync());

const refresh = (refresh_token: string) =>
  server.send('POST', '/api/refresh/', { json: { refresh_token } });

function sessionsOf(email: string) {
  const { db } = server.deps.database;
  const user = db.selectFrom('users').select('id').where('email', '=', email);
  return db.selectFrom('sessions').select('id').where('user_id', '=', user).execute();
}

const cutNow = { cutAnswerTo: 'after the commit', cutBefore: 'before it' } as const;

test.each(Object.entries(cutNow))('a refresh gets its successor: %s (%s)', async (how, _when) => {
  const { refresh_token } = await server.signUp();
  const before = proxy.cuts();
  proxy[how as keyof typeof cutNow]('update "sessions"');
  const answer = await refresh(refresh_token);
  expect([proxy.cuts() - before, answer.status]).toEqual([1, 200]);
  expect((await refresh(answer.body.refresh_token)).status).toBe(200);
});

test.each(Object.entries(cutNow))('a logout is a logout: %s (%s)', async (how, _when) => {
  const { refresh_token, access_token: token } = await server.signUp();
  const before = proxy.cuts();
  proxy[how as keyof typeof cutNow]('update "sessions"');
  const answer = await server.send('POST', '/api/logout/', { json: { refresh_token } });
  expect([proxy.cuts() - before, answer.status]).toEqual([1, 200]);
  expect((await server.send('GET', '/api/me/', { token })).body.code).toBe('logged_out');
});

test('a transaction that broke before its commit is run again', async () => {
  const { email } = await server.signUp();
  const before = proxy.cuts();
  proxy.cutAnswerTo('insert into "sessions"');
  const json = { email, password: goodPassword };
  const answer = await server.send('POST', '/api/login/', { json });
  expect([proxy.cuts() - before, answer.status]).toEqual([1, 200]);
  expect(await sessionsOf(email)).toHaveLength(2);
});

test('a transaction whose commit got no answer is not run again, and its client is told so', async () => {
  const { email } = await server.signUp();
  const before = proxy.cuts();
  proxy.cutCommitOf('insert into "sessions"');
  const json = { email, password: goodPassword };
  const answer = await server.send('POST', '/api/login/', { json });
  expect([proxy.cuts() - before, answer.status, answer.body.code]).toEqual([
    1,
    503,
    'database_unavailable',
  ]);
  expect(await sessionsOf(email)).toHaveLength(2); // the second is nobody's, and expires
});

test('a look-up is asked again', async () => {
  const { access_token: token } = await server.signUp();
  const before = proxy.cuts();
  proxy.cutAnswerTo('from jsonb_array_elements');
  const answer = await server.send('GET', '/api/me/', { token });
  expect([proxy.cuts() - before, answer.status]).toEqual([1, 200]);
});
