import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CompiledQuery, sql } from 'kysely';
import { expect, test } from 'vitest';
import { eventually } from '../../../test/eventually.ts';
import { temporaryFolder } from '../../../test/harness.ts';
import type { Database, Db } from '../database.ts';
import { openSqlite } from './sqlite-database.ts';

async function openTest(): Promise<Database & AsyncDisposable & { path: string }> {
  const folder = temporaryFolder();
  const path = join(folder.path, 'test.db');
  const database = openSqlite(path);
  await sql`create table settings (name text primary key, value text not null)`.execute(
    database.db,
  );
  return {
    ...database,
    path,
    async [Symbol.asyncDispose]() {
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}

function names({ db }: Pick<Database, 'db'>): Promise<string[]> {
  return db
    .selectFrom('settings')
    .select('name')
    .orderBy('name')
    .execute()
    .then((rows) => rows.map((row) => row.name));
}

const add = (name: string) =>
  CompiledQuery.raw('insert into settings (name, value) values (?, ?)', [name, '1']);

test('a new file is its owner’s alone, in WAL mode', async () => {
  await using database = await openTest();
  expect(statSync(database.path).mode & 0o777).toBe(0o600);
  const pragma = async (name: string) =>
    Object.values((await sql.raw(`pragma ${name}`).execute(database.db)).rows[0] as object)[0];
  expect(await pragma('journal_mode')).toBe('wal');
  expect(await pragma('synchronous')).toBe(1); // each commit is synced beside it: log-sync.test.ts
  expect(await pragma('foreign_keys')).toBe(1);
  expect(await pragma('page_size')).toBe(1024);
});

test('a file of other pages is taken as it is', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'test.db');
  const made = new DatabaseSync(path);
  made.exec(
    "pragma page_size = 8192; create table notes (note text); insert into notes values ('kept')",
  );
  made.close();
  const database = openSqlite(path);
  const ask = (text: string) => database.run(CompiledQuery.raw(text));
  expect(await ask('pragma page_size')).toEqual([{ page_size: 8192 }]);
  expect(await ask('select note from notes')).toEqual([{ note: 'kept' }]);
  await database.close();
});

test('a transaction that throws leaves nothing behind, and does not keep the lock', async () => {
  await using database = await openTest();
  const { db } = database;
  const failing = db.transaction().execute(async (trx) => {
    await trx.insertInto('settings').values({ name: 'lost', value: '1' }).execute();
    throw new Error('its own error');
  });
  await expect(failing).rejects.toThrow('its own error');
  await db.insertInto('settings').values({ name: 'kept', value: '1' }).execute();
  expect(await names(database)).toEqual(['kept']);
});

test('a read beside a transaction sees what is committed, a read within it what it wrote', async () => {
  await using database = await openTest();
  const { db } = database;
  await db.transaction().execute(async (trx) => {
    await trx.insertInto('settings').values({ name: 'new', value: '1' }).execute();
    expect(await names({ db: trx })).toEqual(['new']);
    expect(await names(database)).toEqual([]);
    expect(await database.run(CompiledQuery.raw('select name from settings'))).toEqual([]);
  });
  expect(await names(database)).toEqual(['new']);
});

test('a write that does not join the transaction that it is called in fails it, and no later one', async () => {
  await using database = await openTest();
  const { db } = database;
  const nested = db.transaction().execute(async (trx) => {
    await trx.insertInto('settings').values({ name: 'a', value: '1' }).execute();
    await db.insertInto('settings').values({ name: 'b', value: '1' }).execute();
  });
  await expect(nested).rejects.toMatchObject({ code: 'database_unavailable' });
  await database.run(add('c'));
  expect(await names(database)).toEqual(['c']);
});

test('a statement that fails fails alone', async () => {
  await using database = await openTest();
  const outcomes = await Promise.allSettled(
    ['a', 'a', 'b'].map(async (name) => database.run(add(name))),
  );
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await names(database)).toEqual(['a', 'b']);
});

