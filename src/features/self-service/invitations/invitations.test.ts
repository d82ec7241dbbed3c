import { afterAll, expect, test } from 'vitest';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { createRole, findRolesOfUsers } from '../../identity/roles/index.ts';
import { inviteUser } from './invitations.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;
const admin = await server.signUpAdmin(['users.create', 'users.view']);

async function addPasswordless(on = server): Promise<{ id: number; email: string }> {
  const { id, email } = await on.signUp();
  await on.deps.database.db
    .updateTable('users')
    .set({ password_hash: null })
    .where('id', '=', id)
    .execute();
  return { id, email };
}

const invite = (id: number, token = admin.access_token) =>
  server.send('POST', `/api/admin/users/${id}/invitation/`, { token });
const accept = (json: unknown) => server.send('POST', '/api/invitation/', { json });
const login = async (email: string, password: string) =>
  (await server.send('POST', '/api/login/', { json: { email, password } })).status;
const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';
const invalid = {
  status: 400,
  body: { code: 'invalid_link_token', detail: 'This link is not valid or has expired.' },
};
const eventsOf = async (userId: number) => {
  const rows = await db
    .selectFrom('audit_events')
    .select(['kind', 'actor_kind', 'actor_id', 'details'])
    .where('user_id', '=', userId)
    .where('kind', 'like', 'invitation.%')
    .orderBy('id')
    .execute();
  return rows.map((row) => [row.kind, row.actor_kind, row.actor_id]);
};

test('an invited user sets the first password, once', async () => {
  const user = await addPasswordless();
  const invited = await invite(user.id);
  expect(invited.status).toBe(201);
  expect(invited.headers.get('cache-control')).toBe('no-store');
  expect(invited.body.url).toMatch(
    new RegExp(`^${server.origin}/account/invitation/\\?token=[\\w-]{43}$`),
  );
  const lifetimeMs = Date.parse(invited.body.expires_at) - server.clock.nowMs();
  expect(Math.round(lifetimeMs / 3_600_000)).toBe(72);
  const token = tokenOf(invited.body.url);

  // What the policy refuses does not use it up.
  const weak = await accept({ token, password: 'password' });
  expect([weak.status, weak.body.password]).toEqual([400, ['This password is too common.']]);
  const like = await accept({ token, password: user.email });
  expect(like.body.password).toEqual(['The password is too similar to the email address.']);

  const accepted = await accept({ token, password: goodPassword });
  expect([accepted.status, accepted.body]).toEqual([
    200,
    { id: user.id, username: '', email: user.email },
  ]);
  expect(await login(user.email, goodPassword)).toBe(200);
  expect(await accept({ token, password: 'another good horse' })).toMatchObject(invalid);
  expect(await login(user.email, goodPassword)).toBe(200);
  expect(await eventsOf(user.id)).toEqual([
    ['invitation.created', 'user', admin.id],
    ['invitation.accepted', 'user', user.id],
  ]);
  const { rows } = await db
    .selectFrom('audit_events')
    .select('details')
    .execute()
    .then((events) => ({ rows: JSON.stringify(events) }));
  expect(rows).not.toContain(token);
});

test('a page learns whether a link is good, and for whom, without using it up', async () => {
  const user = await addPasswordless();
  const token = tokenOf((await invite(user.id)).body.url);
  const check = (json: unknown) => server.send('POST', '/api/invitation/check/', { json });
  const good = await check({ token });
  expect([good.status, good.body]).toEqual([200, { email: user.email }]);
  expect(good.headers.get('cache-control')).toBe('no-store');
  expect((await accept({ token, password: goodPassword })).status).toBe(200);
  expect(await check({ token })).toMatchObject(invalid);
  expect(await check({ token: 'x' })).toMatchObject(invalid);
  expect((await check({})).body.token).toEqual(['This field is required.']);
});

test('a link begins with the public URL, whatever a request says of itself', async () => {
  await using other = await startServer({
    publicUrl: 'https://example.com/auth/',
    trustedProxies: ['loopback'],
  });
  const inviter = await other.signUpAdmin(['users.create']);
  const { id } = await addPasswordless(other);
  const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' };
  const invited = await other.send('POST', `/api/admin/users/${id}/invitation/`, {
    token: inviter.access_token,
    headers,
  });
  expect(invited.body.url).toMatch(/^https:\/\/example\.com\/auth\/account\/invitation\/\?token=/);
});

