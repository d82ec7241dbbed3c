import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { applyMigrations, migrationStatus } from '../../src/db/migrate.ts';
import { type MoveOptions, moveDatabase } from '../../src/db/move/move.ts';
import { findMovedTables } from '../../src/db/move/moved-tables.ts';
import { noLimits, openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.ts';
import { createPostgresDatabase } from '../database.ts';
import { fillTables } from '../fill-tables.ts';
import { temporaryFolder } from '../harness.ts';

const pageSize = 100;
const rowsPerTable = 250; // more than two pages
const move = (source: Database, target: Database, options: MoveOptions = {}) =>
  moveDatabase(source, target, { pageSize, ...options });

/** Everything that a test opens, closed at its end in the right order. */
function openAll() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  let files = 0;
  return {
    sqlite(): Database {
      files += 1;
      return stack.adopt(openSqlite(join(folder.path, `${files}.db`)), (db) => db.close());
    },
    async postgres(): Promise<Database> {
      const made = stack.use(
        await createPostgresDatabase(`move_${randomBytes(6).toString('hex')}`),
      );
      return stack.adopt(openPostgres(made.url, { size: 4, ...noLimits }), (db) => db.close());
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A database with rows in every table, among them what is hard to carry. */
async function fill(database: Database): Promise<void> {
  await applyMigrations(database);
  await fillTables(database, rowsPerTable);
  const { db } = database;
  await sql`update users set email = 'ünïcödé 🦊 "quoted" \\ ' || id, password_hash = null
    where id % 3 = 0`.execute(db);
  await sql`update sessions set ended_at_ms = null, created_at_ms = 9007199254740991`.execute(db);
  await sql`insert into known_networks (user_id, network, last_used_at_ms)
    values (7, 'ä', 1), (7, 'a', 1), (7, 'B', 1), (7, '🦊', 1), (7, 'Z', 1), (7, '_', 1)`.execute(
    db,
  );
  // The newest rows are gone, but their ids were issued.
  await sql`delete from users where id > ${rowsPerTable - 10}`.execute(db);
  await sql`delete from setting_changes`.execute(db);
}

async function nextUserId({ db }: Database): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into users (email, email_normalized, created_at_ms, updated_at_ms)
    values ('next', 'next', 1, 1) returning id`.execute(db);
  return rows[0]?.id ?? 0;
}

const allRows = async ({ db }: Database, table: string) =>
  (await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(db)).rows
    .map((row) => JSON.stringify(Object.entries(row).sort()))
    .sort();

test('there and back again: every row of every table, and no id is used again', async () => {
  await using open = openAll();
  const source = open.sqlite();
  await fill(source);
  const there = await open.postgres();
  const back = open.sqlite();
  const moves = [
    [source, there],
    [there, back],
  ] as const;
  for (const [from, to] of moves) {
    const report = await move(from, to);
    expect(report.isEqual).toBe(true);
    for (const { name } of await findMovedTables(source)) {
      expect(await allRows(to, name), name).toEqual(await allRows(source, name));
    }
    expect((await migrationStatus(to)).pending).toEqual([]); // it may be used
    const { tables } = report;
    const users = tables.find(({ name }) => name === 'users');
    expect(users?.target).toEqual({
      rows: rowsPerTable - 10,
      sha256: users?.source.sha256,
      largestId: rowsPerTable,
    });
  }
  expect(await nextUserId(there)).toBe(rowsPerTable + 1);
  expect(await nextUserId(back)).toBe(rowsPerTable + 1);
});

/** Breaks a move off after some pages, as `kill -9` does: nothing is tidied up. */
async function breakOff(source: Database, target: Database, pages: number): Promise<void> {
  let left = pages;
  const onProgress = () => {
    left -= 1;
    if (left === 0) throw new Error('broken off');
  };
  await expect(move(source, target, { onProgress })).rejects.toThrow('broken off');
}

test('PostgreSQL knows what its tables hold when a move has ended', async () => {
  await using open = openAll();
  const [source, target] = [open.sqlite(), await open.postgres()];
  await fill(source);
  await move(source, target);
  const { rows } = await sql<{ n: number }>`
    select reltuples::integer as n from pg_class where relname = 'sessions'`.execute(target.db);
  const { rows: there } = await sql<{ n: number }>`
    select cast(count(*) as integer) as n from sessions`.execute(target.db);
  expect(rows).toEqual(there);
});

test('a move that was broken off goes on where it was; until then no server starts on its target', async () => {
  await using open = openAll();
  const source = open.sqlite();
  await fill(source);
  for (const target of [await open.postgres(), open.sqlite()]) {
    await breakOff(source, target, 2);
    await expect(migrationStatus(target)).rejects.toThrow('a part of a move');
    await breakOff(source, target, 6);
    const report = await move(source, target);
    expect(report.isEqual).toBe(true);
    expect(report.rowsKept).toBeGreaterThan(rowsPerTable);
    expect((await migrationStatus(target)).pending).toEqual([]);
  }
});

test('if the source has changed since a move was broken off, it is copied again', async () => {
  await using open = openAll();
  const source = open.sqlite();
  await fill(source);
  const target = open.sqlite();
  await breakOff(source, target, 6);
  await sql`delete from users where id = 3`.execute(source.db);
  const report = await move(source, target);
  expect([report.isEqual, report.rowsKept]).toEqual([true, 0]);
});

test('nobody writes to the source while it is copied', async () => {
  await using open = openAll();
  const file = open.sqlite();
  await fill(file);
  const postgres = await open.postgres();
  expect((await move(file, postgres)).isEqual).toBe(true);
  for (const [source, location] of [
    [file, file.location],
    [postgres, postgres.location],
  ] as const) {
    const other =
      source.engine === 'sqlite'
        ? openSqlite(location)
        : openPostgres(await urlOf(source), { size: 1, lockLimitMs: 50 });
    const attempts: Promise<unknown>[] = [];
    const report = await move(source, open.sqlite(), {
      onProgress() {
        if (attempts.length > 0) return;
        attempts.push(
          sql`delete from users where id = 5`.execute(other.db).then(
            () => 'done',
            (error) => error.code,
          ),
        );
      },
    });
    expect(report.isEqual).toBe(true);
    // On SQLite it waited for its turn, on PostgreSQL not so long.
    expect(await attempts[0]).toBe(source.engine === 'sqlite' ? 'done' : 'database_unavailable');
    await other.close();
  }

  async function urlOf({ db }: Database): Promise<string> {
    const { rows } = await sql<{ name: string; port: number }>`
      select current_database() as name, inet_server_port() as port`.execute(db);
    return `postgres://postgres@127.0.0.1:${rows[0]?.port}/${rows[0]?.name}`;
  }
});