test('statements that were prepared before a change of the schema give what is there after it', async () => {
  await using database = await openTest();
  using other = new DatabaseSync(database.path);
  const all = () => database.db.selectFrom('settings').selectAll().execute();
  const insert = (name: string) =>
    database.run(
      CompiledQuery.raw('insert into settings (name, value) values (?, 1) returning *', [name]),
    );
  expect(await insert('a')).toEqual([{ name: 'a', value: '1' }]);
  expect(await all()).toEqual([{ name: 'a', value: '1' }]);

  other.exec("alter table settings add column unit text default 's'");
  expect(await all()).toEqual([{ name: 'a', value: '1', unit: 's' }]);
  expect(await insert('b')).toEqual([{ name: 'b', value: '1', unit: 's' }]);

  other.exec('alter table settings drop column unit');
  expect(await all()).toHaveLength(2);
  expect(await insert('c')).toEqual([{ name: 'c', value: '1' }]);

  other.exec('drop table settings');
  await expect(all()).rejects.toThrow('no such table');
  await expect(async () => insert('d')).rejects.toThrow('no such table');
  other.exec('create table settings (value, name)');
  expect(await insert('d')).toEqual([{ name: 'd', value: 1 }]);
  expect(await all()).toEqual([{ name: 'd', value: 1 }]);
});

test('more statements than are kept prepared all work, again and again', async () => {
  await using database = await openTest();
  for (let round = 0; round < 2; round += 1) {
    for (let n = 0; n < 300; n += 1) {
      expect(await database.run(CompiledQuery.raw(`select ${n} as n`))).toEqual([{ n }]);
    }
  }
});

test('the version changes with each commit: at once, and within a moment with those of others', async () => {
  await using database = await openTest();
  using other = new DatabaseSync(database.path);
  const seen = new Set([database.version()]);
  await database.run(add('a'));
  seen.add(database.version());
  await database.db.transaction().execute(async (trx) => {
    await trx.insertInto('settings').values({ name: 'b', value: '1' }).execute();
  });
  seen.add(database.version());
  expect(seen.size).toBe(3);
  other.exec("insert into settings values ('c', '1')");
  await eventually(() => expect(seen.add(database.version()).size).toBe(4));
  expect(database.version()).toBe(database.version());
});

test('closing finishes what is under way, refuses what comes later, and leaves one file', async () => {
  await using database = await openTest();
  const { db } = database;
  const underWay = db.transaction().execute(async (trx) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    await trx.insertInto('settings').values({ name: 'under way', value: '1' }).execute();
  });
  await new Promise(setImmediate);
  const waiting = database.run(add('waiting'));
  const closed = database.close();
  const late = database.run(add('late'));
  await expect(late).rejects.toMatchObject({ code: 'database_unavailable' });
  await Promise.all([underWay, waiting, closed]);
  await database.close(); // again is as good as once
  expect(existsSync(`${database.path}-wal`)).toBe(false);

  using other = new DatabaseSync(database.path);
  const rows = other.prepare('select name from settings order by name').all();
  expect(rows.map((row) => row.name)).toEqual(['under way', 'waiting']);
});

test('what cannot be opened says so, and leaves nothing open', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'no.db');
  writeFileSync(path, 'no database at all, but long enough to be read as one '.repeat(20));
  expect(() => openSqlite(path)).toThrow('not a database');
  mkdirSync(join(folder.path, 'folder.db'));
  expect(() => openSqlite(join(folder.path, 'folder.db'))).toThrow();
  expect(() => openSqlite(join(folder.path, 'nowhere', 'x.db'))).toThrow();
});

test.skipIf(process.geteuid?.() === 0)('a file that cannot be written is refused at once', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'read-only.db');
  new DatabaseSync(path).close();
  chmodSync(path, 0o400);
  expect(() => openSqlite(path)).toThrow('EACCES');
});

test('a loop over pages gives others their turn, within a transaction too', async () => {
  await using database = await openTest();
  const { db } = database;
  const readUntilOthersHadTheirTurn = async (reader: Db) => {
    let hadTurn = false;
    setImmediate(() =>
      setImmediate(() => {
        hadTurn = true;
      }),
    );
    for (let page = 0; page < 100_000; page += 1) {
      await reader.selectFrom('settings').select('name').execute();
      if (hadTurn) return true;
    }
    return false;
  };
  expect(await readUntilOthersHadTheirTurn(db)).toBe(true);
  expect(await db.transaction().execute(readUntilOthersHadTheirTurn)).toBe(true);
});
