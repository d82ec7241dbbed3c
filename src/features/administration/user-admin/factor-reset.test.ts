import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { resetToken } from '../../../../test/factor-resets.ts';
import {
  goodPassword,
  type SignedUp,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';
import { noNotices } from '../../identity/notices/index.ts';
import { doFactorReset, doFactorResets } from '../../sign-in/factors/index.ts';

/** An administrator resets the factors of a user who has lost them; the user can cancel it. */

let server: TestServer;
let admin: SignedUp;
beforeAll(async () => {
  server = await startServer();
  admin = await server.signUpAdmin('superuser');
});
afterAll(() => server[Symbol.asyncDispose]());

const path = (id: number) => `/api/admin/users/${id}/factors/`;
const ask = async (user: { id: number }, on = server, by = admin) => {
  const json = { reason: 'lost their phone' };
  return on.send('POST', `${path(user.id)}reset/`, { token: by.access_token, json });
};
const view = async ({ id }: { id: number }) =>
  (await server.send('GET', path(id), { token: admin.access_token })).body;
const login = (user: SignedUp, on = server) =>
  on.send('POST', '/api/login/', { json: { email: user.email, password: goodPassword } });

async function withApp(on = server) {
  const user = await on.signUp();
  return { ...user, app: await addApp(on, user) };
}

const eventsOf = async (userId: number, kind: string, on = server) =>
  (
    await on.deps.database.db
      .selectFrom('audit_events')
      .select(['details', 'actor_kind'])
      .where('user_id', '=', userId)
      .where('kind', '=', kind as never)
      .execute()
  ).map(({ details, actor_kind }) => [actor_kind, JSON.parse(String(details))]);

test('a reset waits a day, then it is done: factors, codes, devices and sessions are gone', async () => {
  const user = await withApp();
  expect(await view(user)).toMatchObject({
    acr: 'aal2',
    required_acr: 'aal1',
    due_at: null,
    reset: null,
  });
  const answer = await ask(user);
  expect(answer.status).toBe(200);
  expect(answer.body.reset).toMatchObject({
    ...{ reason: 'lost their phone', requested_by: admin.id },
  });
  const waitsMs = Date.parse(answer.body.reset.due_at) - server.clock.nowMs();
  expect(waitsMs).toBeGreaterThan(86_390_000);
  expect(JSON.stringify(answer.body)).not.toMatch(/secret|hash/);
  const again = await ask(user);
  expect(again.body.reset.due_at).toBe(answer.body.reset.due_at); // it does not begin again
  expect((await login(user)).body.code).toBe('second_factor_required');
  expect(await doFactorReset({ ...server.deps, notices: noNotices }, user.id)).toBe(false);

  server.clock.advance(86_400_000);
  await doFactorResets({ ...server.deps, notices: noNotices }).run({ isHeld: () => true });
  const { db } = server.deps.database;
  for (const table of ['authenticator_apps', 'recovery_codes', 'factor_resets'] as const) {
    const rows = await db.selectFrom(table).select('id').where('user_id', '=', user.id).execute();
    expect([table, rows]).toEqual([table, []]);
  }
  const refreshed = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: user.refresh_token },
  });
  expect(refreshed.body.code).toBe('factors_reset');
  expect((await login(user)).status).toBe(200);
  expect(await eventsOf(user.id, 'factors.reset')).toEqual([
    ['system', { reason: 'lost their phone', authenticator_apps: 1, passkeys: 0 }],
  ]);
  expect(await eventsOf(user.id, 'factors.reset_requested')).toHaveLength(1);
  admin = await server.signUpAdmin('superuser'); // the other one signed in a day ago
});

