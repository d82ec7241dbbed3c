import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { writeMigration } from '../../src/cli/new-migration.ts';
import { migrations } from '../../src/db/migrations/index.ts';
import { temporaryFolder } from '../harness.ts';
import { commandLine, latchkey } from './command-line.ts';

const root = join(import.meta.dirname, '../..');
const names = Object.keys(migrations);

test('migrations are planned without a trace, applied once, and required by other commands', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const run = commandLine(data);

  const planned = await run('migrate --plan --json');
  expect(JSON.parse(planned.stdout).pending).toEqual(names);
  expect(existsSync(data)).toBe(false);

  const applied = await run('migrate');
  expect(applied.stdout.split('\n').slice(1, -1)).toEqual(names.map((name) => `  ${name}`));
  const before = readdirSync(data);
  expect((await run('migrate --plan')).stdout).toBe(
    `${join(data, 'latchkey.db')} is up to date.\n`,
  );
  expect(readdirSync(data)).toEqual(before);

  const last = names.at(-1);
  const file = new DatabaseSync(join(data, 'latchkey.db'));
  file.prepare('delete from schema_migrations where name = ?').run(last ?? '');
  expect(JSON.parse((await run('migrate --plan --json')).stdout).pending).toEqual([last]);
  expect(await run('users list')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(
      'lacks 1 migration of this release. Apply with "latchkey migrate"',
    ),
  });

  file
    .prepare('insert into schema_migrations (name, timestamp) values (?, ?)')
    .run('9999-from-tomorrow', new Date().toISOString());
  file.close();
  for (const command of ['migrate', 'serve', 'users list']) {
    const refused = await run(command);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(
      /was migrated by a newer release \(9999-from-tomorrow\)\. .*\n$/,
    );
  }
});

test('the database of another program is left alone', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'latchkey.db');
  const file = new DatabaseSync(path);
  file.exec('create table users (name text)');
  file.close();
  const before = readFileSync(path);
  const run = commandLine(folder.path);
  for (const command of ['migrate', 'settings list', 'serve']) {
    const refused = await run(command);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('is the database of another program.');
  }
  expect(readFileSync(path)).toEqual(before);
  expect(readdirSync(folder.path)).toEqual(['latchkey.db']);
});

test('a new migration is written and listed, in a checkout alone', async () => {
  using folder = temporaryFolder();
  cpSync(join(root, 'src'), join(folder.path, 'src'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder.path, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  const copy = { main: join(folder.path, 'src/main.ts') };

  for (const name of ['add-roles', 'delete']) {
    const written = await latchkey(['migrate', 'new', name], copy);
    expect(written.stderr).toBe('');
    expect(written.stdout).toMatch(new RegExp(`src/db/migrations/\\d{4}-${name}\\.ts\n$`));
  }
  const plan = await latchkey(['migrate', '--plan', '--json', '--data', folder.path], copy);
  const last = Number(names.at(-1)?.slice(0, 4));
  const number = (offset: number) => String(last + offset).padStart(4, '0');
  expect(JSON.parse(plan.stdout).pending).toEqual([
    ...names,
    `${number(1)}-add-roles`,
    `${number(2)}-delete`,
  ]);

  const list = join(folder.path, 'src/db/migrations');
  expect(() => writeMigration('add-roles', list)).toThrow('There is a migration named add-roles');
  expect(() => writeMigration('Add roles', list)).toThrow('Use lower case, digits and hyphens');
  expect(() => writeMigration('x', folder.path)).toThrow('This is an installed release');
});
