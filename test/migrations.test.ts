import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { expect, test } from 'vitest';
import type { Database } from '../src/db/database.ts';
import { applyMigrations } from '../src/db/migrate.ts';
import { migrations } from '../src/db/migrations/index.ts';
import { openSqlite } from '../src/db/sqlite/sqlite-database.ts';
import { fillTables, tablesOf } from './fill-tables.ts';
import { temporaryFolder } from './harness.ts';

const names = Object.keys(migrations);

function openTest(): Database & AsyncDisposable {
  const folder = temporaryFolder();
  const database = openSqlite(join(folder.path, 'test.db'));
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}

async function query<Row>(database: Database, text: string): Promise<Row[]> {
  return (await sql.raw<Row>(text).execute(database.db)).rows;
}

interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/** Every table and index with its SQL, in a fixed order. */
function readSchema(database: Database): Promise<SchemaRow[]> {
  return query(
    database,
    `select type, name, sql from sqlite_schema
     where sql is not null and name not like 'sqlite%' order by tbl_name, type desc, name`,
  );
}

/** SQL with a line for each column, so that a change of the schema is a change of a line. */
function readable({ sql: text }: SchemaRow): string {
  let depth = 0;
  let out = '';
  for (const character of text) {
    if (character === ')') depth -= 1;
    if (character === ')' && depth === 0) out += '\n';
    out += character;
    if (character === '(') depth += 1;
    if ((character === '(' || character === ',') && depth === 1) out += '\n  ';
  }
  return `${out.replaceAll(/\n {3}/g, '\n  ')};\n`;
}

test('the schema after all migrations is the one that is written down in schema.sql', async () => {
  await using database = openTest();
  expect(await applyMigrations(database)).toEqual(names);
  const tables = (await readSchema(database)).filter((row) => row.type === 'table');
  const indexes = (await readSchema(database)).filter((row) => row.type === 'index');
  const text = [...tables, ...indexes].map(readable).join('\n');
  await expect(text).toMatchFileSnapshot('schema.sql');
});

test('migrations are named and listed in their order', () => {
  expect(names).toEqual([...names].sort());
  const numbers = names.map((name) => /^(\d{4})-[a-z0-9-]+$/.exec(name)?.[1]);
  expect(numbers).not.toContain(undefined);
  expect(new Set(numbers).size).toBe(names.length);
});

test('applied twice is as good as once', async () => {
  await using database = openTest();
  await applyMigrations(database);
  const schema = await readSchema(database);
  expect(await applyMigrations(database)).toEqual([]);
  expect(await readSchema(database)).toEqual(schema);
});

const good: Migration = {
  async up(db) {
    await db.schema.createTable('good').addColumn('a', 'integer').execute();
    await sql`insert into settings (name, value) values ('good', '1')`.execute(db);
  },
};
const failing: Migration = {
  async up(db) {
    await db.schema.createTable('half').addColumn('a', 'integer').execute();
    await sql`drop table sessions`.execute(db);
    await sql`insert into nowhere values (1)`.execute(db);
  },
};

test('a migration that fails takes all that was pending with it, and leaves the database as it was', async () => {
  await using database = openTest();
  await applyMigrations(database);
  await query(database, "insert into settings (name, value) values ('kept', '1')");
  const schema = await readSchema(database);
  const attempt = applyMigrations(database, {
    ...migrations,
    '9998-good': good,
    '9999-bad': failing,
  });
  await expect(attempt).rejects.toThrow(
    'Migration 9999-bad failed, and nothing was changed: no such table: nowhere',
  );
  expect(await readSchema(database)).toEqual(schema);
  expect(await query(database, 'select name from settings')).toEqual([{ name: 'kept' }]);

  // It is used as before, and can be migrated once the migration is mended.
  await query(database, "insert into settings (name, value) values ('next', '1')");
  expect(await applyMigrations(database)).toEqual([]);
  expect(await applyMigrations(database, { ...migrations, '9998-good': good })).toEqual([
    '9998-good',
  ]);
});

test('the first migration of a new database that fails leaves nothing of it', async () => {
  await using database = openTest();
  const first: Migration = {
    async up(db) {
      await db.schema.createTable('half').addColumn('a', 'integer').execute();
      throw new Error('its own error');
    },
  };
  await expect(applyMigrations(database, { '0001-base': first })).rejects.toThrow('its own error');
  expect(await query(database, "select * from sqlite_schema where name = 'half'")).toEqual([]);
  expect(await applyMigrations(database)).toEqual(names);
});

test('a database of a newer release is refused, by name, and not touched', async () => {
  await using database = openTest();
  await applyMigrations(database, { ...migrations, '9998-good': good });
  const schema = await readSchema(database);
  await expect(applyMigrations(database)).rejects.toThrow(/newer release.*9998-good/);
  expect(await readSchema(database)).toEqual(schema);
});

test('two connections that migrate at once apply each migration once', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'test.db');
  const databases = [openSqlite(path), openSqlite(path), openSqlite(path)];
  const applied = await Promise.all(databases.map((database) => applyMigrations(database)));
  expect(applied.flat().sort()).toEqual(names);
  for (const database of databases) await database.close();
});

test('processes that migrate at once apply each migration once', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'test.db');
  const module = (name: string) => new URL(`../src/db/${name}`, import.meta.url).href;
  const script = `
    const { openSqlite } = await import('${module('sqlite/sqlite-database.ts')}');
    const { applyMigrations } = await import('${module('migrate.ts')}');
    const database = openSqlite(process.argv[1]);
    console.log(JSON.stringify(await applyMigrations(database)));
    await database.close();`;
  const applied = await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let out = '';
      for await (const chunk of child.stdout) out += String(chunk);
      return JSON.parse(out) as string[];
    }),
  );
  expect(applied.flat().sort()).toEqual(names);
});

/** Values that a migration changes on purpose: `table.column`. */
const changedOnPurpose: readonly string[] = [];

async function readAll(database: Database): Promise<Record<string, Record<string, unknown>[]>> {
  const entries = await Promise.all(
    (await tablesOf(database)).map(async (table) => [
      table,
      await query<Record<string, unknown>>(database, `select * from ${table} order by 1`),
    ]),
  );
  return Object.fromEntries(entries);
}

test.each(names.slice(0, -1).map((name, index) => [name, index + 1] as const))(
  'what was stored when %s was the newest is there after all later migrations',
  async (_name, count) => {
    await using database = openTest();
    const older = Object.fromEntries(Object.entries(migrations).slice(0, count));
    await applyMigrations(database, older);
    await fillTables(database, 3);
    const before = await readAll(database);
    expect(before.users).toHaveLength(3);
    expect(await applyMigrations(database)).toEqual(names.slice(count));
    const after = await readAll(database);
    for (const [table, rows] of Object.entries(before)) {
      for (const row of rows) {
        for (const column of Object.keys(row)) {
          if (changedOnPurpose.includes(`${table}.${column}`)) delete row[column];
        }
      }
      expect(after[table], table).toMatchObject(rows);
    }
    expect(await query(database, 'pragma foreign_key_check')).toEqual([]);
    expect(await query(database, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  },
);
