import { afterAll, describe, expect, test } from 'vitest';
import { goodPassword, type SignedUp, startServer } from '../../../../test/harness.ts';

/** Administrators in the name of users, over HTTP. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

type Tokens = Pick<SignedUp, 'access_token' | 'refresh_token'>;

const me = async (token: string) => {
  const { status, body } = await server.send('GET', '/api/me/', { token });
  return status === 200 ? body.id : body.code;
};
const claimsOf = ({ access_token }: Pick<Tokens, 'access_token'>) =>
  JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString());
const start = (admin: SignedUp, id: number, json: object = { reason: 'ticket 4711' }) =>
  server.send('POST', `/api/admin/users/${id}/impersonation/`, {
    token: admin.access_token,
    json,
  });
const refresh = (pair: Tokens) =>
  server.send('POST', '/api/refresh/', { json: { refresh_token: pair.refresh_token } });

async function impersonation(permissions: readonly string[] = ['users.impersonate']) {
  const [admin, user] = [await server.signUpAdmin(permissions), await server.signUp()];
  const answer = await start(admin, user.id);
  expect(answer.status, answer.text).toBe(201);
  return { admin, user, pair: answer.body as Tokens };
}

async function recorded(userId: number) {
  const rows = await db
    .selectFrom('audit_events')
    .select(['kind', 'actor_id', 'session_id', 'details'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...row, details: JSON.parse(row.details) }));
}

test('the session says in whose name it is, to everybody who looks', async () => {
  const { admin, user, pair } = await impersonation();
  expect(await me(pair.access_token)).toBe(user.id);
  const claims = claimsOf(pair);
  expect(claims).toMatchObject({ user_id: user.id, act: { sub: String(admin.id) } });

  const list = await server.send('GET', '/api/sessions/', { token: user.access_token });
  expect(list.body.sessions).toHaveLength(2);
  expect(list.body.sessions).toContainEqual(
    expect.objectContaining({ id: Number(claims.sid), is_support_access: true, is_current: false }),
  );
  const support = await server.send('GET', '/api/sessions/', { token: pair.access_token });
  expect(support.body.sessions).toHaveLength(2); // nor is anything hidden from it

  const sessionId = Number(claims.sid);
  const details = { reason: 'ticket 4711', until: expect.any(String) };
  expect(await recorded(user.id)).toContainEqual({
    ...{ kind: 'impersonation.started', actor_id: admin.id, session_id: sessionId, details },
  });
  const row = await db
    .selectFrom('users')
    .select(['last_sign_in_at_ms', 'updated_at_ms'])
    .where('id', '=', user.id)
    .executeTakeFirstOrThrow();
  expect(row.last_sign_in_at_ms).toBeLessThan(claims.iat * 1000 + 1_000);
});

test('refreshed, it stays what it is, and ends when it was to end', async () => {
  await using own = await startServer({
    pinned: { IMPERSONATION_LIFETIME: 60, ACCESS_TOKEN_LIFETIME: 50 },
  });
  const [admin, user] = [await own.signUpAdmin(['users.impersonate']), await own.signUp()];
  const answer = await own.send('POST', `/api/admin/users/${user.id}/impersonation/`, {
    token: admin.access_token,
    json: { reason: 'x' },
  });
  const first = claimsOf(answer.body);
  own.clock.advance(40_000);
  const { refresh_token } = answer.body;
  const next = await own.send('POST', '/api/refresh/', { json: { refresh_token } });
  expect(next.status).toBe(200);
  const second = claimsOf(next.body);
  expect(second).toMatchObject({ act: { sub: String(admin.id) }, sid: first.sid });
  expect(second.exp - first.iat).toBeLessThanOrEqual(60); // not as long as other tokens live
  own.clock.advance(21_000);
  const late = await own.send('POST', '/api/refresh/', {
    json: { refresh_token: next.body.refresh_token },
  });
  expect(late).toMatchObject({ status: 400, body: { code: 'session_expired' } });
  const token = next.body.access_token;
  expect((await own.send('GET', '/api/me/', { token })).status).toBe(401);
});

test('logged out, or ended by the user, it is over', async () => {
  const { admin, user, pair } = await impersonation();
  const out = await server.send('POST', '/api/logout/', {
    json: { refresh_token: pair.refresh_token },
  });
  expect(out.status).toBe(200);
  expect(await me(pair.access_token)).toBe('impersonation_ended');
  expect((await refresh(pair)).body.code).toBe('impersonation_ended');
  expect(await recorded(user.id)).toContainEqual({
    kind: 'session.ended',
    actor_id: admin.id,
    session_id: Number(claimsOf(pair).sid),
    details: expect.objectContaining({ cause: 'impersonation_ended', on_behalf_of: user.id }),
  });
  expect(await me(user.access_token)).toBe(user.id);

  const again = (await start(admin, user.id)).body;
  const path = `/api/sessions/${claimsOf(again).sid}/`;
  expect((await server.send('DELETE', path, { token: user.access_token })).status).toBe(200);
  expect(await me(again.access_token)).toBe('session_revoked');
});

test.each<[string, string, object?]>([
  ['PUT', '/api/me/', { username: 'support' }],
  ['PATCH', '/api/me/', { email: 'mine@example.com' }],
  ['DELETE', '/api/me/', { password: goodPassword }],
  ['POST', '/api/me/password/', { current_password: goodPassword, new_password: 'new horse 1' }],
  ['POST', '/api/me/reauthenticate/', { password: goodPassword }],
  ['GET', '/api/me/export/'],
  ['DELETE', '/api/sessions/'],
  ['DELETE', '/api/sessions/1/'],
  ['GET', '/api/admin/users/'],
  ['POST', '/api/admin/users/1/impersonation/', { reason: 'nested' }],
])('it may not %s %s', async (method, path, json) => {
  const { user, pair } = await impersonation();
  await db.updateTable('users').set({ is_superuser: 1 }).where('id', '=', user.id).execute();
  await db
    .updateTable('users')
    .set({ is_superuser: 1 })
    .where('id', '=', Number(claimsOf(pair).act.sub))
    .execute();
  const answer = await server.send(method, path, {
    token: pair.access_token,
    ...(json && { json }),
  });
  expect(answer).toMatchObject({ status: 403, body: { code: 'permission_denied' } });
  expect(await me(user.access_token)).toBe(user.id);
  const { status } = await server.send('POST', '/api/login/', {
    json: { email: user.email, password: goodPassword },
  });
  expect(status).toBe(200);
});

test('nobody acts in the name of a user who has more, is deactivated, or is themselves', async () => {
  const admin = await server.signUpAdmin(['users.impersonate']);
  const more = await server.signUpAdmin(['audit.view']);
  const superuser = await server.signUpAdmin('superuser');
  const gone = await server.signUp();
  await db.updateTable('users').set({ is_active: 0 }).where('id', '=', gone.id).execute();
  for (const { id } of [more, superuser, gone, admin]) {
    expect(await start(admin, id)).toMatchObject({
      status: 403,
      body: { code: 'permission_denied' },
    });
  }
  expect((await start(admin, 999_999)).status).toBe(404);
  for (const json of [{}, { reason: ' ' }, { reason: 'x'.repeat(501) }]) {
    expect(await start(admin, gone.id, json)).toMatchObject({
      status: 400,
      body: { reason: [expect.any(String)] },
    });
  }
});

test.each<[string, (ids: { admin: number; user: number }) => Promise<unknown>]>([
  [
    'is deactivated',
    ({ admin }) => db.updateTable('users').set({ is_active: 0 }).where('id', '=', admin).execute(),
  ],
  ['is deleted', ({ admin }) => db.deleteFrom('users').where('id', '=', admin).execute()],
  [
    'loses the permission',
    ({ admin }) => db.deleteFrom('user_permissions').where('user_id', '=', admin).execute(),
  ],
  [
    'has less than the user by now',
    ({ user }) =>
      db.insertInto('user_permissions').values({ user_id: user, permission: 'a.b' }).execute(),
  ],
])('it is refused at once where the administrator %s', async (_how, happens) => {
  const { admin, user, pair } = await impersonation();
  expect(await me(pair.access_token)).toBe(user.id);
  await happens({ admin: admin.id, user: user.id });
  expect(await me(pair.access_token)).toBe('impersonation_ended');
  expect((await refresh(pair)).body.code).toBe('impersonation_ended');
  expect(await me(user.access_token)).toBe(user.id);
});

test('it is not a device of the user: it signs no device out, and no device signs it out', async () => {
  await using own = await startServer({ pinned: { MAX_SESSIONS_PER_USER: 1 } });
  const [admin, user] = [await own.signUpAdmin(['users.impersonate']), await own.signUp()];
  const answer = await own.send('POST', `/api/admin/users/${user.id}/impersonation/`, {
    token: admin.access_token,
    json: { reason: 'x' },
  });
  const support: string = answer.body.access_token;
  const me = async (token: string) => (await own.send('GET', '/api/me/', { token })).status;
  expect([await me(user.access_token), await me(support)]).toEqual([200, 200]);
  const json = { email: user.email, password: goodPassword };
  const next: string = (await own.send('POST', '/api/login/', { json })).body.access_token;
  expect([await me(user.access_token), await me(next), await me(support)]).toEqual([401, 200, 200]);
});

describe('it ends with the session in which it was begun', () => {
  const end = async ({ access_token: token }: SignedUp, path: string) =>
    (await server.send('DELETE', `/api/sessions/${path}`, { token })).status;
  const elsewhere = async ({ id, email }: SignedUp): Promise<SignedUp> => {
    const json = { email, password: goodPassword };
    return { id, email, ...(await server.send('POST', '/api/login/', { json })).body };
  };

  test.each<[string, (admin: SignedUp) => Promise<number>, string?]>([
    [
      'by a logout',
      async ({ refresh_token }) =>
        (await server.send('POST', '/api/logout/', { json: { refresh_token } })).status,
    ],
    ['by itself', (admin) => end(admin, `${claimsOf(admin).sid}/`)],
    ['with all', (admin) => end(admin, '?keep_current=false')],
    ['from another session', async (admin) => end(await elsewhere(admin), '')],
    [
      'by a new password from another session',
      async (admin) => {
        const { access_token: token } = await elsewhere(admin);
        const json = { current_password: goodPassword, new_password: 'another horse battery' };
        return (await server.send('POST', '/api/me/password/', { token, json })).status;
      },
    ],
    [
      'by a token that is used again',
      async ({ refresh_token }) => {
        let token = refresh_token;
        for (let i = 0; i < 2; i += 1) {
          const json = { refresh_token: token };
          token = (await server.send('POST', '/api/refresh/', { json })).body.refresh_token;
        }
        await server.send('POST', '/api/refresh/', { json: { refresh_token } });
        return 200;
      },
      'refresh_token_reused',
    ],
  ])('%s', async (_how, endIt) => {
    const { admin, user, pair } = await impersonation();
    expect(await me(pair.access_token)).toBe(user.id);
    expect(await endIt(admin)).toBe(200);
    expect(await me(pair.access_token)).toBe('impersonation_ended');
    expect((await refresh(pair)).body.code).toBe('impersonation_ended');
    expect(await me(user.access_token)).toBe(user.id);
    const list = await server.send('GET', '/api/sessions/', { token: user.access_token });
    expect(list.body.sessions).toHaveLength(1);
    expect(await recorded(user.id)).toContainEqual(
      expect.objectContaining({
        kind: 'session.ended',
        session_id: Number(claimsOf(pair).sid),
        details: expect.objectContaining({ cause: 'impersonation_ended' }),
      }),
    );
  });

  test('and not with another', async () => {
    const { admin, user, pair } = await impersonation();
    const other = await elsewhere(admin);
    expect(await end(other, `${claimsOf(other).sid}/`)).toBe(200);
    expect(await end(admin, '')).toBe(200); // all but the current one
    expect(await me(pair.access_token)).toBe(user.id);
  });

  test('when that expires', async () => {
    await using own = await startServer({
      pinned: { REFRESH_TOKEN_LIFETIME: 60, ACCESS_TOKEN_LIFETIME: 86_400 },
    });
    const [admin, user] = [await own.signUpAdmin(['users.impersonate']), await own.signUp()];
    const answer = await own.send('POST', `/api/admin/users/${user.id}/impersonation/`, {
      token: admin.access_token,
      json: { reason: 'x' },
    });
    const token: string = answer.body.access_token;
    expect((await own.send('GET', '/api/me/', { token })).status).toBe(200);
    own.clock.advance(61_000);
    expect((await own.send('GET', '/api/me/', { token })).body.code).toBe('impersonation_ended');
  });
});