test('a database that holds anything else is refused, and left as it is', async () => {
  await using open = openAll();
  const source = open.sqlite();
  await fill(source);
  const used = await open.postgres();
  await applyMigrations(used);
  await nextUserId(used);
  await expect(move(source, used)).rejects.toThrow('holds data: there are rows in "users"');
  expect(await allRows(used, 'users')).toHaveLength(1);

  const foreign = open.sqlite();
  await sql`create table theirs (a integer)`.execute(foreign.db);
  await expect(move(source, foreign)).rejects.toThrow('the database of another program');

  const other = open.sqlite();
  await breakOff(source, other, 1);
  const second = open.sqlite();
  await applyMigrations(second);
  await expect(move(second, other)).rejects.toThrow('holds a part of a move from');
});

test('a row that is not the same on both sides shows, and the target stays closed', async () => {
  await using open = openAll();
  const source = open.sqlite();
  await fill(source);
  const target = open.sqlite();
  let isDamaged = false;
  const report = await move(source, target, {
    onProgress({ phase }) {
      if (phase !== 'verifying' || isDamaged) return;
      isDamaged = true;
      void sql`update users set username = 'somebody' where id = 4`.execute(target.db);
    },
  });
  expect(report.isEqual).toBe(false);
  expect(report.tables.filter(({ isEqual }) => !isEqual).map(({ name }) => name)).toEqual([
    'users',
  ]);
  await expect(migrationStatus(target)).rejects.toThrow('a part of a move');
  expect((await move(source, target)).isEqual).toBe(true); // copied again
});
