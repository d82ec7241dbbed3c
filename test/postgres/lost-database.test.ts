import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { applyMigrations } from '../../src/db/migrate.ts';
import { noLimits, openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { queryPostgres } from '../database.ts';
import { until } from '../eventually.ts';
import { goodPassword, startServer, type TestServer } from '../harness.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

let postgres: PostgresServer;
let server: TestServer;

beforeAll(async () => {
  postgres = await startPostgres();
  const migrating = openPostgres(postgres.url, noLimits);
  await applyMigrations(migrating);
  await migrating.close();
  server = await startServer({
    database: {
      url: postgres.url,
      open: () => openPostgres(postgres.url),
      async [Symbol.asyncDispose]() {},
    },
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const ready = () => server.send('GET', '/readyz');

test('while the database is away requests are refused at once, and it is used again when it is back', async () => {
  const { access_token: token, refresh_token, email } = await server.signUp();
  await postgres.stop();
  const refusals = await Promise.all(
    Array.from({ length: 200 }, (_request, i) => {
      if (i % 3 === 0) return server.send('GET', '/api/me/', { token });
      if (i % 3 === 1) return server.send('POST', '/api/refresh/', { json: { refresh_token } });
      return server.send('POST', '/api/login/', { json: { email, password: goodPassword } });
    }),
  );
  for (const { status, body, headers } of refusals) {
    expect([status, body.code, headers.get('retry-after')]).toEqual([
      503,
      'database_unavailable',
      '1',
    ]);
  }
  const unready = await ready();
  expect([unready.status, unready.body.failed_checks]).toEqual([503, ['database']]);
  expect((await server.send('GET', '/healthz')).status).toBe(200);

  await postgres.start();
  await until(async () => (await ready()).status === 200);
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(200);
  const refreshed = await server.send('POST', '/api/refresh/', { json: { refresh_token } });
  expect(refreshed.status).toBe(200);
});

test('connections that the server ends are replaced', async () => {
  const { access_token: token } = await server.signUp();
  const end = `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'latchkey' and pid <> pg_backend_pid()`;
  for (let round = 0; round < 5; round += 1) {
    await postgres.query(end);
    await until(async () => (await server.send('GET', '/api/me/', { token })).status === 200);
  }
});

test('a server that does not accept writes: reads are answered, writes refused, until it does again', async () => {
  const { access_token: token, refresh_token } = await server.signUp();
  const set = async (value: 'on' | 'off') => {
    await postgres.query(`alter system set default_transaction_read_only = ${value}`);
    await postgres.query('select pg_reload_conf()');
  };
  await set('on');
  await until(async () => (await ready()).status === 503);
  expect((await ready()).body.failed_checks).toEqual(['writes']);
  const refused = await server.send('POST', '/api/refresh/', { json: { refresh_token } });
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
    503,
    'database_unavailable',
    '1',
  ]);
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(200);
  await set('off');
  await until(async () => (await ready()).status === 200);
  const refreshed = await server.send('POST', '/api/refresh/', { json: { refresh_token } });
  expect(refreshed.status).toBe(200);
});

test('of several hosts the one is used that takes writes, also when that is another one now', async () => {
  const [own, other] = [new URL(postgres.url), new URL(inject('postgresUrl'))];
  for (const url of [own, other]) {
    await queryPostgres(url.href, 'create table if not exists failover (port text)');
  }
  const url = postgres.url.replace(own.host, `${own.host},${other.host}`);
  const database = openPostgres(url, { size: 2 });
  const write = () =>
    database.run(
      CompiledQuery.raw(
        `insert into failover values (current_setting('port')) returning port as answer`,
      ),
    );
  const setReadOnly = async (value: 'on' | 'off') => {
    await postgres.query(`alter system set default_transaction_read_only = ${value}`);
    await postgres.query('select pg_reload_conf()');
  };
  try {
    expect(await write()).toEqual([{ answer: own.port }]);
    await setReadOnly('on');
    const portOf = async () => {
      const rows = await Promise.resolve(write()).catch(() => []);
      return (rows[0] as { answer?: string } | undefined)?.answer;
    };
    await until(async () => (await portOf()) === other.port);
    expect(await write()).toEqual([{ answer: other.port }]);
  } finally {
    await setReadOnly('off');
    await database.close();
    await queryPostgres(other.href, 'drop table failover');
  }
});
