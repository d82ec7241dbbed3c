import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { applyMigrations } from '../../src/db/migrate.ts';
import { migrations } from '../../src/db/migrations/index.ts';
import { openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { listNodes, runAsLeader, startNode } from '../../src/features/platform/nodes/index.ts';
import { setSetting } from '../../src/settings/change-settings.ts';
import { createPostgresDatabase, createTestDatabase } from '../database.ts';
import { until } from '../eventually.ts';
import { goodPassword, startServer } from '../harness.ts';
import { startPoolingProxy } from './pooling-proxy.ts';

/** Behind a transaction pooler: no session keeps anything from one transaction to the next. */

/** A pooler takes no time-outs from clients. */
const limits = { statementLimitMs: 0, lockLimitMs: 0 };

test.each([
  { kind: 'shows no session, as most do', showsSession: false },
  { kind: 'shows its session', showsSession: true },
])('everything works behind a pooler that $kind', async ({ showsSession }) => {
  await using database = await createTestDatabase();
  await using proxy = await startPoolingProxy(database.url, { showsSession });
  await using server = await startServer({
    pinned: { LOGIN_FAILURES_PER_ACCOUNT: 2, ACCESS_TOKEN_ALGORITHM: 'ES256' },
    database: { ...database, open: () => openPostgres(proxy.url, { size: 2, ...limits }) },
  });
  const before = proxy.transactions();
  const { send } = server;
  const { email, access_token: token, refresh_token } = await server.signUp();
  const json = { email, password: goodPassword };
  expect((await send('POST', '/api/register/', { json })).status).toBe(400);
  expect((await send('GET', '/api/me/', { token })).body.email).toBe(email);
  expect((await send('PUT', '/api/me/', { token, json: { username: 'ada' } })).status).toBe(200);
  const refreshed = await send('POST', '/api/refresh/', { json: { refresh_token } });
  expect(refreshed.status).toBe(200);
  expect((await send('GET', '/api/sessions/', { token })).status).toBe(200);
  expect((await send('GET', '/.well-known/jwks.json')).body.keys).toHaveLength(1);

  const wrong = { json: { email: 'nobody@example.com', password: 'wrong' } };
  const guesses = [1, 2, 3].map(() => send('POST', '/api/login/', wrong));
  const statuses = (await Promise.all(guesses)).map(({ status }) => status).sort();
  expect(statuses).toEqual([401, 401, 429]);

  const logout = { refresh_token: refreshed.body.refresh_token };
  expect((await send('POST', '/api/logout/', { json: logout })).status).toBe(200);
  expect((await send('GET', '/api/me/', { token })).body.code).toBe('logged_out');

  await setSetting(server.deps, 'ACCESS_TOKEN_LIFETIME', 44, { actor: 'test', reason: '' });
  await server.catchUp();
  const node = await startNode(server.deps);
  expect(await runAsLeader({ node }, 'a test', async () => 'led')).toBe('led');
  const listed = await listNodes(server.deps.database);
  expect(listed.find(({ id }) => id === node.id)?.leads).toEqual(['a test']);
  await node.stop();
  expect(proxy.transactions() - before).toBeGreaterThan(25);
  expect(proxy.statementNames.size > 0).toBe(showsSession);
});

test('migrations are applied', async () => {
  await using empty = await createPostgresDatabase('migrate_pooled');
  await using pooled = await startPoolingProxy(empty.url);
  const database = openPostgres(pooled.url, limits);
  expect(await applyMigrations(database)).toEqual(Object.keys(migrations));
  await database.close();
});

test('without a pooler the statements of a login are prepared once for each connection', async () => {
  await using server = await startServer();
  const { email } = await server.signUp();
  const json = { email, password: goodPassword };
  for (let i = 0; i < 10; i += 1) {
    expect((await server.send('POST', '/api/login/', { json })).status).toBe(200);
  }
  const prepared = async () => {
    const { rows } = await sql<{ statement: string }>`
      select statement from pg_prepared_statements where name like 'latchkey_%'`.execute(
      server.deps.database.db,
    );
    return rows.map(({ statement }) => statement.split(' ', 3).join(' '));
  };
  // Each connection knows its own, and the one that answers may not be one that a login had.
  await until(async () => (await prepared()).includes('insert into "sessions"'));
});
