import { expect, test } from 'vitest';
import { applyMigrations } from '../../src/db/migrate.ts';
import { migrations } from '../../src/db/migrations/index.ts';
import { noLimits, openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { createPostgresDatabase } from '../database.ts';
import { queryPostgres } from './query-postgres.ts';

/**
 * While nodes are upgraded one by one, those of the release before work on the database that the new
 * one has migrated (docs/guide/upgrade.md). So a migration only expands: it takes nothing away, and
 * asks nothing new of rows that the older release writes.
 */

/**
 * Migrations that contract: what they take away, the release before them did not use any more.
 * Name the release that stopped using it.
 */
const contractions: Readonly<Record<string, string>> = {};

interface Column {
  readonly name: string;
  readonly type: string;
  /** A row can be written without it. */
  readonly isOptional: boolean;
}

interface Shape {
  readonly columns: readonly Column[];
  /** Unique indexes and other constraints, by their definition. */
  readonly rules: readonly string[];
}

async function readShape(url: string): Promise<Shape> {
  const columns = await queryPostgres(
    url,
    `select table_name || '.' || column_name as name, data_type as type,
       is_nullable = 'YES' or column_default is not null or is_identity = 'YES' as optional
     from information_schema.columns where table_schema = 'public' order by 1`,
  );
  const rules = await queryPostgres(
    url,
    `select tablename || ': ' || indexdef as rule from pg_indexes
     where schemaname = 'public' and indexdef like 'CREATE UNIQUE%'
     union all
     select conrelid::regclass || ': ' || pg_get_constraintdef(oid) from pg_constraint
     where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'x')
     order by 1`,
  );
  return {
    columns: columns.map((row) => ({
      name: String(row.name),
      type: String(row.type),
      isOptional: row.optional === true,
    })),
    rules: rules.map((row) => String(row.rule)),
  };
}

const tableOf = (text: string) => text.split(/[.:]/, 1)[0] ?? '';

/** What the older release would stumble over. */
function obstacles(before: Shape, after: Shape): string[] {
  const tables = new Set(before.columns.map(({ name }) => tableOf(name)));
  const isOld = (text: string) => tables.has(tableOf(text));
  const now = new Map(after.columns.map((column) => [column.name, column]));
  const known = new Set(before.columns.map(({ name }) => name));
  return [
    ...before.columns.flatMap(({ name, type, isOptional }) => {
      const column = now.get(name);
      if (!column) return [`${name} is gone`];
      if (column.type !== type) return [`${name} was ${type} and is ${column.type}`];
      return isOptional && !column.isOptional ? [`${name} must be written now`] : [];
    }),
    ...after.columns
      .filter(({ name, isOptional }) => isOld(name) && !known.has(name) && !isOptional)
      .map(({ name }) => `${name} is new and must be written`),
    ...after.rules
      .filter((rule) => isOld(rule) && !before.rules.includes(rule))
      .map((rule) => `a new rule: ${rule}`),
  ];
}

test('each migration leaves the release before it able to work', async () => {
  await using empty = await createPostgresDatabase('side_by_side');
  const { url } = empty;
  const database = openPostgres(url, noLimits);
  const names = Object.keys(migrations);
  let before: Shape | undefined;
  for (const [index, name] of names.entries()) {
    const list = Object.fromEntries(Object.entries(migrations).slice(0, index + 1));
    expect(await applyMigrations(database, list)).toEqual([name]);
    const after = await readShape(url);
    if (before && !(name in contractions))
      expect([name, obstacles(before, after)]).toEqual([name, []]);
    before = after;
  }
  await database.close();
});

test('the rule sees what it is for', () => {
  const column = (name: string, isOptional = false, type = 'text') => ({ name, type, isOptional });
  const before = { columns: [column('a.x'), column('a.y', true), column('a.z')], rules: [] };
  const after = {
    columns: [column('a.x', false, 'bigint'), column('a.y'), column('a.new'), column('b.new')],
    rules: ['a: CREATE UNIQUE INDEX i', 'b: CREATE UNIQUE INDEX j'],
  };
  expect(obstacles(before, after)).toEqual([
    'a.x was text and is bigint',
    'a.y must be written now',
    'a.z is gone',
    'a.new is new and must be written',
    'a new rule: a: CREATE UNIQUE INDEX i',
  ]);
});
