import { expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';
import { record } from './index.ts';

/** The recorded events, the oldest first, without what varies. */
async function events({ deps }: TestServer) {
  const rows = await deps.database.db
    .selectFrom('audit_events')
    .selectAll()
    .where('actor_kind', '<>', 'system') // what the server does meanwhile
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    kind: row.kind,
    by: row.actor_id ?? row.actor_name ?? row.actor_kind,
    user: row.user_id,
    session: row.session_id,
    ip: row.ip,
    details: JSON.parse(row.details),
  }));
}

test('what users do is recorded with who, whom, and from where', async () => {
  await using server = await startServer();
  const { id: user, email, access_token: token, refresh_token } = await server.signUp();
  const headers = { 'user-agent': 'curl/8.5.0' };
  const login = () =>
    server.send('POST', '/api/login/', { json: { email, password: goodPassword }, headers });
  const second = await login();
  await login();
  await server.send('PUT', '/api/me/', { token, json: { username: 'ada', email } });
  await server.send('PUT', '/api/me/', { token, json: { username: 'ada' } }); // changes nothing
  await server.send('POST', '/api/refresh/', { json: { refresh_token } });
  await server.send('POST', '/api/logout/', {
    json: { refresh_token: second.body.refresh_token },
  });
  const passwords = { current_password: goodPassword, new_password: 'a better horse battery' };
  await server.send('POST', '/api/me/password/', { token, json: passwords });
  await server.send('DELETE', '/api/me/', { token, json: { password: passwords.new_password } });

  const own = { by: user, user, ip: '127.0.0.1', details: {} };
  const started = (device: unknown) => ({ device, proof: 'password' });
  const ended = (cause: string, ...ids: number[]) => ({
    ...own,
    kind: 'session.ended',
    details: { cause, count: ids.length, session_ids: ids },
  });
  expect(await events(server)).toEqual([
    { ...own, kind: 'user.registered', by: 'anonymous', session: null },
    { ...own, kind: 'session.started', session: 1, details: started(expect.any(String)) },
    { ...own, kind: 'session.started', session: 2, details: started('curl/8.5.0') },
    { ...own, kind: 'session.started', session: 3, details: started('curl/8.5.0') },
    { ...own, kind: 'user.changed', session: 1, details: { fields: ['username'] } },
    { ...ended('logged_out', 2), session: 2 },
    { ...own, kind: 'password.changed', session: 1 },
    { ...ended('password_changed', 3), session: 3 },
    { ...own, kind: 'user.deleted', session: 1 },
  ]);
});

test('a session that ends says why: theft, the limit, its user', async () => {
  await using server = await startServer({
    pinned: { MAX_SESSIONS_PER_USER: 3, REFRESH_GRACE_PERIOD: 0 },
  });
  const { id: user, email, access_token: token, refresh_token } = await server.signUp();
  const json = { email, password: goodPassword };
  await server.send('POST', '/api/refresh/', { json: { refresh_token } });
  for (let tries = 0; tries < 2; tries += 1) {
    await server.send('POST', '/api/refresh/', { json: { refresh_token } });
  }
  const current = await server.send('POST', '/api/login/', { json });
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(401);
  for (let n = 0; n < 3; n += 1) await server.send('POST', '/api/login/', { json });
  expect((await server.send('GET', '/api/me/', { token: current.body.access_token })).status).toBe(
    401,
  );
  const last = await server.send('POST', '/api/login/', { json });
  await server.send('DELETE', '/api/sessions/', { token: last.body.access_token });

  const found = (await events(server)).filter(({ kind }) =>
    ['session.ended', 'token.reused'].includes(kind),
  );
  const ended = (by: unknown, cause: string, ...ids: number[]) => ({
    ...{ kind: 'session.ended', by, user, ip: '127.0.0.1' },
    details: { cause, count: ids.length, session_ids: ids },
  });
  expect(found).toEqual([
    {
      ...{ kind: 'token.reused', by: 'anonymous', user, ip: '127.0.0.1' },
      ...{ session: 1, details: {} },
    },
    { ...ended('anonymous', 'refresh_token_reused', 1), session: 1 },
    { ...ended(user, 'session_limit_reached', 2), session: 2 },
    { ...ended(user, 'session_limit_reached', 3), session: 3 },
    { ...ended(user, 'session_revoked', 4, 5), session: 6 },
  ]);
});

test('an event is there with what it is about, or not at all; and it is small', async () => {
  await using server = await startServer();
  const { database } = server.deps;
  const failing = database.transact(async (trx) => {
    await record(trx, { kind: 'user.activated', actor: { kind: 'system' }, atMs: 1, userId: 1 });
    throw new Error('what it is about fails');
  });
  await expect(failing).rejects.toThrow('what it is about fails');
  await database.transact((trx) =>
    record(
      trx,
      {
        ...{ kind: 'user.deactivated', atMs: 1, userId: 7 },
        actor: { kind: 'user', id: 1, onBehalfOf: 7 },
        details: { reason: `\0${'x'.repeat(499)}\u{1f600}` },
      },
      {
        ...{ kind: 'user.changed', atMs: 1, userId: 7 },
        actor: { kind: 'cli', name: 'ada' },
        details: { fields: Array.from({ length: 1_000 }, () => 'email') },
      },
    ),
  );
  const [first, second, ...others] = await events(server);
  expect(others).toEqual([]);
  expect(first).toMatchObject({ kind: 'user.deactivated', by: 1 });
  expect(first?.details).toEqual({ reason: `${'x'.repeat(499)}…`, on_behalf_of: 7 });
  expect(second).toMatchObject({ by: 'ada', ip: null, session: null });
  expect(second?.details.fields).toHaveLength(50);
});
