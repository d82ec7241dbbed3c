import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { inject } from 'vitest';
import type { Database, Db, PostgresDatabase } from '../src/db/database.ts';
import { applyMigrations } from '../src/db/migrate.ts';
import { openPostgres } from '../src/db/postgres/postgres-database.ts';
import { openSqlite } from '../src/db/sqlite/sqlite-database.ts';
import { inAnyOrder } from './any-order.ts';
import { queryPostgres } from './postgres/query-postgres.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The engine that the tests of this run are about. */
export const engine = process.env.LATCHKEY_TEST_ENGINE === 'postgres' ? 'postgres' : 'sqlite';

/** A database of a test's own, migrated, on the engine of this run. It is gone afterwards. */
export interface TestDatabase extends AsyncDisposable {
  /** As the configuration names it. */
  readonly url: string;
  /** Opens it, as one more process would. The caller closes it. */
  open(): Database;
}

export function createTestDatabase(): Promise<TestDatabase> {
  return engine === 'sqlite' ? createSqlite() : createPostgres();
}

async function createSqlite(): Promise<TestDatabase> {
  const folder = temporaryFolder();
  const path = join(folder.path, 'latchkey.db');
  migratedFile ??= migrate();
  writeFileSync(path, await migratedFile);
  return {
    url: `sqlite:${path}`,
    open: () => inAnyOrder(openSqlite(path)),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
    },
  };
}

/** The bytes of the database that every test server's own is a copy of. */
let migratedFile: Promise<Buffer> | undefined;

async function migrate(): Promise<Buffer> {
  using folder = temporaryFolder();
  const path = join(folder.path, 'latchkey.db');
  const database = openSqlite(path);
  await applyMigrations(database);
  await database.close();
  return readFileSync(path);
}

/**
 * A database that one test after the other uses, and that is empty again between two of them. Its connections stay open:
 * each is a process, and to start one costs PostgreSQL more than most tests do.
 */
interface KeptDatabase {
  readonly url: string;
  readonly connected: PostgresDatabase;
  close(): Promise<void>;
}

const free: KeptDatabase[] = [];

async function createPostgres(): Promise<TestDatabase> {
  const kept = free.pop() ?? (await keepPostgres());
  const { url, connected } = kept;
  let isOpened = false;
  return {
    url,
    open() {
      if (isOpened) return inAnyOrder(openPostgres(url, { size: connections }));
      isOpened = true; // the next one is another process's
      return inAnyOrder(untilClosed(connected));
    },
    async [Symbol.asyncDispose]() {
      if (await emptyPostgres(connected)) free.push(kept);
      else await kept.close();
    },
  };
}

const connections = 4;

/** The database as long as it is not closed, which leaves its connections open. */
function untilClosed(database: PostgresDatabase): PostgresDatabase {
  let isClosed = false;
  function opened(): PostgresDatabase {
    if (isClosed) throw new Error('This database is closed.');
    return database;
  }
  return {
    ...database,
    db: database.db.withPlugin({
      transformQuery: ({ node }) => opened() && node,
      transformResult: async ({ result }) => result,
    }),
    run: (query) => opened().run(query),
    transact: (task, options) => opened().transact(task, options),
    transactTogether: (task) => opened().transactTogether(task),
    async close() {
      isClosed = true;
    },
  };
}

/** How the kept connections are told from those that a test has left open. */
const keptName = 'kept by tests';

async function keepPostgres(): Promise<KeptDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const made = await createPostgresDatabase(name, templateDatabase);
  const keptUrl = `${made.url}?application_name=${encodeURIComponent(keptName)}`;
  const connected = openPostgres(keptUrl, { size: connections });
  freshSchema ??= await schemaOf(connected.db);
  return {
    url: made.url,
    connected,
    async close() {
      await connected.close();
      await made[Symbol.asyncDispose]();
    },
  };
}

/** @returns false if it is not as it was, because the test has changed more than rows */
async function emptyPostgres({ db }: Database): Promise<boolean> {
  try {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name <> ${keptName}`.execute(db);
    const schema = await db.transaction().execute(async (trx) => {
      await sql.raw(emptying).execute(trx);
      return schemaOf(trx);
    });
    return schema === freshSchema;
  } catch {
    return false;
  }
}

const emptying = `do $$ declare name text; begin
  set local session_replication_role = replica; -- foreign keys need no order then
  for name in select tablename from pg_tables
    where schemaname = 'public' and tablename <> 'schema_migrations' loop
    execute format('delete from %I', name);
  end loop;
  perform setval(format('%I', sequencename)::regclass, 1, false)
    from pg_sequences where schemaname = 'public' and last_value is not null;
end $$`;

let freshSchema: string | undefined;

/** The columns of tables and of indexes, and the migrations. */
async function schemaOf(db: Db): Promise<string> {
  const { rows } = await sql`
    select relname, attname, atttypid, atttypmod, attnotnull
      from pg_attribute join pg_class on pg_class.oid = attrelid
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') and attnum > 0
    union all select name, '', 0, 0, true from schema_migrations
    order by 1, 2`.execute(db);
  return JSON.stringify(rows);
}

/** The migrated database that every test server's own is a copy of. */
export const templateDatabase = 'template_latchkey';

/** Makes a database on the PostgreSQL of this run, and drops it. */
export async function createPostgresDatabase(name: string, template = 'template1') {
  const serverUrl = inject('postgresUrl');
  await queryPostgres(serverUrl, `create database ${name} template ${template}`);
  return {
    url: databaseUrl(serverUrl, name),
    async [Symbol.asyncDispose]() {
      await queryPostgres(serverUrl, `drop database ${name} with (force)`);
    },
  };
}

/** Another database on the same server. */
export function databaseUrl(url: string, name: string): string {
  return url.replace(/\/[^/]*$/, `/${name}`);
}

export { queryPostgres };
