import { expect, test } from 'vitest';
import { createTestDatabase } from './database.ts';

test('the databases of tests give rows in another order where a query asks for none', async () => {
  await using database = await createTestDatabase();
  await using opened = new AsyncDisposableStack();
  const { db, transact } = opened.adopt(database.open(), (each) => each.close());
  const names = ['a', 'b', 'c'];
  const columns = { description: '', created_at_ms: 0, updated_at_ms: 0 };
  await db
    .insertInto('roles')
    .values(names.map((name) => ({ name, ...columns })))
    .execute();
  const rows = db.selectFrom('roles').select('name').where('name', 'in', names);
  expect(await rows.execute()).not.toEqual(names.map((name) => ({ name })));
  const inTransaction = await transact((trx) =>
    trx.selectFrom('roles').select('name').where('name', 'in', names).execute(),
  );
  expect(inTransaction).not.toEqual(names.map((name) => ({ name })));
  expect(await rows.orderBy('name').execute()).toEqual(names.map((name) => ({ name })));
});
