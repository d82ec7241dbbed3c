import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Database, Db } from '../../src/db/database.ts';
import type { Schema } from '../../src/db/schema.ts';

/** A database that has nothing in it and keeps nothing, for what only describes the program. */
export function emptyDatabase(): Database {
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (empty) => new SqliteIntrospector(empty),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  const transact = <T>(task: (trx: Db) => Promise<T>) => db.transaction().execute(task);
  return {
    engine: 'sqlite',
    location: 'nowhere',
    db,
    version: () => 0,
    changes: () => 0,
    noteChange() {},
    transact,
    transactTogether: transact,
    run: () => [],
    runEach: async () => [],
    close: () => db.destroy(),
  };
}
