import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { tablesOf } from '../../test/fill-tables.ts';
import { createTestDatabase } from '../../test/harness.ts';
import type { Database } from './database.ts';
import { findMovedTables } from './move/moved-tables.ts';
import { tableFates } from './tables.ts';

/** The list of tables against what the migrations make: nothing is forgotten by a move. */

async function openMigrated() {
  const made = await createTestDatabase();
  const database = made.open();
  return {
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await made[Symbol.asyncDispose]();
    },
  };
}

async function ask<Row>({ db }: Database, text: string): Promise<Row[]> {
  return (await sql.raw<Row>(text).execute(db)).rows;
}

test('every table is on the list, and every one on the list is there', async () => {
  await using opened = await openMigrated();
  expect(Object.keys(tableFates).sort()).toEqual(await tablesOf(opened.database));
});

test('keys and numbering are those of the tables, and each type can be carried', async () => {
  await using opened = await openMigrated();
  for (const { name, key, isNumbered, columns } of await findMovedTables(opened.database)) {
    const primary = await ask<{ name: string }>(
      opened.database,
      `select name from pragma_table_info('${name}') where pk > 0 order by pk`,
    );
    const [made] = await ask<{ sql: string }>(
      opened.database,
      `select sql from sqlite_schema where name = '${name}'`,
    );
    expect([name, ...key]).toEqual([name, ...primary.map((column) => column.name)]);
    expect([name, isNumbered ?? false]).toEqual([name, /autoincrement/i.test(made?.sql ?? '')]);
    expect(columns.length).toBeGreaterThan(1);
  }
});

test('a referenced table comes first, and is not left while a reference to it is copied', async () => {
  await using opened = await openMigrated();
  const moved = (await findMovedTables(opened.database)).map(({ name }) => name);
  for (const [index, name] of moved.entries()) {
    const targets = await ask<{ table: string }>(
      opened.database,
      `select "table" from pragma_foreign_key_list('${name}')`,
    );
    for (const { table } of targets) expect(moved.slice(0, index), name).toContain(table);
  }
});
