import type { Migration } from 'kysely/migration';
import { expect, test } from 'vitest';
import { applyMigrations } from '../../src/db/migrate.ts';
import { migrations } from '../../src/db/migrations/index.ts';
import { noLimits, openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { createPostgresDatabase } from '../database.ts';
import { queryPostgres } from './query-postgres.ts';

const names = Object.keys(migrations);

test('ten that migrate at once apply each migration once', async () => {
  await using empty = await createPostgresDatabase('migrate_at_once');
  const databases = Array.from({ length: 10 }, () => openPostgres(empty.url, noLimits));
  const applied = await Promise.all(databases.map((database) => applyMigrations(database)));
  expect(applied.flat().sort()).toEqual(names);
  for (const database of databases) await database.close();
});

test('a migration that fails leaves nothing behind, no lock either', async () => {
  await using empty = await createPostgresDatabase('migrate_failing');
  const database = openPostgres(empty.url, noLimits);
  const failing: Migration = {
    async up(db) {
      await db.schema.createTable('half').addColumn('a', 'integer').execute();
      throw new Error('its own error');
    },
  };
  const attempt = applyMigrations(database, { ...migrations, '9999-bad': failing });
  await expect(attempt).rejects.toThrow(
    'Migration 9999-bad failed, and nothing was changed: its own error',
  );
  const left = `select table_name from information_schema.tables where table_schema = 'public'`;
  expect(await queryPostgres(empty.url, left)).toEqual([]);
  expect(
    await queryPostgres(empty.url, `select 1 from pg_locks where locktype = 'advisory'`),
  ).toEqual([]);
  expect(await applyMigrations(database)).toEqual(names);
  await database.close();
});
