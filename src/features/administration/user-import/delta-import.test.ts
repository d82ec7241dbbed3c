import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer, type TestServer, temporaryFolder } from '../../../../test/harness.ts';
import { createRole } from '../../identity/roles/index.ts';
import { importUsers, type LeftRow } from './index.ts';

/** What a second import takes over of the changes in the previous system since the first one. */

/** Made by Python's bcrypt, of a low cost. */
const hash = '$2b$06$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.';
const password = 'correct horse bättery';
const actor = { kind: 'cli', name: 'test' } as const;

type Options = Partial<Parameters<typeof importUsers>[2]>;

async function importDump(on: TestServer, dump: readonly object[], options: Options = {}) {
  using folder = temporaryFolder();
  const path = join(folder.path, 'dump.json');
  writeFileSync(path, JSON.stringify(dump));
  const left: LeftRow[] = [];
  const onLeft = (row: LeftRow) => left.push(row);
  on.clock.advance(1_000);
  const summary = await importUsers(on.deps, path, { actor, onLeft, keepIds: true, ...options });
  return { summary, left };
}

const userOf = (pk: number, fields: object = {}) => ({
  model: 'auth_api.user',
  pk,
  fields: {
    ...{ password: hash, last_login: null, is_superuser: false, is_staff: false, is_active: true },
    ...{ email: `user${pk}@delta.example.com`, username: '', groups: [], ...fields },
  },
});

const inDays = (on: TestServer, days: number) =>
  new Date(on.clock.nowMs() + days * 86_400_000).toISOString();

const tokenOf = (on: TestServer, user: number, fields: object = {}) => ({
  model: 'auth_api.refreshtoken',
  pk: 1,
  fields: { user, token: randomUUID(), expires_at: inDays(on, 10), ...fields },
});

const refresh = (on: TestServer, refresh_token: string) =>
  on.send('POST', '/api/refresh/', { json: { refresh_token } });

const logIn = (on: TestServer, email: string) =>
  on.send('POST', '/api/login/', { json: { email, password } });

test('a token that ended in the previous system ends its session, unless it was used here', async () => {
  await using server = await startServer();
  const user = userOf(1);
  const marks = [
    { revoked: true },
    { revoked_at: inDays(server, -1) },
    { is_revoked: true },
    { used: true },
    { blacklisted_at: inDays(server, -1) },
    { expires_at: inDays(server, -1) },
  ];
  const tokens = marks.map(() => tokenOf(server, 1));
  const [absent, kept, used] = [1, 1, 1].map(() => tokenOf(server, 1)) as [
    (typeof tokens)[0],
    (typeof tokens)[0],
    (typeof tokens)[0],
  ];
  await importDump(server, [user, ...tokens, absent, kept, used]);
  const next = await refresh(server, used.fields.token);
  expect(next.status).toBe(200);

  const changed = tokens.map((token, index) => ({
    ...token,
    fields: { ...token.fields, ...marks[index] },
  }));
  const dump = [user, ...changed, kept];
  const ended = async (options: Options) =>
    (await importDump(server, dump, options)).summary.tokens.sessionsEnded;
  expect(await ended({})).toBe(0);
  const usersAlone = await importDump(server, [user], { resetsUnused: true });
  expect(usersAlone.summary.tokens.sessionsEnded).toBe(0);
  expect(await ended({ resetsUnused: true, dryRun: true })).toBe(7);
  expect(await ended({ resetsUnused: true })).toBe(7);

  for (const token of [...tokens, absent]) {
    expect(await refresh(server, token.fields.token)).toMatchObject({
      status: 400,
      body: { error: 'Invalid refresh token' },
    });
  }
  expect((await refresh(server, kept.fields.token)).status).toBe(200);
  expect((await refresh(server, next.body.refresh_token)).status).toBe(200);
  const events = await server.deps.database.db
    .selectFrom('audit_events')
    .select(['user_id', 'details'])
    .where('kind', '=', 'session.ended')
    .execute();
  expect(events.map((event) => [event.user_id, JSON.parse(event.details)])).toMatchObject([
    [1, { cause: 'session_revoked_by_admin', count: 7 }],
  ]);
});

