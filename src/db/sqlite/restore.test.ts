import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { damagePage, temporaryFolder } from '../../../test/harness.ts';
import { applyMigrations } from '../migrate.ts';
import { backUpSqlite } from './backup.ts';
import { nothingCarriedOver } from './carry-over.ts';
import { type RestoreOptions, restoreSqlite } from './restore.ts';
import { acquireServerLock } from './server-lock.ts';
import { openSqlite } from './sqlite-database.ts';

const start = Date.UTC(2030, 0, 1);
const dayMs = 86_400_000;

/** A data folder with a database of one user and three sessions, and a backup of that. */
async function backedUp() {
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  mkdirSync(data);
  const path = join(data, 'latchkey.db');
  const database = openSqlite(path);
  await applyMigrations(database);
  await database.close();
  const sql = (text: string) => {
    const file = new DatabaseSync(path);
    file.exec(text);
    file.close();
  };
  sql(`update schema_migrations set timestamp = '2029-12-01T00:00:00.000Z' where name > '0001-base';
    insert into users (email, email_normalized, created_at_ms, updated_at_ms)
      values ('a@example.com', 'a@example.com', ${start}, ${start})`);
  for (let n = 0; n < 3; n += 1) sql(newSession);
  const file = join(folder.path, 'backup');
  await backUpSqlite(path, file, { overwrite: false });
  const restore = (options: Partial<RestoreOptions> = {}) =>
    restoreSqlite(file, path, {
      overwrite: true,
      endSessions: false,
      nowMs: start + dayMs,
      ...options,
    });
  return { folder, data, path, file, sql, restore, [Symbol.dispose]: folder[Symbol.dispose] };
}

const newSession = `insert into sessions (user_id, created_at_ms, refreshed_at_ms, expires_at_ms)
  values (1, ${start}, ${start}, ${start + 30 * dayMs})`;

function rows(path: string, query: string): Record<string, unknown>[] {
  const file = new DatabaseSync(path, { readOnly: true });
  const found = file.prepare(query).all();
  file.close();
  return found.map((row) => ({ ...row }));
}

function nextIds(path: string): Record<string, unknown> {
  const found = rows(path, "select name, seq from sqlite_sequence where name <> 'setting_changes'");
  return Object.fromEntries(found.map(({ name, seq }) => [String(name), seq]));
}

