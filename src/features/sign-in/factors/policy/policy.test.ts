import { setTimeout } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../../test/authenticator.ts';
import { eventually } from '../../../../../test/eventually.ts';
import {
  goodPassword,
  type SignedUp,
  startServer,
  type TestServer,
} from '../../../../../test/harness.ts';
import { addPasskey, newAuthenticator } from '../../../../../test/webauthn.ts';
import { setSetting } from '../../../../settings/change-settings.ts';

/** Who has to have a second factor, from when on, and what is open to them then. */

const week = 7 * 86_400;

const login = (server: TestServer, { email }: { email: string }, more = {}) =>
  server.send('POST', '/api/login/', { json: { email, password: goodPassword, ...more } });
const refresh = (server: TestServer, { refresh_token }: { refresh_token: string }) =>
  server.send('POST', '/api/refresh/', { json: { refresh_token } });
const me = async (server: TestServer, { access_token: token }: { access_token: string }) =>
  (await server.send('GET', '/api/me/', { token })).body;

/** Makes a role that requires a level, and assigns it. */
async function require(server: TestServer, users: readonly SignedUp[], level: 2 | 3) {
  const { access_token: token } = await server.signUpAdmin('superuser');
  const required_acr = level === 2 ? 'aal2' : 'phr';
  const json = { name: `role-${level}-${users[0]?.id}`, required_acr };
  const role = await server.send('POST', '/api/admin/roles/', { token, json });
  expect(role.status).toBe(201);
  const rows = users.map(({ id }) => ({ user_id: id, role_id: role.body.id as number }));
  await server.deps.database.db.insertInto('user_roles').values(rows).execute();
  await setTimeout(600); // what roles require is looked up twice a second
  return role.body as { id: number; version: number };
}

/** Adds an authenticator app where nothing but that is open. */
async function enrol(server: TestServer, flow: string) {
  const json = { flow, kind: 'totp', name: 'Phone' };
  const begun = await server.send('POST', '/api/login/enrolment/', { json });
  expect(begun.status, begun.text).toBe(200);
  const confirm = (code: string) =>
    server.send('POST', '/api/login/enrolment/confirm/', {
      json: { flow, id: begun.body.id, code },
    });
  return {
    ...begun.body,
    confirm,
    code: (steps = 0) => shownCode(server, begun.body.secret, steps),
  };
}

const eventsOf = async (server: TestServer, userId: number) => {
  const rows = await server.deps.database.db
    .selectFrom('audit_events')
    .select('kind')
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();
  return rows.map(({ kind }) => kind);
};

