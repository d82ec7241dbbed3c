import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startServer, type TestServer, temporaryFolder } from '../../../../test/harness.ts';
import { createRole } from '../../identity/roles/index.ts';
import { sweepImportedTokens } from '../../sign-in/sessions/index.ts';
import { importUsers, type LeftRow } from './index.ts';

/** The import of a dump of Django, `manage.py dumpdata`. */

const folder = temporaryFolder();
const server = await startServer();
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});
const { db } = server.deps.database;
const actor = { kind: 'cli', name: 'test' } as const;

/** Made by Python's bcrypt, of a low cost. */
const hash = '$2b$06$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.';
const password = 'correct horse bättery';

type Options = Partial<Parameters<typeof importUsers>[2]>;

async function importDump(dump: readonly object[], options: Options = {}, on: TestServer = server) {
  const path = join(folder.path, randomBytes(6).toString('hex'));
  writeFileSync(path, JSON.stringify(dump, null, 2));
  const left: LeftRow[] = [];
  const onLeft = (row: LeftRow) => left.push(row);
  const summary = await importUsers(on.deps, path, { actor, onLeft, ...options });
  return { summary, left };
}

let lastPk = 0;

const userOf = (email: string, fields: object = {}, model = 'auth_api.user') => {
  lastPk += 1;
  return {
    model,
    pk: lastPk,
    fields: {
      ...{ password: hash, last_login: null, is_superuser: false, username: '' },
      ...{ is_staff: false, is_active: true, date_joined: '2019-05-05T10:00:00.123Z' },
      ...{ email, groups: [], user_permissions: [], ...fields },
    },
  };
};

const inDays = (days: number) => new Date(server.clock.nowMs() + days * 86_400_000).toISOString();

const tokenOf = (user: unknown, token: string = randomUUID(), fields: object = {}) => ({
  model: 'auth_api.refreshtoken',
  pk: randomBytes(4).readUInt32BE(),
  fields: { user, token, created_at: inDays(-5), expires_at: inDays(10), ...fields },
});

const refresh = (refresh_token: string, on: TestServer = server) =>
  on.send('POST', '/api/refresh/', { json: { refresh_token } });

const logOut = (refresh_token: string) =>
  server.send('POST', '/api/logout/', { json: { refresh_token } });

const logIn = (email: string, word = password) =>
  server.send('POST', '/api/login/', { json: { email, password: word } });

const findUser = (email: string) =>
  db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirstOrThrow();

const sessionsOf = async (email: string) =>
  db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', (await findUser(email)).id)
    .execute();

test('a refresh token of the previous system works once, as the contract says, and only its hash is stored', async () => {
  const user = userOf('once@tokens.example.com');
  const token = tokenOf(user.pk);
  const uuid = token.fields.token;
  const { summary } = await importDump([token, user]); // in any order
  expect(summary.tokens).toEqual({
    rows: 1,
    imported: 1,
    alreadyPresent: 0,
    ended: 0,
    refused: 0,
    sessionsEnded: 0,
  });
  const stored = await db.selectFrom('imported_refresh_tokens').selectAll().execute();
  expect(JSON.stringify(stored)).not.toContain(uuid);

  const first = await refresh(uuid.toUpperCase());
  expect(first.status).toBe(200);
  const me = await server.send('GET', '/api/me/', { token: first.body.access_token });
  expect(me.body.email).toBe('once@tokens.example.com');
  const refused = { status: 400, body: { error: 'Invalid refresh token' } };
  expect(await refresh(uuid)).toMatchObject(refused);
  expect(await logOut(uuid)).toMatchObject(refused);
  const second = await refresh(first.body.refresh_token); // which the refusals did no harm
  expect(second.status).toBe(200);
  expect(await sessionsOf('once@tokens.example.com')).toHaveLength(1);

  // The same dump again: what was used is not taken a second time, and nothing else changes.
  const again = await importDump([token, user]);
  expect(again.summary.tokens).toMatchObject({ imported: 0, alreadyPresent: 1 });
  expect((await refresh(second.body.refresh_token)).status).toBe(200);
  // And used late it is reuse, as of any token.
  expect(await refresh(uuid)).toMatchObject(refused);
  const [session] = await sessionsOf('once@tokens.example.com');
  expect(session?.end_cause).toBe('refresh_token_reused');
});

test('an imported token can log out, and is then gone for good', async () => {
  const user = userOf('leaving@tokens.example.com');
  const token = tokenOf(user.pk);
  await importDump([user, token]);
  expect(await logOut(token.fields.token)).toMatchObject({
    status: 200,
    body: { success: 'User logged out.' },
  });
  expect((await refresh(token.fields.token)).status).toBe(400);
  await db.deleteFrom('sessions').where('end_cause', '=', 'logged_out').execute(); // swept
  await importDump([user, token]);
  expect((await refresh(token.fields.token)).status).toBe(400);
});

