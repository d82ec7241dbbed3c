import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/harness.ts';
import type { Db } from '../database.ts';
import { applyMigrations } from '../migrate.ts';
import { createGroupTransactions } from './group-transactions.ts';
import { openSqlite } from './sqlite-database.ts';

const insert = (key: string) => (trx: Db) =>
  trx.insertInto('rate_counts').values({ key, events: 1, ends_at_ms: 1 }).execute();

async function opened() {
  const folder = temporaryFolder();
  const database = openSqlite(join(folder.path, 'latchkey.db'));
  await applyMigrations(database);
  const keys = async () =>
    (await database.db.selectFrom('rate_counts').select('key').orderBy('key').execute()).map(
      ({ key }) => key,
    );
  return {
    ...{ database, keys },
    async [Symbol.asyncDispose]() {
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}

test('tasks that arrive together share transactions, in their order, and each gets its own result', async () => {
  await using place = await opened();
  let transactions = 0;
  const together = createGroupTransactions((task) => {
    transactions += 1;
    return place.database.transact(task);
  });
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      together(async (trx) => {
        await insert(String(n))(trx);
        return n;
      }),
    ),
  );
  expect(results).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(transactions).toBe(2);
  expect(await place.keys()).toHaveLength(100);
});

test('one that fails changes nothing, and keeps nothing from the others', async () => {
  await using place = await opened();
  const { transactTogether } = place.database;
  const fail = async (trx: Db) => {
    await insert('failed')(trx);
    throw new Error('no');
  };
  const outcomes = await Promise.allSettled([
    transactTogether(insert('a')),
    transactTogether(fail),
    transactTogether(insert('b')),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await place.keys()).toEqual(['a', 'b']);
});