describe('required of everybody', () => {
  test('each has the grace period once; after it a sign-in opens enrolment alone, and that signs in', async () => {
    await using server = await startServer({ pinned: { SECOND_FACTOR_POLICY: 'required' } });
    const user = await server.signUp();
    const { second_factor_due_at: dueAt } = await me(server, user);
    expect(Date.parse(dueAt) - server.clock.nowMs()).toBeGreaterThan((week - 60) * 1000);
    server.clock.advance((week - 60) * 1000);
    const before = await login(server, user);
    expect(before.status).toBe(200);
    expect((await me(server, before.body)).second_factor_due_at).toBe(dueAt); // not given again
    server.clock.advance(61_000);

    const refused = await login(server, user);
    expect(refused).toMatchObject({
      status: 401,
      body: {
        code: 'second_factor_enrolment_required',
        error: 'Second factor has to be added',
        methods: ['totp', 'passkey'],
        expires_in: 600,
      },
    });
    expect(refused.text).not.toContain('access_token');
    const ended = await refresh(server, before.body);
    expect([ended.status, ended.body.code]).toEqual([400, 'second_factor_due']);

    const app = await enrol(server, refused.body.flow);
    const wrong = await app.confirm('000000');
    expect(wrong.body).toMatchObject({ code: 'invalid_code', tries_left: 4 });
    const done = await app.confirm(app.code());
    expect([done.status, done.body.recovery_codes.length]).toEqual([200, 10]);
    expect(decodeJwt(done.body.access_token)).toMatchObject({
      ...{ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] },
    });
    expect(await me(server, done.body)).not.toHaveProperty('second_factor_due_at');
    expect((await refresh(server, done.body)).status).toBe(200);
    expect((await app.confirm(app.code(1))).body.code).toBe('flow_expired');
    expect(await eventsOf(server, user.id)).toEqual(
      expect.arrayContaining(['session.ended', 'factor.added', 'recovery_codes.created']),
    );
    const next = await login(server, user);
    expect(next.body.code).toBe('second_factor_required');
  });

  describe('without a grace period', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startServer({
        pinned: { SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: 0 },
      });
    });
    afterAll(() => server[Symbol.asyncDispose]());

    async function register(email: string): Promise<{ id: number; email: string }> {
      const json = { email, password: goodPassword };
      return (await server.send('POST', '/api/register/', { json })).body;
    }
    const begin = async (user: { email: string }) =>
      enrol(server, (await login(server, user)).body.flow);
    const levels = async ({ id }: { id: number }) => {
      const { db } = server.deps.database;
      const rows = db.selectFrom('sessions').select('auth_level').where('user_id', '=', id);
      return (await rows.execute()).map(({ auth_level }) => auth_level);
    };

    test('of 16 at once one enrols', async () => {
      const user = await register('race@example.com');
      const app = await begin(user);
      const answers = await Promise.all(Array.from({ length: 16 }, () => app.confirm(app.code())));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await levels(user)).toEqual([2]);
      const codes = server.deps.database.db.selectFrom('recovery_codes').select('number');
      expect(await codes.where('user_id', '=', user.id).execute()).toHaveLength(10);
    });

    test('a new password ends an enrolment that waits', async () => {
      const user = await register('stale@example.com');
      const app = await begin(user);
      const { db } = server.deps.database;
      const other = { password_hash: 'other' };
      await db.updateTable('users').set(other).where('id', '=', user.id).execute();
      expect((await app.confirm(app.code())).body.code).toBe('flow_expired');
      expect(await levels(user)).toEqual([]);
    });

    test('who knows the password does not go on with an enrolment once the owner has a factor', async () => {
      const user = await register('raced@example.com');
      const [thief, owner] = [await begin(user), await begin(user)];
      expect((await owner.confirm(owner.code())).status).toBe(200);

      expect((await thief.confirm(thief.code())).body.code).toBe('flow_expired');
      expect(await levels(user)).toHaveLength(1);
      const confirmed = await server.deps.database.db
        .selectFrom('authenticator_apps')
        .select('id')
        .where('user_id', '=', user.id)
        .where('confirmed_at_ms', 'is not', null)
        .execute();
      expect(confirmed).toEqual([{ id: owner.id }]);
    });

    test('of five enrolments at once, each with an app of its own, one signs in', async () => {
      const user = await register('many@example.com');
      const apps: Awaited<ReturnType<typeof begin>>[] = [];
      for (let n = 0; n < 5; n += 1) apps.push(await begin(user));
      const answers = await Promise.all(apps.map((app) => app.confirm(app.code())));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await levels(user)).toHaveLength(1);
    });
  });

  test('a remembered device stands in for it at sign-in and refresh, until it is forgotten', async () => {
    await using server = await startServer({
      pinned: { SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: 60 },
    });
    const user = await server.signUp();
    const { secret } = await addApp(server, user);
    const first = await login(server, user);
    const finished = await server.send('POST', '/api/login/second-factor/', {
      json: { flow: first.body.flow, code: shownCode(server, secret), remember: true },
    });
    expect(finished.status).toBe(200);
    const { device_token } = finished.body;
    expect(device_token).toMatch(/^[\w-]{43}$/);
    server.clock.advance(120_000);
    const again = await login(server, user, { device_token });
    expect(again.status).toBe(200);
    expect(decodeJwt(again.body.access_token)).toMatchObject({ acr: 'aal1', amr: ['pwd'] });
    const renewed = await refresh(server, again.body);
    expect(renewed.status).toBe(200);
    // Never for what needs recent authentication.
    const { access_token: token } = renewed.body;
    const exported = await server.send('GET', '/api/me/export/', { token });
    expect(exported.body).toMatchObject({
      ...{ status: 401, code: 'insufficient_user_authentication', acr_values: 'aal2' },
    });
    const code = shownCode(server, secret);
    const json = { code };
    const proven = await server.send('POST', '/api/me/reauthenticate/', { token, json });
    expect(proven.status, proven.text).toBe(200);
    expect((await server.send('GET', '/api/me/export/', { token })).status).toBe(200);
    await server.send('DELETE', '/api/me/trusted-devices/', { token });
    expect((await login(server, user, { device_token })).body.code).toBe('second_factor_required');
    const stranger = await login(server, user, { device_token: ['x'] });
    expect(stranger.body.code).toBe('second_factor_required');
  });

  test('a remembered device stands in for it no longer once devices are not remembered', async () => {
    await using server = await startServer({
      pinned: { SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: 60 },
    });
    const user = await server.signUp();
    const { secret } = await addApp(server, user);
    const { flow } = (await login(server, user)).body;
    const json = { flow, code: shownCode(server, secret), remember: true };
    const { device_token } = (await server.send('POST', '/api/login/second-factor/', { json }))
      .body;
    server.clock.advance(120_000);
    const on = (await login(server, user, { device_token })).body;
    const renewed = await refresh(server, on);
    expect(renewed.status).toBe(200);
    await setSetting(server.deps, 'TRUSTED_DEVICE_LIFETIME', 0, { actor: 'test', reason: '' });
    expect((await refresh(server, renewed.body)).body.code).toBe('second_factor_due');
  });

  test('the last factor stays', async () => {
    await using server = await startServer({ pinned: { SECOND_FACTOR_POLICY: 'required' } });
    const user = await server.signUp();
    const { access_token: token } = user;
    const first = await addApp(server, user);
    const path = `/api/me/factors/${first.id}/`;
    const refused = await server.send('DELETE', path, { token, json: {} });
    expect([refused.status, refused.body.code]).toEqual([409, 'factor_required']);
  });
});

