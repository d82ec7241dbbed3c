import { describe, expect, test } from 'vitest';
import { until } from '../../../../test/eventually.ts';
import {
  createTestDatabase,
  goodPassword,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';
import { mailedCode, mailTo } from '../../../../test/mailed-codes.ts';
import { setSetting } from '../../../settings/change-settings.ts';

/** `REQUIRE_VERIFIED_EMAIL`: who may sign in, and the way out for who may not. */

const hourMs = 3_600_000;
const required = { REQUIRE_VERIFIED_EMAIL: true, VERIFICATION_GRACE_PERIOD: 3_600 } as const;

const register = (server: TestServer, email: string) =>
  server.send('POST', '/api/register/', { json: { email, password: goodPassword } });
const login = (server: TestServer, email: string, password = goodPassword) =>
  server.send('POST', '/api/login/', { json: { email, password } });
const begin = (server: TestServer, json: object) =>
  server.send('POST', '/api/email-verification/', { json });
const confirm = (server: TestServer, json: object) =>
  server.send('POST', '/api/email-verification/confirm/', { json });
const adminSignIn = (server: TestServer, email: string) =>
  fetch(`${server.origin}/admin/session/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-latchkey-admin': '1',
      'sec-fetch-site': 'same-origin',
    },
    body: JSON.stringify({ email, password: goodPassword }),
  });

test('after the grace period sign-in is refused at every door, until the email is proven', async () => {
  await using mails = await startMailServer();
  await using server = await startServer({ pinned: required, mail: mails.delivery });
  const user = await server.signUpAdmin('superuser');
  const { email } = user;
  server.clock.advance(hourMs);
  const refused = await login(server, email);
  expect(refused).toMatchObject({ status: 403, body: { code: 'email_not_verified' } });
  expect(refused.body.detail).toContain('/api/email-verification/');
  expect((await adminSignIn(server, email)).status).toBe(403);
  // A client who does not know the password learns nothing of it.
  expect((await login(server, email, 'wrong horse battery')).status).toBe(401);
  // A session that there is stays.
  const refreshed = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: user.refresh_token },
  });
  expect(refreshed.status).toBe(200);
  const begun = await begin(server, { email, password: goodPassword });
  expect(begun).toMatchObject({ status: 202, body: { expires_in: 600 } });
  const { to, mail } = await mails.next();
  expect([to, mail.subject?.startsWith('Confirm your email')]).toEqual([[email], true]);
  const [, code = ''] = /^ {4}(\d{6})$/m.exec(mail.text ?? '') ?? [];
  const proven = await confirm(server, { flow: begun.body.flow, code });
  expect(proven).toMatchObject({ status: 200, body: { id: user.id, email_verified: true } });
  expect((await login(server, email)).status).toBe(200);
  expect((await adminSignIn(server, email)).status).toBe(200);
  expect(await begin(server, { email, password: goodPassword })).toMatchObject({
    status: 401,
    body: { code: 'invalid_credentials' },
  });
  const { db } = server.deps.database;
  const eventsOf = (kind: string) =>
    db
      .selectFrom('audit_events')
      .select(['actor_id', 'details'])
      .where('user_id', '=', user.id)
      .where('kind', '=', kind)
      .execute();
  expect((await eventsOf('email.verified')).map((row) => row.actor_id)).toEqual([user.id]);
  await server.app.close(); // which writes the refusals that wait
  const reasons = (await eventsOf('login.failed')).map(({ details }) => details);
  expect(reasons.join()).toContain('"email_not_verified"');
});

test('a new email has its own time, and a reset proves it', async () => {
  await using server = await startServer({ pinned: required });
  const user = await server.signUp('old@example.com');
  server.clock.advance(hourMs / 2);
  const { access_token: token } = await server.signUpAdmin('superuser');
  const change = { token, json: { email: 'new@example.com' } };
  expect((await server.send('PATCH', `/api/admin/users/${user.id}/`, change)).status).toBe(200);
  server.clock.advance(hourMs / 2);
  expect((await login(server, 'new@example.com')).status).toBe(200);
  server.clock.advance(hourMs / 2);
  expect((await login(server, 'new@example.com')).status).toBe(403);
  const other = await server.signUp('other@example.com');
  server.clock.advance(hourMs);
  expect((await login(server, other.email)).status).toBe(403);
  const proof = await mailedCode(server, other.email);
  const json = { flow: proof.flow, code: proof.code, password: 'a quite new horse' };
  await server.send('POST', '/api/password-reset/confirm/', { json });
  expect((await login(server, other.email, 'a quite new horse')).status).toBe(200);
});

test('those who were there when it was switched on have the same time', async () => {
  await using server = await startServer({ pinned: { VERIFICATION_GRACE_PERIOD: 3_600 } });
  await register(server, 'ada@example.com');
  server.clock.advance(100 * hourMs);
  const origin = { actor: 'a test', reason: '' };
  await setSetting(server.deps, 'REQUIRE_VERIFIED_EMAIL', true, origin);
  await server.catchUp();
  expect((await login(server, 'ada@example.com')).status).toBe(200);
  server.clock.advance(hourMs);
  expect((await login(server, 'ada@example.com')).status).toBe(403);
});

test('those who were there have the same time where the environment switches it on, from its first start on', async () => {
  await using database = await createTestDatabase();
  {
    await using before = await startServer({ database });
    await register(before, 'ada@example.com');
    const { db } = before.deps.database;
    await db.updateTable('users').set({ created_at_ms: 1 }).execute();
  }
  for (const status of [200, 403]) {
    await using server = await startServer({ database, pinned: required });
    expect((await login(server, 'ada@example.com')).status).toBe(status);
    server.clock.advance(hourMs);
    expect((await login(server, 'ada@example.com')).status).toBe(403);
    // The next start does not begin again.
    const { db } = server.deps.database;
    await db
      .updateTable('pinned_settings')
      .set((eb) => ({ since_ms: eb('since_ms', '-', hourMs) }))
      .execute();
  }
  await using off = await startServer({ database });
  expect((await login(off, 'ada@example.com')).status).toBe(200);
  const { db } = off.deps.database;
  expect(await db.selectFrom('pinned_settings').select('name').execute()).toEqual([]);
});

test('a server that sends no mail keeps nobody out', async () => {
  await using server = await startServer({ mail: undefined, pinned: required });
  const { email } = await server.signUp();
  server.clock.advance(hourMs);
  expect((await login(server, email)).status).toBe(200);
});

test('without a grace period nobody signs in before; an impersonation is not a sign-in of the user', async () => {
  await using server = await startServer({
    pinned: { REQUIRE_VERIFIED_EMAIL: true, VERIFICATION_GRACE_PERIOD: 0 },
  });
  const { db } = server.deps.database;
  const { body } = await register(server, 'ada@example.com');
  expect((await login(server, 'ada@example.com')).status).toBe(403);
  await register(server, 'admin@example.com');
  await db
    .updateTable('users')
    .set({ is_superuser: 1, email_verified_at_ms: 1 })
    .where('email', '=', 'admin@example.com')
    .execute();
  const { access_token: token } = (await login(server, 'admin@example.com')).body;
  const impersonated = await server.send('POST', `/api/admin/users/${body.id}/impersonation/`, {
    ...{ token, json: { reason: 'ticket 4711' } },
  });
  expect(impersonated.status).toBe(201);
});

describe('the mail for who cannot sign in', () => {
  test('takes what a sign-in takes, and is refused as that is', async () => {
    await using server = await startServer({ pinned: { LOGIN_FAILURES_PER_ACCOUNT: 2 } });
    const { email } = await server.signUp();
    const refusals = [];
    for (const json of [
      { email, password: 'wrong horse battery' },
      { email: 'nobody@example.com', password: goodPassword },
      { email },
    ]) {
      refusals.push(await begin(server, json));
    }
    expect(refusals.map(({ status, body }) => [status, body.code, body.error])).toEqual(
      Array(3).fill([401, 'invalid_credentials', 'Invalid credentials']),
    );
    expect(await server.deps.database.db.selectFrom('outbox').select('id').execute()).toEqual([]);
  });

  test('ends by the flow and its code, and not by what stands in the mail; the flow of a session needs the session', async () => {
    await using server = await startServer({ pinned: required });
    const user = await server.signUp();
    const { access_token: token, email } = user;
    const own = await server.send('POST', '/api/me/email-verification/', { token });
    const ofSession = { flow: own.body.flow, code: (await mailTo(server, email)).code };
    expect((await confirm(server, ofSession)).body.code).toBe('flow_expired');
    server.clock.advance(hourMs);
    const begun = await begin(server, { email, password: goodPassword });
    const { code, link } = await mailTo(server, email);
    // Its reader may be the owner of the email, and not who has registered with it.
    const linked = { token: new URL(link).searchParams.get('token') };
    for (const json of [linked, { ...linked, code }]) {
      expect(await confirm(server, json)).toMatchObject({
        status: 400,
        body: { code: 'invalid_fields', flow: ['This field is required.'] },
      });
    }
    const wrong = { flow: begun.body.flow, code: code === '000000' ? '000001' : '000000' };
    expect((await confirm(server, wrong)).body).toMatchObject({
      ...{ code: 'invalid_code', tries_left: 4 },
    });
    expect((await confirm(server, { flow: begun.body.flow, code })).status).toBe(200);
  });

  test('says what is wrong with a proof in the words of a session', async () => {
    await using server = await startServer({ pinned: required });
    const { access_token: token, email } = await server.signUp();
    type Answer = Awaited<ReturnType<typeof confirm>>;
    async function refusals(flow: string, send: (json: object) => Promise<Answer>) {
      const { code } = await mailTo(server, email);
      const told = [];
      for (const json of [
        { flow, code: '12345' },
        { flow: 'none', code: '123456' },
        { flow, code: code === '000000' ? '000001' : '000000' },
        { flow: 7, code: '123456' },
      ]) {
        const { request_id: _, ...problem } = (await send(json)).body;
        told.push(problem);
      }
      return told;
    }
    const own = await server.send('POST', '/api/me/email-verification/', { token });
    const inSession = await refusals(own.body.flow, (json) =>
      server.send('POST', '/api/me/email-verification/confirm/', { token, json }),
    );
    server.clock.advance(hourMs);
    const begun = await begin(server, { email, password: goodPassword });
    expect(await refusals(begun.body.flow, (json) => confirm(server, json))).toEqual(inSession);
    expect(inSession.map(({ code }) => code)).toEqual([
      ...['invalid_code', 'flow_expired', 'invalid_code', 'flow_expired'],
    ]);
  });

  test('an account that was deactivated meanwhile proves nothing', async () => {
    await using server = await startServer({ pinned: required });
    const { id, email } = await server.signUp();
    server.clock.advance(hourMs);
    const begun = await begin(server, { email, password: goodPassword });
    const { code } = await mailTo(server, email);
    const { db } = server.deps.database;
    await db.updateTable('users').set({ is_active: 0 }).where('id', '=', id).execute();
    const late = await confirm(server, { flow: begun.body.flow, code });
    expect(late).toMatchObject({ status: 400, body: { code: 'flow_expired' } });
  });

  test('tells nothing of the password of who can sign in without, and counts it as a wrong one', async () => {
    await using server = await startServer({ pinned: { LOGIN_FAILURES_PER_DEVICE: 2 } });
    const { email, id } = await server.signUp();
    const codes = [];
    for (let n = 0; n < 3; n += 1) {
      codes.push((await begin(server, { email, password: goodPassword })).body.code);
    }
    expect(codes).toEqual(['invalid_credentials', 'invalid_credentials', 'rate_limited']);
    const { db } = server.deps.database;
    const noted = db
      .selectFrom('audit_events')
      .select('details')
      .where('user_id', '=', id)
      .where('kind', '=', 'login.failed')
      .where('details', 'like', '%"not_needed"%');
    await until(async () => (await noted.execute()).length > 0);
    expect(await db.selectFrom('outbox').select('id').execute()).toEqual([]);
  });

  test('of 64 who use one code on two nodes one succeeds', async () => {
    await using database = await createTestDatabase();
    await using one = await startServer({ database, pinned: required });
    await using other = await startServer({ database, pinned: required });
    const { email } = await one.signUp();
    for (const { clock } of [one, other]) clock.advance(hourMs);
    const begun = await begin(one, { email, password: goodPassword });
    const proof = { flow: begun.body.flow, code: (await mailTo(one, email)).code };
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, n) => confirm(n % 2 ? one : other, proof)),
    );
    const codes = answers.map(({ status, body }) => (status === 200 ? 'done' : body.code));
    expect(codes.sort()).toEqual(['done', ...Array(63).fill('flow_expired')]);
  });
});
