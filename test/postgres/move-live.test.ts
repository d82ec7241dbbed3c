import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { applyMigrations } from '../../src/db/migrate.ts';
import { moveDatabase } from '../../src/db/move/move.ts';
import { findMovedTables } from '../../src/db/move/moved-tables.ts';
import { openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.ts';
import { setSetting } from '../../src/settings/change-settings.ts';
import { createPostgresDatabase, type TestDatabase } from '../database.ts';
import { until } from '../eventually.ts';
import { createTestDatabase, startServer, type TestServer, temporaryFolder } from '../harness.ts';

/** A move from a server that works, in maintenance, to another engine, where its clients go on. */

function sqliteFile(path: string): TestDatabase {
  return { url: `sqlite:${path}`, open: () => openSqlite(path), async [Symbol.asyncDispose]() {} };
}

async function emptyPostgres(): Promise<TestDatabase> {
  const made = await createPostgresDatabase(`move_${randomBytes(6).toString('hex')}`);
  return { ...made, open: () => openPostgres(made.url, { size: 4 }) };
}

const allRows = async ({ db }: Database, table: string) =>
  (await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(db)).rows
    .map((row) => JSON.stringify(Object.entries(row).sort()))
    .sort();

/** One who is signed in, and does what clients do as long as the server is there. */
async function startClient(server: TestServer) {
  const signedUp = await server.signUp();
  const client = { ...signedUp, refused: 0, read: 0, isStopped: false };
  const work = async () => {
    for (let turn = 0; !client.isStopped; turn += 1) {
      const { access_token: token, refresh_token } = client;
      if (turn % 3 === 0) {
        const { status } = await server.send('GET', '/api/me/', { token });
        expect(status).toBe(200);
        client.read += 1;
        continue;
      }
      const { status, body } =
        turn % 3 === 1
          ? await server.send('POST', '/api/refresh/', { json: { refresh_token } })
          : await server.send('PUT', '/api/me/', {
              token,
              json: { username: `u${turn}.${client.id}` },
            });
      if (status === 503) {
        expect(body.code).toBe('maintenance');
        client.refused += 1;
      } else {
        expect(status).toBe(200);
        if (turn % 3 === 1) Object.assign(client, body);
      }
    }
  };
  const done = work();
  return Object.assign(client, {
    stop() {
      client.isStopped = true;
      return done;
    },
  });
}

test.each(['sqlite', 'postgres'] as const)('from %s to the other', async (engine) => {
  using folder = temporaryFolder();
  await using stack = new AsyncDisposableStack();
  const file = sqliteFile(join(folder.path, 'latchkey.db'));
  const made = file.open();
  if (engine === 'sqlite') await applyMigrations(made);
  await made.close();
  const from = engine === 'sqlite' ? file : stack.use(await createTestDatabase());
  const to = engine === 'sqlite' ? stack.use(await emptyPostgres()) : file;
  const server = stack.use(await startServer({ database: from }));
  const clients = await Promise.all(Array.from({ length: 6 }, () => startClient(server)));
  await until(() => clients.every(({ read }) => read > 1));

  await setSetting(server.deps, 'MAINTENANCE_MODE', true, { actor: 'test', reason: 'a move' });
  await server.catchUp();
  // What was let in before is over: a client does one thing after the other.
  await until(() => clients.every(({ refused }) => refused > 0));
  const source = from.open();
  const target = to.open();
  const report = await moveDatabase(source, target);
  expect(report.isEqual).toBe(true);
  await Promise.all(clients.map((client) => client.stop()));
  for (const { name } of await findMovedTables(source)) {
    expect(await allRows(target, name), name).toEqual(await allRows(source, name));
  }
  await Promise.all([source.close(), target.close()]);

  // The same tokens at a server on the copy.
  const next = stack.use(await startServer({ database: to }));
  const { access_token: token, refresh_token } = clients[0] ?? {
    access_token: '',
    refresh_token: '',
  };
  expect((await next.send('GET', '/api/me/', { token })).status).toBe(200);
  const refused = await next.send('POST', '/api/refresh/', { json: { refresh_token } });
  expect(refused.body.code).toBe('maintenance'); // it came along
  await setSetting(next.deps, 'MAINTENANCE_MODE', false, { actor: 'test', reason: 'moved' });
  await next.catchUp();
  for (const client of clients) {
    const json = { refresh_token: client.refresh_token };
    expect((await next.send('POST', '/api/refresh/', { json })).status).toBe(200);
  }
});
