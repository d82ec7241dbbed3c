import { afterAll, describe, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';
import { noNotices } from '../../identity/notices/index.ts';
import {
  checkTotp,
  dropFactors,
  resealApps,
  resealingApps,
  sweepUnconfirmedApps,
} from './index.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const factors = '/api/me/factors/';
type Token = { readonly access_token: string };
const list = async ({ access_token: token }: Token) =>
  (await server.send('GET', factors, { token })).body;
const begin = ({ access_token: token }: Token, name = 'Phone') =>
  server.send('POST', factors, { token, json: { kind: 'totp', name } });
const confirm = ({ access_token: token }: Token, id: number, json: unknown) =>
  server.send('POST', `${factors}${id}/confirm/`, { token, json });
const remove = ({ access_token: token }: Token, id: number, json: unknown = {}) =>
  server.send('DELETE', `${factors}${id}/`, { token, json });
const logIn = async (email: string): Promise<Token> =>
  (await server.send('POST', '/api/login/', { json: { email, password: goodPassword } })).body;

const userRow = (id: number) =>
  db
    .selectFrom('users')
    .select(['factor_level', 'factor_epoch'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
const sessionsOf = (userId: number) =>
  db
    .selectFrom('sessions')
    .select(['auth_level', 'amr', 'factor_at_ms', 'end_cause'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();
async function eventsOf(userId: number): Promise<unknown[]> {
  const events = await db
    .selectFrom('audit_events')
    .select(['kind', 'details'])
    .where('user_id', '=', userId)
    .where((eb) => eb.or([eb('kind', 'like', 'factor%'), eb('kind', 'like', 'recovery%')]))
    .orderBy('id')
    .execute();
  return events.map(({ kind, details }) => [kind, JSON.parse(details)]);
}

describe('an authenticator app', () => {
  test('is added with a code of it, which raises the session; ten recovery codes come with it', async () => {
    const user = await server.signUp();
    const begun = await begin(user);
    expect(begun.status).toBe(201);
    expect(begun.headers.get('location')).toBe(`../../../api/me/factors/${begun.body.id}/`);
    const { id, secret, uri, qr_svg } = begun.body;
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(uri).toContain(`otpauth://totp/127.0.0.1:${encodeURIComponent(user.email)}?issuer=`);
    expect(uri).toContain(`&secret=${secret}&algorithm=SHA1&digits=6&period=30`);
    expect(qr_svg).toMatch(/^<svg /);
    // It counts for nothing yet.
    expect(await list(user)).toMatchObject({ authenticator_apps: [], recovery_codes_left: 0 });
    expect(await userRow(user.id)).toMatchObject({ factor_level: 1 });

    const other = await logIn(user.email);
    const code = shownCode(server, secret);
    const confirmed = await confirm(user, id, { code: `${code.slice(0, 3)} ${code.slice(3)}` });
    expect(confirmed.status).toBe(200);
    expect(confirmed.headers.get('cache-control')).toBe('no-store');
    const { recovery_codes: codes } = confirmed.body;
    expect(codes.map((text: string) => text.replace(/-.*/, ''))).toEqual([
      ...['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'],
    ]);
    expect(await userRow(user.id)).toMatchObject({ factor_level: 2 });
    expect(await sessionsOf(user.id)).toEqual([
      {
        ...{ auth_level: 2, amr: 'pwd otp mfa', end_cause: null },
        factor_at_ms: expect.any(Number),
      },
      { auth_level: 1, amr: 'pwd', factor_at_ms: null, end_cause: null },
    ]);
    expect(await list(user)).toEqual({
      authenticator_apps: [
        { id, name: 'Phone', created_at: expect.any(String), last_used_at: null },
      ],
      ...{ passkeys: [], recovery_codes_left: 10, remembered_devices: 0 },
    });
    expect(await eventsOf(user.id)).toEqual([
      ['recovery_codes.created', {}],
      ['factor.added', { factor: 'totp', factor_id: id }],
    ]);
    const notice = await mailTo(server, user.email);
    expect(notice.kind).toBe('factor_added');
    expect(notice.text).toContain('Factor: Authenticator app');
    expect(notice.text).toContain('account/not-me/?token=');

    // The code is spent, and the app confirmed.
    expect(await checkTotp({ ...server.deps, notices: noNotices }, user.id, code)).toBeUndefined();
    expect(await confirm(user, id, { code })).toMatchObject({ status: 404 });
    expect((await server.send('GET', '/api/me/', { token: other.access_token })).status).toBe(200);
    const stored = await db.selectFrom('authenticator_apps').select('secret').execute();
    expect(JSON.stringify(stored)).not.toContain(secret);
  });

  test('ends the other sessions where that is asked for, at the adding and at the removing', async () => {
    const user = await server.signUp();
    await logIn(user.email);
    const { body } = await begin(user);
    const code = shownCode(server, body.secret);
    expect((await confirm(user, body.id, { code, end_other_sessions: true })).status).toBe(200);
    const causes = async () =>
      (await sessionsOf(user.id)).map(({ end_cause }: { end_cause: string | null }) => end_cause);
    expect(await causes()).toEqual([null, 'session_revoked']);
    await db
      .insertInto('sessions')
      .values({
        ...{ user_id: user.id, created_at_ms: 0, refreshed_at_ms: 0 },
        expires_at_ms: server.clock.nowMs() + 1e9,
      })
      .execute();
    const removed = await server.send('DELETE', `${factors}${body.id}/`, {
      ...{ token: user.access_token, form: { end_other_sessions: 'true' } },
    });
    expect(removed.status).toBe(204);
    expect(await causes()).toEqual([null, 'session_revoked', 'session_revoked']);
  });

  test('the second one comes without recovery codes; with the last one all of them go', async () => {
    const user = await server.signUp();
    const first = await addApp(server, user);
    const second = await addApp(server, user, 'Tablet');
    expect([first.recoveryCodes.length, second.recoveryCodes]).toEqual([10, []]);
    expect(await userRow(user.id)).toEqual({ factor_level: 2, factor_epoch: 0 });
    expect((await remove(user, first.id)).status).toBe(204);
    expect(await userRow(user.id)).toEqual({ factor_level: 2, factor_epoch: 1 });
    expect(await list(user)).toMatchObject({
      authenticator_apps: [{ id: second.id, name: 'Tablet' }],
      recovery_codes_left: 10,
    });
    expect((await mailTo(server, user.email)).kind).toBe('factor_removed');
    expect((await remove(user, second.id)).status).toBe(204);
    expect(await userRow(user.id)).toEqual({ factor_level: 1, factor_epoch: 2 });
    expect(await list(user)).toMatchObject({ authenticator_apps: [], recovery_codes_left: 0 });
    expect((await remove(user, second.id)).status).toBe(404);
    expect(await eventsOf(user.id)).toEqual([
      ['recovery_codes.created', {}],
      ['factor.added', { factor: 'totp', factor_id: first.id }],
      ['factor.added', { factor: 'totp', factor_id: second.id }],
      ['factor.removed', { factor: 'totp', factor_id: first.id }],
      ['factor.removed', { factor: 'totp', factor_id: second.id }],
    ]);
  });

  test('is renamed', async () => {
    const user = await server.signUp();
    const { id } = await addApp(server, user);
    const rename = (json: unknown) =>
      server.send('PATCH', `${factors}${id}/`, { token: user.access_token, json });
    expect((await rename({ name: ' Old phone ' })).status).toBe(204);
    expect((await list(user)).authenticator_apps).toMatchObject([{ name: 'Old phone' }]);
    expect((await rename({ name: '' })).body.name).toEqual(['This field may not be blank.']);
    expect((await rename({ name: 'x'.repeat(51) })).status).toBe(400);
    expect((await eventsOf(user.id)).at(-1)).toEqual([
      ...['factor.renamed', { factor: 'totp', factor_id: id }],
    ]);
  });

  test('there are five at most; of those that wait the newest five', async () => {
    const user = await server.signUp();
    const begun = [];
    for (let n = 0; n < 6; n += 1) begun.push((await begin(user, `${n}`)).body);
    const [oldest, ...others] = begun;
    const confirmed = (app: { id: number; secret: string }) =>
      confirm(user, app.id, { code: shownCode(server, app.secret) });
    expect((await confirmed(oldest)).status).toBe(404);
    for (const app of others) expect((await confirmed(app)).status).toBe(200);
    expect((await begin(user)).body.code).toBe('too_many_factors');
    // One that waited when there was room.
    const late = await db
      .updateTable('authenticator_apps')
      .set({ confirmed_at_ms: null, last_step: 0 })
      .where('id', '=', others[0].id)
      .returning('id')
      .executeTakeFirstOrThrow();
    expect(late.id).toBe(others[0].id);
    const sixth = await begin(user);
    expect(sixth.status).toBe(201);
    expect((await confirmed(others[0])).status).toBe(200);
    expect((await confirmed(sixth.body)).body.code).toBe('too_many_factors');
    expect((await list(user)).authenticator_apps).toHaveLength(5);
  });

  test('waits ten minutes for its first code, and belongs to its user', async () => {
    const user = await server.signUp();
    const stranger = await server.signUp();
    const { body } = await begin(user);
    const code = () => ({ code: shownCode(server, body.secret) });
    for (const [method, path] of [
      ['POST', `${factors}${body.id}/confirm/`],
      ['PATCH', `${factors}${body.id}/`],
      ['DELETE', `${factors}${body.id}/`],
    ] as const) {
      const json = { ...code(), name: 'mine' };
      const answer = await server.send(method, path, { token: stranger.access_token, json });
      expect([path, answer.status]).toEqual([path, 404]);
    }
    expect((await remove(user, body.id)).status).toBe(404); // it is none yet
    await db
      .updateTable('authenticator_apps')
      .set({ created_at_ms: server.clock.nowMs() - 600_000 })
      .where('id', '=', body.id)
      .execute();
    expect((await confirm(user, body.id, code())).status).toBe(404);
  });

  test.each([
    [{}, { code: 'invalid_code' }],
    [{ code: '12345' }, { code: 'invalid_code' }],
    [{ code: 'abcdef' }, { code: 'invalid_code' }],
    [{ code: '000000' }, { code: 'invalid_code', detail: expect.stringContaining('30 seconds') }],
    [
      { code: '000000', end_other_sessions: 'yes' },
      { end_other_sessions: ['Must be true or false.'] },
    ],
  ])('%j does not confirm it', async (json, body) => {
    const user = await server.signUp();
    const begun = await begin(user);
    // A million to three that it is the right one.
    expect(await confirm(user, begun.body.id, json)).toMatchObject({ status: 400, body });
    expect(await userRow(user.id)).toMatchObject({ factor_level: 1 });
  });

  test.each([{}, { kind: 'sms' }, { kind: 'totp', name: '' }, []])('%j adds none', async (json) => {
    const user = await server.signUp();
    const answer = await server.send('POST', factors, { token: user.access_token, json });
    expect(answer.status).toBe(400);
  });

  test('its issuer is what the site is called', async () => {
    await using named = await startServer({ pinned: { SITE_NAME: 'Ünï: Shop' } });
    const { access_token: token } = await named.signUp('ada@example.com');
    const { body } = await named.send('POST', factors, { token, json: { kind: 'totp' } });
    expect(body.uri).toContain('otpauth://totp/%C3%9Cn%C3%AF%20%20Shop:ada%40example.com?');
  });
});

test('what changes factors takes recent authentication, and no administrator who acts as the user', async () => {
  const user = await server.signUp();
  const { id } = await addApp(server, user);
  const token = user.access_token;
  const requests = [
    ['POST', factors],
    ['POST', `${factors}${id}/confirm/`],
    ['PATCH', `${factors}${id}/`],
    ['DELETE', `${factors}${id}/`],
    ['POST', `${factors}recovery-codes/`],
  ] as const;
  await db
    .updateTable('sessions')
    .set({ authenticated_at_ms: server.clock.nowMs() - 900_000 })
    .where('user_id', '=', user.id)
    .execute();
  for (const [method, path] of requests) {
    const { status, body } = await server.send(method, path, { token, json: {} });
    expect([path, status, body.code]).toEqual([path, 401, 'insufficient_user_authentication']);
    expect((await server.send(method, path, { json: {} })).status).toBe(401);
  }
  expect((await list(user)).authenticator_apps).toHaveLength(1);
});

test('what an older secret has sealed still works, and is sealed again under the new one', async () => {
  const user = await server.signUp();
  const { secret } = await addApp(server, user);
  const newer = {
    notices: noNotices,
    ...server.deps,
    secretKey: 'the secret that follows, which is as long as it has to be',
    secretKeyFallbacks: [server.deps.secretKey],
  };
  expect(await checkTotp(newer, user.id, shownCode(server, secret))).toBeDefined();
  const alone = { ...newer, secretKeyFallbacks: [] };
  expect(await checkTotp(alone, user.id, shownCode(server, secret))).toBeUndefined();
  expect(await resealingApps(newer).run({ isHeld: () => true })).toBe(3_600_000);
  expect(await checkTotp(alone, user.id, shownCode(server, secret))).toBeDefined();
  await resealApps({ ...server.deps, secretKeyFallbacks: [newer.secretKey] });
});

test('apps that were not confirmed in time are removed in the background', async () => {
  const user = await server.signUp();
  await addApp(server, user);
  await begin(user);
  const { body: kept } = await begin(user);
  await db
    .updateTable('authenticator_apps')
    .set({ created_at_ms: server.clock.nowMs() - 600_000 })
    .where('user_id', '=', user.id)
    .where('id', '<>', kept.id)
    .execute();
  await sweepUnconfirmedApps(server.deps).run({ isHeld: () => true });
  const rows = await db
    .selectFrom('authenticator_apps')
    .select('id')
    .where('user_id', '=', user.id)
    .execute();
  expect(rows).toHaveLength(2);
});

describe('dropped', () => {
  const actor = { kind: 'system' } as const;
  const drop = (userId: number, sinceMs?: number) =>
    server.deps.database.transact((trx) => dropFactors(trx, userId, { actor, nowMs: 1 }, sinceMs));

  test('are all factors of a user, or those since a moment', async () => {
    const user = await server.signUp();
    await addApp(server, user);
    server.clock.advance(5_000);
    const sinceMs = server.clock.nowMs();
    const { id } = await addApp(server, user);
    expect(await drop(user.id, sinceMs)).toEqual({ authenticatorApps: 1, passkeys: 0 });
    expect(await list(user)).toMatchObject({
      authenticator_apps: [{ id: expect.any(Number) }],
      recovery_codes_left: 10,
    });
    expect(await userRow(user.id)).toEqual({ factor_level: 2, factor_epoch: 1 });
    expect(await drop(user.id)).toEqual({ authenticatorApps: 1, passkeys: 0 });
    expect(await list(user)).toMatchObject({ authenticator_apps: [], recovery_codes_left: 0 });
    expect(await userRow(user.id)).toMatchObject({ factor_level: 1 });
    expect((await eventsOf(user.id)).slice(-2)).toEqual([
      ['factors.dropped', { authenticator_apps: 1, passkeys: 0 }],
      ['factors.dropped', { authenticator_apps: 1, passkeys: 0 }],
    ]);
    expect(id).toBeGreaterThan(0);
  });
});

test('users who have no recovery code left get new ones with another factor', async () => {
  const user = await server.signUp();
  await addApp(server, user);
  await db.deleteFrom('recovery_codes').where('user_id', '=', user.id).execute();
  expect((await addApp(server, user)).recoveryCodes).toHaveLength(10);
  expect((await addApp(server, user)).recoveryCodes).toEqual([]);
});

test('deleting the account deletes all of it', async () => {
  const user = await server.signUp();
  await addApp(server, user);
  const json = { password: goodPassword };
  await server.send('DELETE', '/api/me/', { token: user.access_token, json });
  for (const table of ['authenticator_apps', 'recovery_codes'] as const) {
    const rows = await db.selectFrom(table).select('id').where('user_id', '=', user.id).execute();
    expect(rows).toEqual([]);
  }
});
