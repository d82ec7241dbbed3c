import type { CompiledQuery } from 'kysely';
import { expect, test } from 'vitest';
import { engine } from '../../../../test/database.ts';
import { createTestDatabase } from '../../../../test/harness.ts';
import { prepareRotateEach } from './rotate.queries.ts';

test.runIf(engine === 'sqlite')('a renewal reads no row but that of its session', async () => {
  await using file = await createTestDatabase();
  const database = file.open();
  if (database.engine !== 'sqlite') throw new Error('The test is of SQLite.');
  let query: CompiledQuery | undefined;
  const runEach = async (asked: CompiledQuery) => {
    query = asked;
    return [];
  };
  await prepareRotateEach({ ...database, runEach })([]);
  const plan = await database.run<{ detail: string }>({
    ...(query as CompiledQuery),
    sql: `explain query plan ${query?.sql}`,
    parameters: [],
  });
  const steps = plan.map(({ detail }) => detail);
  expect(steps).toEqual([
    'SEARCH sessions USING INTEGER PRIMARY KEY (rowid=?)',
    expect.stringContaining('SUBQUERY'),
    'SEARCH users USING COVERING INDEX users_inactive (id>? AND id<?)',
  ]);
  await database.close();
});