test('it keeps its expiry, is not a recent sign-in, and ends with the other sessions of its user', async () => {
  await using other = await startServer();
  const users = ['expires', 'stale', 'ended'].map((name) =>
    userOf(`${name}@keeps.example.com`, { is_superuser: true }),
  );
  const tokens = users.map(({ pk }) => tokenOf(pk, randomUUID(), { created_at: null }));
  await importDump([...users, ...tokens], {}, other);
  const [expires = '', stale = '', ended = ''] = tokens.map(({ fields }) => fields.token);
  const { access_token: token } = (await refresh(stale, other)).body;
  const path = '/api/admin/users/1/permissions/';
  const attempt = await other.send('PUT', path, { token, json: {} });
  expect(attempt.body.code).toBe('insufficient_user_authentication');

  const json = { email: 'ended@keeps.example.com', password };
  const signedIn = (await other.send('POST', '/api/login/', { json })).body;
  const signedOut = await other.send('DELETE', '/api/sessions/', { token: signedIn.access_token });
  expect(signedOut.body).toEqual({ ended: 1 });
  expect(await refresh(ended, other)).toMatchObject({ status: 400 });

  const owner = { json: { email: 'stale@keeps.example.com', password } };
  const { access_token: recent } = (await other.send('POST', '/api/login/', owner)).body;
  const { sessions } = (await other.send('GET', '/api/me/export/', { token: recent })).body;
  expect(sessions.map((one: { authenticated_at: unknown }) => one.authenticated_at)).toEqual([
    expect.any(String),
    null,
  ]);

  other.clock.advance(10 * 86_400_000 + 1_000);
  expect(await refresh(expires, other)).toMatchObject({ status: 400 });
  expect((await sweepImportedTokens(other.deps, 0)).removed).toBe(0); // a used one is known for a while
  other.clock.advance(other.deps.settings.get('ENDED_SESSION_RETENTION') * 1000);
  expect((await sweepImportedTokens(other.deps, 0)).removed).toBe(3);
});

test('tokens that cannot be used, or whose user was not imported, are left out', async () => {
  const registered = await server.signUp('squatted@tokens.example.com');
  const [user, squatted] = [userOf('many@tokens.example.com'), userOf(registered.email)];
  const past = { expires_at: inDays(-1) };
  const asKey = {
    model: 'auth_api.refreshtoken',
    pk: randomUUID(),
    fields: { user: user.pk, expires: inDays(1) },
  };
  const { summary, left } = await importDump([
    user,
    squatted,
    asKey,
    tokenOf(['many@tokens.example.com'], randomUUID().replaceAll('-', '')),
    tokenOf(user.pk, randomUUID(), past),
    tokenOf(user.pk, randomUUID(), { is_revoked: true }),
    tokenOf(squatted.pk),
    tokenOf(999_999),
    tokenOf(user.pk, 'no uuid'),
    tokenOf(user.pk, randomUUID(), { expires_at: null }),
    { ...tokenOf(user.pk), model: 'accounts.passwordresettoken' },
  ]);
  expect(summary.tokens).toEqual({
    ...{ rows: 8, imported: 2, alreadyPresent: 0, ended: 2, refused: 4, sessionsEnded: 0 },
  });
  expect(left.map((row) => [row.place, row.outcome === 'refused' && row.reason])).toEqual([
    [2, false],
    [7, 'user_not_imported'],
    [8, 'user_not_imported'],
    [9, 'invalid_fields'],
    [10, 'invalid_fields'],
  ]);
  expect((await refresh(asKey.pk)).status).toBe(200);
  const named = { tokenModel: 'accounts.passwordResetToken' };
  const reset = { ...tokenOf(user.pk), model: 'accounts.passwordresettoken' };
  expect((await importDump([user, reset], named)).summary.tokens.imported).toBe(1);
});

test('groups and staff become roles, and the last sign-in comes along', async () => {
  const roleOf = (name: string) =>
    createRole(server.deps, actor, { name, description: '', permissions: [] });
  const [editor, helper] = [await roleOf('editor'), await roleOf('helper')];
  const groups = new Map([
    ['editors', 'editor'],
    ['authors', 'editor'],
  ]);
  const dump = [
    userOf('both@groups.example.com', { groups: [4, 5], last_login: '2024-05-05T10:00:00Z' }),
    userOf('staff@groups.example.com', { groups: [['readers']], is_staff: true }),
    userOf('none@groups.example.com', { groups: [6] }),
    ...['editors', 'authors', 'readers'].map((name, index) => ({
      ...{ model: 'auth.group', pk: 4 + index },
      fields: { name, permissions: [] },
    })),
  ];
  const { summary } = await importDump(dump, { roles: { groups, staff: 'helper' } });
  expect(summary).toMatchObject({ imported: 3, withRoles: 2 });
  const both = await findUser('both@groups.example.com');
  const staff = await findUser('staff@groups.example.com');
  const assigned = await db.selectFrom('user_roles').selectAll().orderBy('user_id').execute();
  expect(assigned).toEqual([
    { user_id: both.id, role_id: editor.id },
    { user_id: staff.id, role_id: helper.id },
  ]);
  expect(both.last_sign_in_at_ms).toBe(Date.UTC(2024, 4, 5, 10));
  const events = await db
    .selectFrom('audit_events')
    .select(['user_id', 'details'])
    .where('kind', '=', 'user.permissions_changed')
    .where('user_id', '=', both.id)
    .execute();
  expect(events.map(({ details }) => JSON.parse(details).added_roles)).toEqual([[editor.id]]);

  const wrong = (roles: Options['roles']) => importDump(dump, { roles });
  await expect(
    wrong({ groups: new Map([['editor', 'editor']]), staff: undefined }),
  ).rejects.toThrow('The file has no group "editor". It has: editors, authors, readers.');
  await expect(wrong({ groups, staff: 'Nobody' })).rejects.toThrow('There is no role "Nobody".');
});

