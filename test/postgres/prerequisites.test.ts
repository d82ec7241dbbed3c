import { expect, inject, test } from 'vitest';
import { latchkey } from '../cli/command-line.ts';
import { databaseUrl, queryPostgres } from '../database.ts';
import { temporaryFolder } from '../harness.ts';

/** What a database must be before anything is made in it; asked by every command that would make something. */

const serverUrl = inject('postgresUrl');

interface Place extends AsyncDisposable {
  readonly url: string;
  readonly data: string;
  /** Runs a command on the database, with a data folder that is not a database's. */
  run(...args: string[]): ReturnType<typeof latchkey>;
}

/** @param statements each is run by the superuser, before */
async function place(name: string, statements: readonly string[], role?: string): Promise<Place> {
  for (const statement of statements) await queryPostgres(serverUrl, statement);
  const folder = temporaryFolder();
  const url = databaseUrl(serverUrl, name).replace(/\/\/[^@]*@/, role ? `//${role}@` : '$&');
  return {
    url,
    data: folder.path,
    run: (...args) =>
      latchkey([...args, '--data', folder.path], {
        env: { LATCHKEY_DATABASE_URL: url, LATCHKEY_SECRET_KEY: 'x'.repeat(40) },
      }),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      await queryPostgres(serverUrl, `drop database ${name} with (force)`);
      if (role) await queryPostgres(serverUrl, `drop role ${role}`);
    },
  };
}

test('a user who may not make tables is told the statement that helps, and it helps', async () => {
  await using db = await place(
    'no_create',
    ['create role plain login', 'create database no_create'],
    'plain',
  );
  const grant = 'grant create, usage on schema public to plain;';
  const doctor = await db.run('doctor', '--json');
  expect(doctor.stdout).toContain(grant);
  expect(doctor.status).toBe(1);
  const migrate = await db.run('migrate');
  expect([migrate.status, migrate.stderr]).toEqual([1, expect.stringContaining(grant)]);
  expect(migrate.stderr).not.toContain('transaction is aborted');
  const start = await db.run('serve', '--migrate', '--port', '0', '--metrics-port', 'off');
  expect([start.status, start.stderr]).toEqual([1, expect.stringContaining(grant)]);

  const from = await latchkey(['migrate', '--data', db.data]);
  expect(from.status).toBe(0);
  for (const flags of [['--dry-run'], []]) {
    const move = await latchkey(['move', '--to', db.url, '--data', db.data, ...flags]);
    expect([move.status, move.stderr]).toEqual([1, expect.stringContaining(grant)]);
  }

  await queryPostgres(databaseUrl(serverUrl, 'no_create'), grant);
  expect((await db.run('doctor', '--json')).stdout).not.toContain('grant create');
  const tables = "select count(*)::int as n from pg_tables where schemaname = 'public'";
  const count = () => queryPostgres(databaseUrl(serverUrl, 'no_create'), tables);
  expect(await count()).toEqual([{ n: 0 }]); // what was tried is gone
  expect((await db.run('migrate')).status).toBe(0);
  await queryPostgres(databaseUrl(serverUrl, 'no_create'), 'drop owned by plain');
});

test('a database that cannot hold every character is refused by all', async () => {
  await using db = await place('in_latin', [
    "create database in_latin encoding 'LATIN1' locale 'C' template template0",
  ]);
  const refused = expect.stringContaining('is encoded in LATIN1');
  const doctor = await db.run('doctor', '--json');
  expect([doctor.status, doctor.stdout]).toEqual([1, refused]);
  for (const args of [
    ['migrate'],
    ['migrate', '--plan'],
    ['serve', '--migrate', '--port', '0', '--metrics-port', 'off'],
    ['serve', '--port', '0', '--metrics-port', 'off'],
    ['users', 'list'],
  ]) {
    const { status, stderr } = await db.run(...args);
    expect([args, status, stderr]).toEqual([args, 1, refused]);
  }
  expect((await latchkey(['migrate', '--data', db.data])).status).toBe(0);
  for (const flags of [['--dry-run'], []]) {
    const move = await latchkey(['move', '--to', db.url, '--data', db.data, ...flags]);
    expect([move.status, move.stderr]).toEqual([1, refused]);
  }
});

test('the doctor says who has no factor, and which roles have no effect', async () => {
  await using db = await place('with_roles', ['create database with_roles']);
  for (const command of [
    'migrate',
    'users create ada@example.com --superuser --no-password',
    'users create bob@example.com --no-password',
    'roles create support users.view',
    'roles assign support bob@example.com',
    'roles require support aal2',
  ]) {
    expect([command, (await db.run(...command.split(' '))).status]).toEqual([command, 0]);
  }
  const found = (await db.run('doctor')).stdout;
  expect(found).toContain(
    '2 administrators without a second factor: ada@example.com, bob@example.com',
  );
  expect(found).toContain('of everybody, as not all of them have a role');
  expect(found).not.toMatch(/^problem +roles/m);
  await db.run('settings', 'set', 'SECOND_FACTOR_POLICY', 'off');
  const off = await db.run('doctor');
  expect([off.status, off.stdout]).toEqual([
    1,
    expect.stringMatching(
      /^problem +roles +role support requires aal2, and SECOND_FACTOR_POLICY is off/m,
    ),
  ]);
});
