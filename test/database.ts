import { randomBytes } from 'node:crypto';
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

/** How many runs a property gets: what does not depend on the engine is looked for on the first. */
export function runs(count: number): number {
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
  const first = openSqlite(path);
  await applyMigrations(first);
  await first.close();
  return {
    url: `sqlite:${path}`,
    open: () => openSqlite(path),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
    },
  };
}

async function createPostgres(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const made = await createPostgresDatabase(name, templateDatabase);
  // Each connection is a process of PostgreSQL.
  return { ...made, open: () => openPostgres(made.url, { size: 4 }) };
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