test('of two who have the link one becomes the user', async () => {
  const { id, email } = await addPasswordless();
  const token = tokenOf((await invite(id)).body.url);
  const passwords = ['one good horse', 'two good horses'];
  const answers = await Promise.all(passwords.map((password) => accept({ token, password })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  const logins = await Promise.all(passwords.map((password) => login(email, password)));
  expect(logins).toEqual(answers.map(({ status }) => (status === 200 ? 200 : 401)));
});

test('a link is void after a newer one, when it has expired, and when it has lost its point', async () => {
  const { id } = await addPasswordless();
  const link = async () => tokenOf((await invite(id)).body.url);
  const password = goodPassword;
  const first = await link();
  const second = await link();
  expect(await accept({ token: first, password })).toMatchObject(invalid);
  server.clock.advance(3 * 86_400_000);
  expect(await accept({ token: second, password })).toMatchObject(invalid);
  server.clock.advance(-3 * 86_400_000);

  const set = (columns: { is_active?: number; password_hash?: string | null }) =>
    db.updateTable('users').set(columns).where('id', '=', id).execute();
  const third = await link();
  await set({ is_active: 0 });
  expect(await accept({ token: third, password })).toMatchObject(invalid);
  await set({ is_active: 1, password_hash: 'x' });
  expect(await accept({ token: third, password })).toMatchObject(invalid);
  await set({ password_hash: null });
  await db.deleteFrom('users').where('id', '=', id).execute();
  expect(await accept({ token: third, password })).toMatchObject(invalid);
  for (const token of ['x', `${third}x`]) {
    expect(await accept({ token, password })).toMatchObject(invalid);
  }
  const empty = await accept({});
  expect([empty.status, empty.body.token, empty.body.password]).toEqual([
    400,
    ['This field is required.'],
    ['This field is required.'],
  ]);
});

test('whom one may not invite', async () => {
  const { id } = await server.signUp();
  const set = await invite(id);
  expect([set.status, set.body.code]).toEqual([409, 'password_already_set']);
  const nobody = await invite(999_999);
  expect([nobody.status, nobody.body.code]).toEqual([404, 'not_found']);
  const more = await addPasswordless();
  const permission = 'settings.change';
  await db.insertInto('user_permissions').values({ user_id: more.id, permission }).execute();
  const denied = await invite(more.id);
  expect([denied.status, denied.body.detail]).toEqual([
    403,
    'This user has permissions that you do not have: settings.change.',
  ]);
  const viewer = await server.signUpAdmin(['users.view']);
  const viewed = await invite(more.id, viewer.access_token);
  expect([viewed.status, viewed.body.detail]).toEqual([
    403,
    'You need the permission users.create.',
  ]);
  expect(await eventsOf(more.id)).toEqual([]);
});

test('an invitation with roles assigns them all, or it is none: then the earlier link stays good', async () => {
  const { id } = await addPasswordless();
  const earlier = tokenOf((await invite(id)).body.url);
  const deps = {
    ...server.deps,
    ...{ publicUrl: server.origin, languages: [] },
    mail: {
      ...{ isAvailable: false, isSent: false, localeFor: () => 'en', write: async () => undefined },
      ...{ mayReceive: async () => true, wake: () => undefined },
    },
  };
  const cli = { kind: 'cli', name: 'ada' } as const;
  const roleIds: number[] = [];
  for (const name of ['one', 'other', 'third']) {
    roleIds.push((await createRole(server.deps, cli, { name })).id);
  }
  const [one = 0] = roleIds;
  const invited = (ids: readonly number[]) => inviteUser(deps, cli, id, ids);
  const rolesOf = async () => (await findRolesOfUsers(db, [id])).map((role) => role.id);

  await expect(invited([one, 999_999])).rejects.toMatchObject({ code: 'invalid_fields' });
  expect(await rolesOf()).toEqual([]);
  expect(await eventsOf(id)).toEqual([['invitation.created', 'user', admin.id]]);
  const check = () => server.send('POST', '/api/invitation/check/', { json: { token: earlier } });
  expect((await check()).status).toBe(200);

  await invited([one]);
  await invited([...roleIds, one]);
  expect(await rolesOf()).toEqual(roleIds);
  expect(await check()).toMatchObject(invalid);
});

test('a network that tries many links is stopped', async () => {
  await using limited = await startServer({ pinned: { LINK_TOKEN_FAILURES_PER_NETWORK: 3 } });
  const statuses = [];
  for (let n = 0; n < 4; n += 1) {
    const json = { token: 'x'.repeat(43), password: goodPassword };
    statuses.push((await limited.send('POST', '/api/invitation/', { json })).status);
  }
  expect(statuses).toEqual([400, 400, 400, 429]);

  // A neighbour whose link is good is not.
  const user = await addPasswordless(limited);
  const { access_token: token } = await limited.signUpAdmin(['users.create']);
  const invited = await limited.send('POST', `/api/admin/users/${user.id}/invitation/`, { token });
  const json = { token: tokenOf(invited.body.url), password: goodPassword };
  expect((await limited.send('POST', '/api/invitation/', { json })).status).toBe(200);
});

test('a link is valid only while the administrator who issued it may still manage its user', async () => {
  const linkFor = async (id: number, token: string) => tokenOf((await invite(id, token)).body.url);
  const give = (userId: number, permission: string) =>
    db.insertInto('user_permissions').values({ user_id: userId, permission }).execute();

  const raised = await addPasswordless();
  const raisedLink = await linkFor(raised.id, admin.access_token);
  await db.updateTable('users').set({ is_superuser: 1 }).where('id', '=', raised.id).execute();
  const promoted = await addPasswordless();
  const promotedLink = await linkFor(promoted.id, admin.access_token);
  await give(promoted.id, 'settings.change');
  const left = await addPasswordless();
  const leaver = await server.signUpAdmin(['users.create']);
  const leftLink = await linkFor(left.id, leaver.access_token);
  await db.updateTable('users').set({ is_active: 0 }).where('id', '=', leaver.id).execute();
  for (const [user, token] of [
    [raised, raisedLink],
    [promoted, promotedLink],
    [left, leftLink],
  ] as const) {
    expect(await accept({ token, password: goodPassword })).toMatchObject(invalid);
    expect(await login(user.email, goodPassword)).toBe(401);
  }

  await give(admin.id, 'settings.change'); // a user who has as much by now may
  expect((await accept({ token: promotedLink, password: goodPassword })).status).toBe(200);
  expect(await login(promoted.email, goodPassword)).toBe(200);
});