test('off: nobody adds a factor, those that are there are asked for, and no role requires any', async () => {
  await using server = await startServer();
  const user = await server.signUp();
  await addApp(server, user);
  await using off = await startServer({
    pinned: { SECOND_FACTOR_POLICY: 'off', SECOND_FACTOR_GRACE_PERIOD: 0 },
  });
  const other = await off.signUp();
  const json = { kind: 'totp' };
  const refused = await off.send('POST', '/api/me/factors/', { token: other.access_token, json });
  expect([refused.status, refused.body.code]).toEqual([403, 'second_factors_off']);
  await require(off, [other], 2);
  expect((await login(off, other)).status).toBe(200);
  expect((await login(server, user)).body.code).toBe('second_factor_required');
});

describe('required of a role', () => {
  test('only of its users, and not of those whose session is strong enough', async () => {
    await using server = await startServer({ pinned: { SECOND_FACTOR_GRACE_PERIOD: 60 } });
    const [free, obliged, enrolled] = [
      await server.signUp(),
      await server.signUp(),
      await server.signUp(),
    ];
    await addApp(server, enrolled);
    await require(server, [obliged, enrolled], 2);
    for (const user of [free, obliged, enrolled]) {
      const answer = await refresh(server, user);
      expect(answer.status).toBe(200);
      Object.assign(user, answer.body);
    }
    expect(await me(server, obliged)).toHaveProperty('second_factor_due_at');
    expect(await me(server, free)).not.toHaveProperty('second_factor_due_at');
    expect(await me(server, enrolled)).not.toHaveProperty('second_factor_due_at');
    server.clock.advance(61_000);
    expect((await refresh(server, free)).status).toBe(200);
    expect((await refresh(server, enrolled)).status).toBe(200);
    expect((await refresh(server, obliged)).body.code).toBe('second_factor_due');
    expect((await login(server, free)).status).toBe(200);
    expect((await login(server, obliged)).body.code).toBe('second_factor_enrolment_required');
  });

  test('who has no passkey that verifies its user gets to the enrolment of one by any factor', async () => {
    await using server = await startServer({
      ...{ publicUrl: 'http://localhost:8000/', pinned: { SECOND_FACTOR_GRACE_PERIOD: 0 } },
    });
    const user = await server.signUp();
    const { secret } = await addApp(server, user);
    await addPasskey(server, user.access_token, newAuthenticator());
    const { db } = server.deps.database;
    await db.updateTable('passkeys').set({ is_user_verified: 0 }).execute();
    await db.updateTable('users').set({ factor_level: 2 }).where('id', '=', user.id).execute();
    await require(server, [user], 3);
    const { flow, methods } = (await login(server, user)).body;
    expect(methods).toEqual(['passkey', 'totp', 'recovery_code']);
    const json = { flow, code: shownCode(server, secret) };
    const shown = await server.send('POST', '/api/login/second-factor/', { json });
    expect(shown.body).toMatchObject({
      ...{ code: 'second_factor_enrolment_required', methods: ['passkey'] },
    });
  });

  test.each([
    {
      publicUrl: 'https://auth.example.org/',
      appOrPasskey: ['totp', 'passkey'],
      passkey: ['passkey'],
    },
    { publicUrl: 'https://192.0.2.1/', appOrPasskey: ['totp'], passkey: [] },
  ])('at $publicUrl what can be added is what the server has', async (expected) => {
    const { publicUrl } = expected;
    await using server = await startServer({
      ...{ publicUrl, pinned: { SECOND_FACTOR_GRACE_PERIOD: 0 } },
    });
    const [two, three] = [await server.signUp(), await server.signUp()];
    await require(server, [two], 2);
    // From when the server had passkeys: now it would be refused.
    const { id } = await require(server, [three], 2);
    const { db } = server.deps.database;
    await db.updateTable('roles').set({ required_level: 3 }).where('id', '=', id).execute();
    await eventually(async () => {
      expect((await login(server, three)).body.methods).toEqual(expected.passkey);
    });
    const weak = await login(server, two);
    expect(weak.body).toMatchObject({
      ...{ error: 'Second factor has to be added', methods: expected.appOrPasskey },
    });
    const { body } = await login(server, three);
    expect(body.code).toBe('second_factor_enrolment_required');
    const names = expect.stringContaining('LATCHKEY_PASSKEY_RP_ID');
    expect(body.error).toEqual(
      expected.passkey.length > 0 ? 'Second factor has to be added' : names,
    );
    const json = { flow: weak.body.flow };
    const path = '/api/login/enrolment/passkey/options/';
    const asked = await server.send('POST', path, { json });
    expect(asked.status).toBe(weak.body.methods.includes('passkey') ? 200 : 503);
  });

  test('who has less than is required can remove one of two factors, and not the last', async () => {
    await using server = await startServer();
    const user = await server.signUp();
    const { access_token: token } = user;
    const [one, two] = [await addApp(server, user), await addApp(server, user, 'Tablet')];
    await require(server, [user], 3);
    const remove = async ({ id }: { id: number }) =>
      (await server.send('DELETE', `/api/me/factors/${id}/`, { token, json: {} })).status;
    expect([await remove(one), await remove(two)]).toEqual([204, 409]);
  });

  test('phishing resistant: a weaker factor is shown first, and then only a passkey can be added', async () => {
    await using server = await startServer({ pinned: { SECOND_FACTOR_GRACE_PERIOD: 0 } });
    const user = await server.signUp();
    const { secret } = await addApp(server, user);
    await require(server, [user], 3);
    const first = await login(server, user);
    expect(first.body.code).toBe('second_factor_required');
    const code = shownCode(server, secret);
    const json = { flow: first.body.flow, code, remember: true };
    const second = await server.send('POST', '/api/login/second-factor/', { json });
    expect(second.body).toMatchObject({
      ...{ status: 401, code: 'second_factor_enrolment_required', methods: ['passkey'] },
    });
    expect(second.text).not.toContain('_token"');
    const again = await server.send('POST', '/api/login/second-factor/', { json });
    expect(again.body.code).toBe('flow_expired');
    const app = await server.send('POST', '/api/login/enrolment/', {
      json: { flow: second.body.flow, kind: 'totp' },
    });
    expect(app.body).toMatchObject({
      status: 400,
      kind: ['You have to have a passkey that verifies you.'],
    });
    expect((await refresh(server, user)).body.code).toBe('second_factor_due');

    const { flow } = second.body;
    const path = '/api/login/enrolment/passkey/';
    const asked = await server.send('POST', `${path}options/`, { json: { flow } });
    const device = newAuthenticator();
    const credential = device.create(asked.body);
    const done = await server.send('POST', path, { json: { flow, credential } });
    expect([done.status, done.body.recovery_codes]).toEqual([200, []]);
    expect(decodeJwt(done.body.access_token)).toMatchObject({ acr: 'phr' });
    expect((await refresh(server, done.body)).status).toBe(200);
    // From now on it is what is asked for, and nothing less will do.
    const next = await login(server, user);
    expect(next.body).toMatchObject({ code: 'second_factor_required', methods: ['passkey'] });
    server.clock.advance(60_000);
    const weaker = await server.send('POST', '/api/login/second-factor/', {
      json: { flow: next.body.flow, code: shownCode(server, secret) },
    });
    expect(weaker.body).toMatchObject({ status: 400, code: 'invalid_code', tries_left: 4 });
    const options = '/api/login/second-factor/options/';
    const wanted = await server.send('POST', options, { json: { flow: next.body.flow } });
    const strong = await server.send('POST', '/api/login/second-factor/', {
      json: { flow: next.body.flow, credential: device.get(wanted.body) },
    });
    expect([strong.status, decodeJwt(strong.body.access_token).acr]).toEqual([200, 'phr']);
  });
});
