import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import { expect, test } from 'vitest';
import { engine } from '../../../../test/database.ts';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';
import type { Schema } from '../../../db/schema.ts';
import { endOldestSessions, endSessionsOfUser } from './end-sessions.queries.ts';
import { countLiveSessions, findLiveSessions } from './sessions.queries.ts';

/** Accounts that have signed in more often than people do. */

async function addEndedSessions({ deps }: TestServer, userId: number, count: number) {
  await sql`
    insert into sessions
      (user_id, created_at_ms, refreshed_at_ms, expires_at_ms, ended_at_ms, end_cause)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
    select ${userId}, 1, 1, ${Number.MAX_SAFE_INTEGER}, ${Date.now()}, 'session_limit_reached' from n
  `.execute(deps.database.db);
}

/** The statement that a query would send to the engine of the test. */
async function textOf(ask: (db: Kysely<Schema>) => Promise<unknown>): Promise<CompiledQuery> {
  const asked: CompiledQuery[] = [];
  const isSqlite = engine === 'sqlite';
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => (isSqlite ? new SqliteAdapter() : new PostgresAdapter()),
      createDriver: () => new DummyDriver(),
      createIntrospector: (of) =>
        isSqlite ? new SqliteIntrospector(of) : new PostgresIntrospector(of),
      createQueryCompiler: () =>
        isSqlite ? new SqliteQueryCompiler() : new PostgresQueryCompiler(),
    },
    log({ query }) {
      asked.push(query);
    },
  });
  await ask(db).catch(() => undefined); // there is no row
  return asked[0] as CompiledQuery;
}

test('what lives of a user is found by an index of those, however many have ended', async () => {
  await using server = await startServer();
  const { id } = await server.signUp();
  await addEndedSessions(server, id, 20_000);
  await sql`analyze`.execute(server.deps.database.db);
  const queries = {
    limit: await textOf((db) => endOldestSessions(db, id, 100, 2)),
    end: await textOf((db) => endSessionsOfUser(db, id, 'logged_out', 2, {})),
    list: await textOf((db) => findLiveSessions(db, id, 2, 100)),
    count: await textOf((db) => countLiveSessions(db, id, 2)),
  };
  for (const [name, query] of Object.entries(queries)) {
    const rows = await server.deps.database.run<Record<string, string>>({
      ...query,
      sql: `explain ${engine === 'sqlite' ? 'query plan ' : ''}${query.sql}`,
    });
    const plan = rows.map((row) => row.detail ?? row['QUERY PLAN']).join(', ');
    expect([name, plan]).toEqual([name, expect.stringContaining('sessions_live')]);
    expect([name, plan]).not.toEqual([name, expect.stringContaining('sessions_user_id')]);
  }
});

test('a user with many sessions is deleted with all of them; a user who cannot be deleted keeps them', async () => {
  await using server = await startServer();
  const user = await server.signUp();
  const admin = await server.signUpAdmin('superuser');
  for (const { id } of [user, admin]) await addEndedSessions(server, id, 2_500);
  const remove = ({ access_token: token }: { access_token: string }) =>
    server.send('DELETE', '/api/me/', { json: { password: goodPassword }, token });
  expect((await remove(user)).status).toBe(204);
  expect((await remove(admin)).body.code).toBe('last_superuser');
  const left = await server.deps.database.db
    .selectFrom('sessions')
    .select(['user_id', (eb) => eb.fn.countAll().as('n')])
    .groupBy('user_id')
    .execute();
  expect(left.map(({ user_id, n }) => [user_id, Number(n)])).toEqual([[admin.id, 2_501]]);
});