test('the user cancels it by the mail, and nothing changes; an administrator can, too', async () => {
  const user = await withApp();
  await ask(user);
  const token = await resetToken(server, user.id);
  const cancel = () => server.send('POST', '/api/factor-reset/cancel/', { json: { token } });
  expect((await cancel()).status).toBe(200);
  expect((await cancel()).body.code).toBe('invalid_link_token');
  expect(await view(user)).toMatchObject({ acr: 'aal2', reset: null });
  expect(await eventsOf(user.id, 'factors.reset_cancelled')).toEqual([['user', { why: null }]]);

  await ask(user);
  const byAdmin = await server.send('DELETE', `${path(user.id)}reset/`, {
    token: admin.access_token,
  });
  expect([byAdmin.status, byAdmin.body.reset]).toEqual([200, null]);
  const { kind, text } = await mailTo(server, user.email);
  expect([kind, text]).toEqual([
    'factors_reset_cancelled',
    expect.stringContaining('Cancelled by: an administrator'),
  ]);
  expect(text).not.toMatch(/not-me|IP address|Device/); // what an administrator did is not undone by a link
  const gone = await server.send('DELETE', `${path(user.id)}reset/`, { token: admin.access_token });
  expect(gone.status).toBe(404);
  const flow = (await login(user)).body.flow;
  const code = shownCode(server, user.app.secret);
  const done = await server.send('POST', '/api/login/second-factor/', { json: { flow, code } });
  expect(done.status).toBe(200);
});

test('the token of another notice cancels nothing', async () => {
  const user = await withApp();
  await ask(user);
  const json = { token: 'a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k' };
  const answer = await server.send('POST', '/api/factor-reset/cancel/', { json });
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_link_token']);
  expect((await view(user)).reset).not.toBeNull();
});

test('cancelling and doing it at the same moment: one of them wins', async () => {
  for (let round = 0; round < 4; round += 1) {
    await using own = await startServer({ pinned: { FACTOR_RESET_DELAY: 1 } });
    const by = await own.signUpAdmin('superuser');
    const user = await withApp(own);
    await ask(user, own, by);
    const token = await resetToken(own, user.id);
    own.clock.advance(2_000);
    const deps = { ...own.deps, notices: noNotices };
    const [cancelled, ...done] = await Promise.all([
      own.send('POST', '/api/factor-reset/cancel/', { json: { token } }),
      ...Array.from({ length: 16 }, () => doFactorReset(deps, user.id)),
    ]);
    const times = done.filter(Boolean).length + (cancelled.status === 200 ? 1 : 0);
    expect(times).toBe(1);
    const apps = await own.deps.database.db.selectFrom('authenticator_apps').select('id').execute();
    expect(apps).toHaveLength(cancelled.status === 200 ? 1 : 0);
  }
});

describe('at once', () => {
  test('where there is no delay', async () => {
    await using own = await startServer({ pinned: { FACTOR_RESET_DELAY: 0 } });
    const by = await own.signUpAdmin('superuser');
    const user = await withApp(own);
    const answer = await ask(user, own, by);
    expect(answer.body).toMatchObject({ acr: 'aal1', reset: null, authenticator_apps: [] });
    expect((await login(user, own)).status).toBe(200);
    expect(await eventsOf(user.id, 'factors.reset', own)).toEqual([
      ['user', { reason: 'lost their phone', authenticator_apps: 1, passkeys: 0 }],
    ]);
  });
});

describe('is refused', () => {
  test('without a reason, where there is nothing, of oneself, and of who has more', async () => {
    const user = await withApp();
    const reset = `${path(user.id)}reset/`;
    const bare = await server.send('POST', reset, { token: admin.access_token, json: {} });
    expect(bare.body.reason).toEqual(['This field is required.']);
    const plain = await ask(await server.signUp());
    expect([plain.status, plain.body.code]).toEqual([409, 'no_factor']);
    const own = await ask(admin);
    expect([own.status, own.body.code]).toEqual([403, 'permission_denied']);
    const helper = await server.signUpAdmin(['users.reset_factors']);
    const upwards = await ask(admin, server, helper);
    expect([upwards.status, upwards.body.code]).toEqual([403, 'permission_denied']);
    expect((await ask(user, server, helper)).status).toBe(200);
    expect((await ask({ id: 999_999 })).status).toBe(404);
  });
});