test('what was issued or had ended since the backup is not forgotten', async () => {
  using place = await backedUp();
  const { path, sql } = place;
  sql(`update sessions set generation = 4 where id = 1;
    update sessions set ended_at_ms = ${start + 7}, end_cause = 'logged_out' where id = 2;
    insert into users (email, email_normalized, created_at_ms, updated_at_ms)
      values ('b@example.com', 'b@example.com', ${start}, ${start});
    delete from users where id = 2`);
  for (let n = 0; n < 5; n += 1) sql(newSession);
  sql('delete from sessions where id > 3');

  const restored = place.restore();
  expect(restored).toEqual({
    keptAs: `${path}.before-restore-20300102T000000Z`,
    pending: [],
    endedSessions: 2,
    isContinued: true,
    ...nothingCarriedOver,
    administrators: [],
    hasSuperuser: false,
  });
  expect(rows(path, 'select id, generation, ended_at_ms, end_cause from sessions')).toEqual([
    { id: 1, generation: 0, ended_at_ms: start + dayMs, end_cause: 'database_restored' },
    { id: 2, generation: 0, ended_at_ms: start + 7, end_cause: 'logged_out' },
    { id: 3, generation: 0, ended_at_ms: null, end_cause: null },
  ]);
  expect(nextIds(path)).toEqual({ users: 2, sessions: 8 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(rows(restored.keptAs as string, 'select generation from sessions where id = 1')).toEqual([
    { generation: 4 },
  ]);
  expect(readdirSync(place.data).sort()).toEqual([
    'latchkey.db',
    'latchkey.db.before-restore-20300102T000000Z',
    'latchkey.db.lock',
  ]);
});

test('factors are those of now: none comes back that was removed or used, and none is lost', async () => {
  using place = await backedUp();
  const { path, sql, file } = place;
  const app = (id: number, userId: number, step: number) =>
    `insert into authenticator_apps (id, user_id, name, secret, last_step, confirmed_at_ms, created_at_ms)
      values (${id}, ${userId}, 'Phone', 'sealed', ${step}, ${start}, ${start});`;
  const code = (number: number) =>
    `insert into recovery_codes (user_id, number, hash, created_at_ms) values (1, ${number}, 'h', ${start});`;
  sql(`insert into users (email, email_normalized, passkey_handle, created_at_ms, updated_at_ms)
      values ('b@example.com', 'b@example.com', 'handle', ${start}, ${start});
    ${app(1, 1, 7)} ${app(2, 1, 7)} ${code(1)} ${code(2)}
    update users set factor_level = 2 where id = 1`);
  await backUpSqlite(path, file, { overwrite: true });
  sql(`delete from authenticator_apps where id = 2; delete from recovery_codes where number = 1;
    update authenticator_apps set last_step = 9; ${app(3, 2, 0)}
    update users set factor_level = 2, factor_epoch = 4, passkey_handle = null where id = 2;
    insert into users (id, email, email_normalized, factor_level, passkey_handle, created_at_ms, updated_at_ms)
      values (3, 'c@example.com', 'c@example.com', 2, 'handle', ${start}, ${start}); ${app(4, 3, 0)}`);
  place.restore();
  expect(rows(path, 'select id, user_id, last_step from authenticator_apps order by id')).toEqual([
    { id: 1, user_id: 1, last_step: 9 },
    { id: 3, user_id: 2, last_step: 0 },
  ]);
  expect(rows(path, 'select number from recovery_codes')).toEqual([{ number: 2 }]);
  const users = 'select id, factor_level, factor_epoch, passkey_handle from users order by id';
  expect(rows(path, users)).toEqual([
    { id: 1, factor_level: 2, factor_epoch: 0, passkey_handle: null },
    { id: 2, factor_level: 2, factor_epoch: 4, passkey_handle: null },
  ]);
});

/** Users 2 to 5: a superuser, one with a role and a permission, one to delete, and one who is invited. */
const people = `
  insert into users (email, email_normalized, is_superuser, password_hash, created_at_ms, updated_at_ms) values
    ('root@example.com', 'root@example.com', 1, 'old', ${start}, ${start}),
    ('staff@example.com', 'staff@example.com', 0, 'old', ${start}, ${start}),
    ('gone@example.com', 'gone@example.com', 1, 'old', ${start}, ${start}),
    ('new@example.com', 'new@example.com', 0, null, ${start}, ${start});
  insert into roles (id, name, created_at_ms, updated_at_ms) values (1, 'support', ${start}, ${start});
  insert into role_permissions values (1, 'users.view'), (1, 'users.delete');
  insert into user_roles (user_id, role_id) values (3, 1), (1, 1);
  insert into user_permissions (user_id, permission) values (3, 'audit.view');
  insert into link_tokens (token_hash, purpose, user_id, created_at_ms, expires_at_ms) values
    ('used', 'invitation', 5, ${start}, ${start + 9 * dayMs}),
    ('good', 'invitation', 5, ${start}, ${start + 9 * dayMs});
  insert into notices (token_hash, kind, user_id, email_normalized, created_at_ms, expires_at_ms) values
    ('used', 'new_device', 1, 'a@example.com', ${start}, ${start + 7 * dayMs});
  insert into former_emails (user_id, email, email_normalized, token_hash, created_at_ms, expires_at_ms) values
    (1, 'was@example.com', 'was@example.com', 'used', ${start}, ${start + 7 * dayMs}),
    (1, 'kept@example.com', 'kept@example.com', 'good', ${start}, ${start + 7 * dayMs})`;

test('what was revoked since the backup stays revoked', async () => {
  using place = await backedUp();
  const { path, sql } = place;
  sql(people);
  await backUpSqlite(path, place.file, { overwrite: true });
  sql(`update users set is_active = 0 where id = 3;
    update users set is_superuser = 0, password_hash = 'new' where id = 2;
    delete from users where id = 4;
    update users set email = 'moved@example.com', email_normalized = 'moved@example.com' where id = 5;
    delete from link_tokens where token_hash = 'used';
    delete from notices;
    delete from former_emails where token_hash = 'used';
    delete from user_permissions;
    delete from user_roles where user_id = 3;
    delete from role_permissions where permission = 'users.delete'`);
  expect(place.restore()).toMatchObject({
    isContinued: true,
    voidedLinks: 3,
    deactivated: [
      { id: 3, email: 'staff@example.com' },
      { id: 4, email: 'gone@example.com' },
    ],
    demoted: [
      { id: 2, email: 'root@example.com' },
      { id: 4, email: 'gone@example.com' },
    ],
    revokedGrants: 3,
    olderPasswords: [{ id: 2, email: 'root@example.com' }],
    olderEmails: [{ id: 5, email: 'new@example.com', newer: 'moved@example.com' }],
    olderSettings: [],
    hasSuperuser: false,
  });
  expect(rows(path, 'select id from users where is_active = 1')).toEqual([
    { id: 1 },
    { id: 2 },
    { id: 5 },
  ]);
  expect(rows(path, 'select token_hash from link_tokens')).toEqual([{ token_hash: 'good' }]);
  expect(rows(path, 'select token_hash from notices')).toEqual([]);
  expect(rows(path, 'select token_hash from former_emails')).toEqual([{ token_hash: 'good' }]);
  expect(rows(path, 'select user_id, role_id from user_roles')).toEqual([
    { user_id: 1, role_id: 1 },
  ]);
  expect(rows(path, 'select permission from role_permissions')).toEqual([
    { permission: 'users.view' },
  ]);
});

test('if nobody knows, every link is void, and users with power are named', async () => {
  using place = await backedUp();
  place.sql(people);
  await backUpSqlite(place.path, place.file, { overwrite: true });
  rmSync(place.path);
  expect(place.restore()).toMatchObject({
    isContinued: false,
    voidedLinks: 5,
    deactivated: [],
    administrators: [
      { id: 2, email: 'root@example.com' },
      { id: 4, email: 'gone@example.com' },
      { id: 1, email: 'a@example.com' },
      { id: 3, email: 'staff@example.com' },
    ],
    hasSuperuser: true,
  });
  expect(rows(place.path, 'select 1 from link_tokens')).toEqual([]);
});

test('a signing key that was revoked since the backup stays revoked', async () => {
  using place = await backedUp();
  const key = (kid: string, sequence: number) =>
    `insert into signing_keys values ('${kid}', 'ES256', ${sequence}, '{}', '', ${start}, ${start}, null)`;
  place.sql(`${key('kept', 1)}; ${key('revoked', 2)}; ${key('removed', 3)}`);
  await backUpSqlite(place.path, place.file, { overwrite: true });
  place.sql(`update signing_keys set revoked_at_ms = ${start + 5} where kid = 'revoked';
    delete from signing_keys where kid = 'removed'`);
  place.restore();
  expect(rows(place.path, 'select kid, revoked_at_ms from signing_keys order by sequence')).toEqual(
    [
      { kid: 'kept', revoked_at_ms: null },
      { kid: 'revoked', revoked_at_ms: start + 5 },
      { kid: 'removed', revoked_at_ms: start + dayMs },
    ],
  );
});

test('where the database is lost, ids jump further the older the backup is', async () => {
  using place = await backedUp();
  rmSync(place.path);
  expect(place.restore({ overwrite: false })).toMatchObject({
    keptAs: undefined,
    isContinued: false,
    endedSessions: 0,
  });
  const afterOneDay = 1_000_000 + 86_400 * 100;
  expect(nextIds(place.path)).toEqual({ users: 1 + afterOneDay, sessions: 3 + afterOneDay });

  rmSync(place.path);
  place.restore({ nowMs: start + dayMs + 1_000, endSessions: true });
  expect(nextIds(place.path)).toEqual({ users: 101 + afterOneDay, sessions: 103 + afterOneDay });
  expect(rows(place.path, 'select distinct end_cause from sessions')).toEqual([
    { end_cause: 'database_restored' },
  ]);
});

test('a database that is not the later state of the backup does not count', async () => {
  using place = await backedUp();
  rmSync(place.path);
  const other = openSqlite(place.path); // as a server makes it that is started before the restore
  await applyMigrations(other);
  await other.close();
  expect(place.restore({ overwrite: false }).isContinued).toBe(false); // it never held anything
  expect(nextIds(place.path).sessions).toBeGreaterThan(1_000_000);

  using earlier = await backedUp();
  await backUpSqlite(earlier.path, join(earlier.folder.path, 'first'), { overwrite: false });
  earlier.sql(newSession);
  await backUpSqlite(earlier.path, earlier.file, { overwrite: true });
  copyFileSync(join(earlier.folder.path, 'first'), earlier.path); // by hand: ids were forgotten
  expect(earlier.restore().isContinued).toBe(false);
  expect(nextIds(earlier.path).sessions).toBeGreaterThan(1_000_000);
});

test('a damaged database is replaced with all that lies beside it, and kept', async () => {
  using place = await backedUp();
  const { path } = place;
  writeFileSync(path, 'This is no database any more. '.repeat(1_000));
  writeFileSync(`${path}-wal`, 'a log');
  writeFileSync(`${path}-journal`, 'a journal');
  expect(() => place.restore({ overwrite: false })).toThrow('holds a database. To replace it');
  const { keptAs, isContinued } = place.restore();
  expect(isContinued).toBe(false);
  expect(rows(path, 'select count(*) as n from sessions')).toEqual([{ n: 3 }]);
  expect(readFileSync(`${keptAs}`, 'utf8')).toMatch(/^This is no database/);
  expect(readFileSync(`${keptAs}-wal`, 'utf8')).toBe('a log');
  expect(existsSync(`${path}-wal`)).toBe(false);
  expect(existsSync(`${path}-journal`)).toBe(false);

  damagePage(path, 5);
  expect(place.restore({ nowMs: start + 2 * dayMs }).isContinued).toBe(false);
});

test('only a sound backup of this release replaces a database', async () => {
  using place = await backedUp();
  const { path, file } = place;
  const before = readFileSync(path);
  const refused = (text: string | RegExp) => {
    expect(() => place.restore()).toThrow(text);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(place.data).sort()).toEqual(['latchkey.db', 'latchkey.db.lock']);
  };
  const backup = readFileSync(file);
  const edit = (sql: string) => {
    writeFileSync(file, backup);
    const copy = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    copy.exec(sql);
    copy.close();
  };
  expect(() => place.restore({ overwrite: false })).toThrow('holds a database. To replace it');

  edit("insert into schema_migrations values ('9999-later', '2031-01-01T00:00:00.000Z')");
  refused('was migrated by a newer release (9999-later)');
  edit('drop table sessions');
  refused('is not a database of Latchkey');
  edit('delete from users');
  refused('3 rows of it refer to what is not there.');
  writeFileSync(file, backup);
  damagePage(file, 2);
  refused(/is damaged: |is not a sound SQLite database/);
  writeFileSync(file, 'no database');
  refused('is not a sound SQLite database (file is not a database)');
  rmSync(file);
  refused(`There is no file ${file}.`);
  mkdirSync(file);
  refused('is not a file.');
  expect(() =>
    restoreSqlite(path, path, { overwrite: true, endSessions: false, nowMs: start }),
  ).toThrow('is the database itself.');
});

test('nothing is replaced while somebody has the database, or the backup, open to write', async () => {
  using place = await backedUp();
  const server = acquireServerLock(place.path);
  expect(() => place.restore()).toThrow(`A server (process ${process.pid}) runs on`);
  if ('release' in server) server.release();

  const other = acquireServerLock(place.file);
  expect(() => place.restore()).toThrow('Make a backup of it: latchkey backup');
  if ('release' in other) other.release();

  const command = openSqlite(place.path);
  expect(() => place.restore()).toThrow('Another command is at work on');
  await command.close();
  expect(place.restore().isContinued).toBe(true);
});

test('a database file that was copied by hand comes with the log that lies beside it', async () => {
  using place = await backedUp();
  const { path, file } = place;
  const open = openSqlite(path);
  await open.db.deleteFrom('sessions').where('id', '=', 2).execute();
  copyFileSync(path, file);
  copyFileSync(`${path}-wal`, `${file}-wal`);
  await open.close();
  const before = readFileSync(`${file}-wal`);
  place.restore();
  expect(rows(path, 'select id from sessions')).toEqual([{ id: 1 }, { id: 3 }]);
  expect(readFileSync(`${file}-wal`)).toEqual(before); // the backup is only read
});

test('a link to the database stays one', async () => {
  using place = await backedUp();
  const elsewhere = join(place.folder.path, 'elsewhere.db');
  renameSync(place.path, elsewhere);
  symlinkSync(elsewhere, place.path);
  expect(place.restore().keptAs).toMatch(/elsewhere\.db\.before-restore-/);
  expect(lstatSync(place.path).isSymbolicLink()).toBe(true);
  expect(rows(elsewhere, 'select count(*) as n from sessions')).toEqual([{ n: 3 }]);
});
