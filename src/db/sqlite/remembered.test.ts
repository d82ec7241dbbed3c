import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../test/eventually.ts';
import { temporaryFolder } from '../../../test/temporary-folder.ts';
import type { Database } from '../database.ts';
import { applyMigrations } from '../migrate.ts';
import { openSqlite } from './sqlite-database.ts';

let folder: ReturnType<typeof temporaryFolder>;
let database: Database;

beforeAll(async () => {
  folder = temporaryFolder();
  database = openSqlite(join(folder.path, 'test.db'));
  await applyMigrations(database);
  await run(`insert into users (id, email, email_normalized, username, created_at_ms, updated_at_ms)
    values (1, 'a@example.com', 'a@example.com', 'a', 1, 1), (2, 'b@example.com', 'b@example.com', 'b', 1, 1)`);
});

afterAll(async () => {
  await database.close();
  folder[Symbol.dispose]();
});

const run = async (text: string) => database.run(CompiledQuery.raw(text));

const newSession = `insert into sessions (user_id, created_at_ms, refreshed_at_ms, expires_at_ms)
  values (1, 1, 1, 1)`;

test.each([
  ['signing in', newSession],
  ['the time of a sign-in', 'update users set last_sign_in_at_ms = 2 where id = 1'],
  [
    'refreshing',
    "update sessions set generation = 1, refreshed_at_ms = 2, expires_at_ms = 3, retry_key = 'k'",
  ],
  [
    'where a sign-in came from, the second time too',
    `insert into known_networks (user_id, network, last_used_at_ms) values (1, 'n', 1)
      on conflict (user_id, network) do update set last_used_at_ms = 2`,
  ],
  [
    'an event',
    `insert into audit_events (at_ms, kind, actor_kind, details) values (1, 'session.started', 'system', '{}')`,
  ],
  [
    'a sign-in that waits for its second factor',
    `insert into sign_in_flows (user_id, flow_hash, purpose, proof, credential_hash, is_known_device, created_at_ms, expires_at_ms)
      values (1, 'f', 'second_factor', 'password', 'c', 0, 1, 1)`,
  ],
  ['a try at it', 'update sign_in_flows set wrong_codes = 1'],
  [
    'a code that is counted',
    "insert into rate_counts (key, events, ends_at_ms) values ('k', 1, 1)",
  ],
  ['one that is given back', 'delete from rate_counts'],
  [
    'an app that a code is of',
    `insert into authenticator_apps (user_id, name, secret, confirmed_at_ms, created_at_ms)
      values (1, 'Phone', 's', 1, 1)`,
  ],
  ['a code that is spent', 'update authenticator_apps set last_step = 1, last_used_at_ms = 1'],
  ['a sign-in that goes on', 'delete from sign_in_flows'],
  ['a sign of life', 'update nodes set seen_at_ms = 1'],
  ['ending sessions that are none', 'update sessions set ended_at_ms = 1 where id = 9'],
  ['removing users who are none', 'delete from users where id = 9'],
  ['a role', "insert into roles (id, name, created_at_ms, updated_at_ms) values (1, 'r', 1, 1)"],
  ['what it may do', "insert into role_permissions (role_id, permission) values (1, 'p')"],
  ['who has it', 'insert into user_roles (user_id, role_id) values (1, 1)'],
])('%s changes nothing that is remembered', async (_name, text) => {
  const before = database.version();
  await run(text);
  expect(database.version()).toBe(before);
});

test.each([
  ['a session that ends', "update sessions set ended_at_ms = 1, end_cause = 'logged_out'"],
  ['one that ends as it is refreshed', 'update sessions set generation = 2, ended_at_ms = 1'],
  ['a password that was checked', 'update sessions set authenticated_at_ms = 1'],
  ['one that goes', 'delete from sessions'],
  ['how strongly a user can sign in', 'update users set factor_level = 2 where id = 1'],
  ['a user who is deactivated', 'update users set is_active = 0 where id = 1'],
  ['one whose name changes', "update users set username = 'c' where id = 2"],
  ['one who goes', 'delete from users where id = 2'],
  [
    'one who comes',
    `insert into users (email, email_normalized, created_at_ms, updated_at_ms) values ('d@x', 'd@x', 1, 1)`,
  ],
  ['a table that is not known', 'create table other (id integer)'],
  ['what is in it', 'insert into other values (1)'],
])('%s changes what is remembered', async (_name, text) => {
  const before = database.version();
  await run(text);
  expect(database.version()).not.toBe(before);
});

test('so does a transaction if one of its statements does', async () => {
  const before = database.version();
  await database.transact(async (trx) => {
    await trx.updateTable('users').set({ username: 'e' }).where('id', '=', 1).execute();
    await trx.updateTable('users').set({ last_sign_in_at_ms: 3 }).where('id', '=', 1).execute();
  });
  expect(database.version()).not.toBe(before);
});

test('whatever another process does may change it', async () => {
  const before = database.version();
  using other = new DatabaseSync(database.location);
  other.exec('update users set last_sign_in_at_ms = 4');
  await eventually(() => expect(database.version()).not.toBe(before));
});