test('the users are found by their fields, and a model that is not there is an error', async () => {
  const contact = { model: 'shop.mailbox', pk: 1, fields: { email: 'a@b.cc', password: 'plain' } };
  const user = userOf('found@models.example.com', {}, 'members.Person');
  expect((await importDump([contact, user])).summary).toMatchObject({ rows: 1, imported: 1 });
  await expect(importDump([contact, user], { model: 'auth.user' })).rejects.toThrow(
    'The file has no object of the model "auth.user". It has shop.mailbox (1), members.person (1).',
  );
  await expect(importDump([user], { tokenModel: 'auth_api.token' })).rejects.toThrow(
    'no object of the model "auth_api.token"',
  );
  await expect(
    importDump([user, userOf('other@models.example.com', {}, 'legacy.user')]),
  ).rejects.toThrow('Several models may be that of the users: members.person, legacy.user.');
  const session = { model: 'sessions.session', pk: 'x', fields: { session_data: '{"[' } };
  await expect(importDump([session])).rejects.toThrow(
    'No model has an email and a password. It has sessions.session (1).',
  );
  const { fields } = userOf('', { username: 'nameless' }, 'auth.user');
  const { email: _none, ...nameless } = fields;
  const { summary, left } = await importDump([{ model: 'auth.user', pk: 77, fields: nameless }]);
  expect(summary).toMatchObject({ rows: 1, refused: 1 });
  expect(left).toMatchObject([
    { username: 'nameless', fileId: '77', text: 'email: This field is required.' },
  ]);
});

test('existing accounts are told from those that an import made, and set back on request', async () => {
  const [unused, used] = ['unused@reset.example.com', 'used@reset.example.com'];
  const words = 'the word of a squatter';
  for (const email of [unused, used]) {
    await server.send('POST', '/api/register/', { json: { email, password: words } });
  }
  expect((await logIn(used, words)).status).toBe(200);
  const [first, second] = [
    userOf('first@reset.example.com', { username: 'first' }),
    userOf('second@reset.example.com'),
  ];
  await importDump([first, second]);
  expect((await logIn('second@reset.example.com')).status).toBe(200);
  const newHash = hash.replace(/.$/, 'y'); // as if the password had been changed there meanwhile
  const dump = [
    userOf(unused, { username: 'owner' }),
    userOf(used),
    { ...first, fields: { ...first.fields, password: newHash } },
    { ...second, fields: { ...second.fields, password: newHash, is_active: false } },
  ];
  const { summary, left } = await importDump(dump);
  expect(summary).toMatchObject({
    ...{ imported: 0, alreadyPresent: 4, registeredHere: 2, unused: 2, reset: 0, differing: 1 },
  });
  expect(left.map((row) => 'differences' in row && row.differences)).toEqual([
    [],
    [],
    [],
    ['deactivated'],
  ]);
  expect(left.map((row) => 'isImported' in row && [row.isImported, row.isUnused])).toEqual([
    [false, true],
    [false, false],
    [true, true],
    [true, false],
  ]);
  expect((await logIn(unused, words)).status).toBe(200);
  await db
    .updateTable('users')
    .set({ last_sign_in_at_ms: null })
    .where('email', '=', unused)
    .execute();

  const token = tokenOf(dump[0]?.pk);
  const wanted = { resetsUnused: true };
  const looked = await importDump([...dump, token], { ...wanted, dryRun: true });
  const reset = await importDump([...dump, token], wanted);
  expect(reset.summary).toEqual(looked.summary);
  expect(reset.summary).toMatchObject({
    ...{ imported: 0, reset: 2, alreadyPresent: 2, tokens: { imported: 1 } },
  });
  expect((await logIn(unused, words)).status).toBe(401);
  expect((await logIn(unused)).status).toBe(200);
  expect((await logIn(used, words)).status).toBe(200);
  expect((await logIn('second@reset.example.com')).status).toBe(200);
  expect(await findUser('first@reset.example.com')).toMatchObject({ password_hash: newHash });
  expect(await findUser(unused)).toMatchObject({ username: 'owner' });
  expect((await refresh(token.fields.token)).status).toBe(200);
});
