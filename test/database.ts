import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Database } from '../src/db/database.ts';
import { applyMigrations } from '../src/db/migrate.ts';
import { openPostgres } from '../src/db/postgres/postgres-database.ts';
import { openSqlite } from '../src/db/sqlite/sqlite-database.ts';
import { queryPostgres } from './postgres/query-postgres.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The engine that the tests of this run are about. */
export const engine = process.env.LATCHKEY_TEST_ENGINE === 'postgres' ? 'postgres' : 'sqlite';

/**
 * How many runs a property gets: what does not depend on the engine is looked for on the first, and
 * `npm run test:quick` takes a few.
 */
export function runs(count: number): number {
  if (process.env.TEST_QUICK === '1') return Math.ceil(count / 20);
  return engine === 'sqlite' ? count : Math.ceil(count / 5);
}

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
    open: () => openSqlite(path),
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

/** What tests have used and left empty. To make one takes a quarter of a second, to empty one little. */
const emptied: { readonly url: string; readonly drop: () => Promise<void> }[] = [];

async function createPostgres(): Promise<TestDatabase> {
  const { url, drop } = emptied.pop() ?? (await createTestPostgres());
  return {
    url,
    open: () => openPostgres(url, { size: 4 }), // each connection is a process of PostgreSQL
    async [Symbol.asyncDispose]() {
      if (await emptyPostgres(url)) emptied.push({ url, drop });
      else await drop();
    },
  };
}

async function createTestPostgres() {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const made = await createPostgresDatabase(name, templateDatabase);
  freshSchema ??= await schemaOf(made.url);
  return { url: made.url, drop: () => made[Symbol.asyncDispose]() };
}

/** @returns false if it is not as it was, because the test has changed more than rows */
async function emptyPostgres(url: string): Promise<boolean> {
  try {
    const schema = await schemaOf(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid();
       set session_replication_role = replica; -- foreign keys need no order then
       do $$ declare name text; begin
         for name in select tablename from pg_tables
           where schemaname = 'public' and tablename <> 'schema_migrations' loop
           execute format('delete from %I', name);
         end loop;
         perform setval(format('%I', sequencename)::regclass, 1, false)
           from pg_sequences where schemaname = 'public';
       end $$;`,
    );
    return schema === freshSchema;
  } catch {
    return false;
  }
}

let freshSchema: string | undefined;

/** @param before statements that come first, on the same connection */
async function schemaOf(url: string, before = ''): Promise<string> {
  const rows = await queryPostgres(
    url,
    `${before}
     select relname::text, attname::text, format_type(atttypid, atttypmod), attnotnull::text
       from pg_attribute join pg_class on pg_class.oid = attrelid
       where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0
     union all select name, 'applied', '', '' from schema_migrations
     union all select indexdef, '', '', '' from pg_indexes where schemaname = 'public'
     order by 1, 2`,
  );
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