test('a changed email is taken over by id, unless the account is in use', async () => {
  await using server = await startServer();
  const users = [userOf(1, { username: 'one' }), userOf(2, { username: 'two' })];
  await importDump(server, users);
  expect((await logIn(server, 'user2@delta.example.com')).status).toBe(200);
  const token = tokenOf(server, 1);
  const dump = [
    userOf(1, { username: 'one', email: 'new1@delta.example.com' }),
    userOf(2, { username: 'two', email: 'new2@delta.example.com' }),
    token,
  ];
  const asked = await importDump(server, dump);
  expect(asked.summary.reasons).toEqual({ email_changed: 2 });
  expect(asked.left[0]).toMatchObject({
    text: 'The email of user 1 has changed in the file. See --reset-unused.',
  });
  const { summary, left } = await importDump(server, dump, { resetsUnused: true });
  expect(summary).toMatchObject({
    ...{ reset: 1, reasons: { email_changed: 1 }, tokens: { imported: 1 } },
  });
  expect(left.find(({ outcome }) => outcome === 'refused')).toMatchObject({
    text: 'The email of user 2 has changed in the file. The account is in use, and stays.',
  });
  expect((await logIn(server, 'new1@delta.example.com')).status).toBe(200);
  expect((await logIn(server, 'user1@delta.example.com')).status).toBe(401);
  expect((await logIn(server, 'user2@delta.example.com')).status).toBe(200);
  expect((await refresh(server, token.fields.token)).status).toBe(200);
});

test('roles and the superuser mark that were lost in the previous system are lost here', async () => {
  await using server = await startServer();
  const { db } = server.deps.database;
  const [editor, support, other] = await Promise.all(
    ['editor', 'support', 'other'].map((name) =>
      createRole(server.deps, actor, { name, description: '', permissions: [] }),
    ),
  );
  if (!editor || !support || !other) throw new Error('no roles');
  const group = { model: 'auth.group', pk: 4, fields: { name: 'editors', permissions: [] } };
  const roles = { groups: new Map([['editors', 'editor']]), staff: 'support' };
  const both = { groups: [4], is_staff: true, is_superuser: true };
  await importDump(server, [group, userOf(1, both), userOf(2, both), userOf(3, both)], { roles });
  // Somebody was changed here, somebody signed in here: both stay as they are.
  server.clock.advance(1_000);
  await db.insertInto('user_roles').values({ user_id: 2, role_id: other.id }).execute();
  await db
    .updateTable('users')
    .set({ updated_at_ms: server.clock.nowMs() })
    .where('id', '=', 2)
    .execute();
  expect((await logIn(server, 'user3@delta.example.com')).status).toBe(200);

  const staff = { is_staff: true };
  const dump = [group, userOf(1, staff), userOf(2, staff), userOf(3, staff)];
  await importDump(server, dump, { roles, resetsUnused: true });
  const assigned = await db
    .selectFrom('user_roles')
    .selectAll()
    .orderBy('user_id')
    .orderBy('role_id')
    .execute();
  const rolesOf = (id: number) =>
    assigned.filter(({ user_id }) => user_id === id).map(({ role_id }) => role_id);
  const ids = (...of: { id: number }[]) => of.map(({ id }) => id).sort((a, b) => a - b);
  expect(rolesOf(1)).toEqual(ids(support));
  expect(rolesOf(2)).toEqual(ids(editor, support, other));
  expect(rolesOf(3)).toEqual(ids(editor, support));
  const users = await db.selectFrom('users').select('is_superuser').orderBy('id').execute();
  expect(users.map((user) => user.is_superuser)).toEqual([0, 1, 1]);
  const events = await db
    .selectFrom('audit_events')
    .select('details')
    .where('kind', '=', 'user.permissions_changed')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect(JSON.parse(events.details)).toMatchObject({ removed_roles: [editor.id] });
  const demoted = await db
    .selectFrom('audit_events')
    .select(['user_id', 'details'])
    .where('kind', '=', 'user.superuser_changed')
    .execute();
  expect(demoted).toEqual([{ user_id: 1, details: '{"is_superuser":false}' }]);
});

test('a changed email takes its proof away, and the same email keeps it', async () => {
  await using server = await startServer();
  const users = [userOf(1, { username: 'one' }), userOf(2, { username: 'two' })];
  await importDump(server, users);
  const { db } = server.deps.database;
  await db.updateTable('users').set({ email_verified_at_ms: 1 }).execute();
  const changed = userOf(1, { username: 'one', email: 'new1@delta.example.com' });
  const { summary } = await importDump(server, [changed, users[1] ?? {}], { resetsUnused: true });
  expect(summary.reset).toBe(2);
  const rows = await db
    .selectFrom('users')
    .select(['email', 'email_verified_at_ms'])
    .orderBy('id')
    .execute();
  expect(rows).toEqual([
    { email: 'new1@delta.example.com', email_verified_at_ms: null },
    { email: 'user2@delta.example.com', email_verified_at_ms: 1 },
  ]);
});

test('an email that is kept for who gave it up lately goes to nobody else', async () => {
  await using server = await startServer();
  const user = await server.signUp('user1@delta.example.com');
  const { access_token: token } = user;
  await server.send('PUT', '/api/me/', { token, json: { email: 'new@delta.example.com' } });
  const { left } = await importDump(server, [userOf(1)], { keepIds: false, resetsUnused: true });
  expect(left).toMatchObject([{ outcome: 'already_present', id: user.id }]);
});
