import { expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import {
  createTestDatabase,
  goodPassword,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { mailedCode, mailTo } from '../../../../test/mailed-codes.ts';
import { addPasskey, newAuthenticator } from '../../../../test/webauthn.ts';

/** A person who can read the mail of an account has one factor of two. */

const newPassword = 'a quite new horse';

const confirm = (server: TestServer, json: object) =>
  server.send('POST', '/api/password-reset/confirm/', {
    json: { password: newPassword, ...json },
  });
const login = (server: TestServer, email: string, password: string) =>
  server.send('POST', '/api/login/', { json: { email, password } });

/** A user with an authenticator app and a proven email. */
async function withApp(server: TestServer) {
  const user = await server.signUp();
  const { db } = server.deps.database;
  await db
    .updateTable('users')
    .set({ email_verified_at_ms: 1 })
    .where('id', '=', user.id)
    .execute();
  const app = await addApp(server, user);
  return { ...user, ...app, userId: user.id, shown: () => shownCode(server, app.secret) };
}

test('a reset asks for the second factor, after the code was right, and spends nothing until it comes', async () => {
  await using server = await startServer();
  const user = await withApp(server);
  const { flow, code } = await mailedCode(server, user.email);
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  const refused = await confirm(server, { flow, code: wrong });
  expect(refused.body).toMatchObject({ code: 'invalid_code', tries_left: 4 });
  for (let n = 0; n < 7; n += 1) {
    const { status, body } = await confirm(server, { flow, code });
    expect([status, body.code, body.methods]).toEqual([
      ...[401, 'second_factor_required', ['totp', 'recovery_code']],
    ]);
  }
  expect((await login(server, user.email, goodPassword)).body.code).toBe('second_factor_required');
  const bad = await confirm(server, { flow, code, second_factor: { code: '000000' } });
  expect(bad.body).toMatchObject({ code: 'invalid_fields', second_factor: [expect.any(String)] });
  for (const second_factor of [{}, 'x', { code: '12' }, { code: '123456', recovery_code: '1' }]) {
    const { body } = await confirm(server, { flow, code, second_factor });
    expect(body.code).toBe('invalid_fields');
  }
  const done = await confirm(server, { flow, code, second_factor: { code: user.shown() } });
  expect(done).toMatchObject({ status: 200, body: { success: 'Password reset.' } });
  const me = await server.send('GET', '/api/me/', { token: user.access_token });
  expect(me.body.code).toBe('password_reset');
  // The password is new, and the factor as it was; its code is spent.
  const { body } = await login(server, user.email, newPassword);
  const finish = (json: object) =>
    server.send('POST', '/api/login/second-factor/', { json: { flow: body.flow, ...json } });
  expect((await finish({ code: user.shown() })).body.code).toBe('invalid_code');
  const [recovery_code] = user.recoveryCodes;
  expect((await finish({ recovery_code })).status).toBe(200);
});

test('who knows the password cannot keep the owner from a new one, nor out of a step-up', async () => {
  await using server = await startServer({ pinned: { FACTOR_FAILURES_PER_FACTOR: 2 } });
  const user = await withApp(server);
  const { body } = await login(server, user.email, goodPassword);
  const guess = async (sent: object) =>
    (await server.send('POST', '/api/login/second-factor/', { json: { flow: body.flow, ...sent } }))
      .body.code;
  for (const sent of [{ code: '000000' }, { recovery_code: '1-AAAA-AAAA-AAAA-AAAA' }]) {
    const told = [await guess(sent), await guess(sent), await guess(sent)];
    expect(told).toEqual(['invalid_code', 'invalid_code', 'rate_limited']);
  }
  const stepUp = { token: user.access_token, json: { code: user.shown() } };
  expect((await server.send('POST', '/api/me/reauthenticate/', stepUp)).status).toBe(200);
  const { flow, code } = await mailedCode(server, user.email);
  const second_factor = { recovery_code: user.recoveryCodes[0] };
  expect((await confirm(server, { flow, code, second_factor })).status).toBe(200);
});

test('a passkey is asked for of those alone who read the mail', async () => {
  await using server = await startServer();
  const user = await server.signUp();
  const { db } = server.deps.database;
  await db.updateTable('users').set({ email_verified_at_ms: 1 }).execute();
  const authenticator = newAuthenticator();
  await addPasskey(server, user.access_token, authenticator);
  const { flow, code } = await mailedCode(server, user.email);
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  const options = (json: object) => server.send('POST', '/api/password-reset/options/', { json });
  expect((await options({ flow, code: wrong })).body.tries_left).toBe(4);
  expect((await options({ flow })).body.code).toBe('invalid_code');
  const asked = await options({ flow, code });
  expect(asked.body.public_key.allowCredentials).toHaveLength(1);
  const second_factor = { credential: authenticator.get(asked.body) };
  const other = await mailedCode(server, user.email); // which voids the one before
  const misused = await confirm(server, { ...other, mailId: undefined, second_factor });
  expect(misused.body).toMatchObject({ code: 'invalid_fields', second_factor: expect.any(Array) });
  const again = await options({ flow: other.flow, code: other.code });
  const credential = authenticator.get(again.body);
  const sent = { flow: other.flow, code: other.code, second_factor: { credential } };
  expect((await confirm(server, sent)).status).toBe(200);
});

test('a sign-in that waits does not outlive the reset', async () => {
  await using server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
  const user = await withApp(server);
  const begun = await server.send('POST', '/api/login/mail/', { json: { email: user.email } });
  const mailed = await mailTo(server, user.email);
  const waiting = await server.send('POST', '/api/login/mail/confirm/', {
    json: { flow: begun.body.flow, code: mailed.code },
  });
  expect(waiting).toMatchObject({ status: 401, body: { code: 'second_factor_required' } });
  const { flow, code } = await mailedCode(server, user.email);
  const [recovery_code] = user.recoveryCodes;
  expect((await confirm(server, { flow, code, second_factor: { recovery_code } })).status).toBe(
    200,
  );
  const late = await server.send('POST', '/api/login/second-factor/', {
    json: { flow: waiting.body.flow, code: user.shown() },
  });
  expect(late.body.code).toBe('flow_expired');
});

test('a mailed code signs in with the second factor, and never alone', async () => {
  await using server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
  const user = await withApp(server);
  const begun = await server.send('POST', '/api/login/mail/', { json: { email: user.email } });
  const { code } = await mailTo(server, user.email);
  const json = { flow: begun.body.flow, code };
  const waiting = await server.send('POST', '/api/login/mail/confirm/', { json });
  expect(waiting.text).not.toMatch(/_token/);
  const again = await server.send('POST', '/api/login/mail/confirm/', { json });
  expect(again.body.code).toBe('flow_expired');
  const done = await server.send('POST', '/api/login/second-factor/', {
    json: { flow: waiting.body.flow, code: user.shown() },
  });
  expect(done.status).toBe(200);
  const { db } = server.deps.database;
  const session = await db.selectFrom('sessions').select('amr').orderBy('id', 'desc').limit(1);
  expect(await session.executeTakeFirst()).toEqual({ amr: 'otp mfa' });
});

test.each(['reset', 'mailed code'])(
  'a person who registered with the email of somebody else leaves no factor behind: %s',
  async (door) => {
    await using server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
    const thief = await server.signUp('victim@example.com');
    await addApp(server, thief);
    if (door === 'reset') {
      const { flow, code } = await mailedCode(server, thief.email);
      expect((await confirm(server, { flow, code })).status).toBe(200);
      expect((await login(server, thief.email, newPassword)).status).toBe(200);
    } else {
      const begun = await server.send('POST', '/api/login/mail/', { json: { email: thief.email } });
      const { code } = await mailTo(server, thief.email);
      const json = { flow: begun.body.flow, code };
      expect((await server.send('POST', '/api/login/mail/confirm/', { json })).status).toBe(200);
    }
    const { db } = server.deps.database;
    for (const table of ['authenticator_apps', 'recovery_codes'] as const) {
      expect(await db.selectFrom(table).select('id').execute()).toEqual([]);
    }
    const dropped = await db
      .selectFrom('audit_events')
      .select('details')
      .where('kind', '=', 'factors.dropped')
      .execute();
    expect(dropped.map(({ details }) => JSON.parse(details))).toEqual([
      { authenticator_apps: 1, passkeys: 0 },
    ]);
    // They may have been the owner's own.
    const notice = await db
      .selectFrom('outbox')
      .select('id')
      .where('kind', '=', 'factors_dropped')
      .where('email', '=', thief.email)
      .execute();
    expect(notice).toHaveLength(1);
  },
);

test.each(['reset', 'mailed code'])(
  'an account that was given another email keeps its factors: %s',
  async (door) => {
    await using server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
    const admin = await server.signUpAdmin(['users.view', 'users.change']);
    const user = await withApp(server);
    server.clock.advance(1_000);
    const email = `another-${door.slice(0, 5)}@example.com`;
    const { status } = await server.send('PATCH', `/api/admin/users/${user.userId}/`, {
      token: admin.access_token,
      json: { email },
    });
    expect(status).toBe(200);
    let flow: string;
    if (door === 'reset') {
      const mailed = await mailedCode(server, email);
      const asked = await confirm(server, { flow: mailed.flow, code: mailed.code });
      expect(asked).toMatchObject({ status: 401, body: { code: 'second_factor_required' } });
      const second_factor = { recovery_code: user.recoveryCodes[0] };
      const sent = { flow: mailed.flow, code: mailed.code, second_factor };
      expect((await confirm(server, sent)).status).toBe(200);
      flow = (await login(server, email, newPassword)).body.flow;
    } else {
      const begun = await server.send('POST', '/api/login/mail/', { json: { email } });
      const { code } = await mailTo(server, email);
      const json = { flow: begun.body.flow, code };
      const waiting = await server.send('POST', '/api/login/mail/confirm/', { json });
      expect(waiting).toMatchObject({ status: 401, body: { code: 'second_factor_required' } });
      flow = waiting.body.flow;
    }
    const done = await server.send('POST', '/api/login/second-factor/', {
      json: { flow, code: user.shown() },
    });
    expect(done.status).toBe(200);
  },
);

test('a stolen session does not set another email, whose reader could do without the factor', async () => {
  await using server = await startServer();
  const { access_token: token } = await withApp(server);
  server.clock.advance(20_000); // within the life of the token
  const json = { email: 'thief@example.com' };
  expect((await server.send('PUT', '/api/me/', { token, json })).status).toBe(200);
  const other = await withApp(server);
  const { db } = server.deps.database;
  await db.updateTable('sessions').set({ factor_at_ms: 1 }).execute();
  const refused = await server.send('PUT', '/api/me/', {
    token: other.access_token,
    json: { email: 'other@example.com' },
  });
  expect(refused).toMatchObject({
    status: 401,
    body: { code: 'insufficient_user_authentication', acr_values: 'aal2' },
  });
  const renamed = await server.send('PUT', '/api/me/', {
    token: other.access_token,
    json: { username: 'other' },
  });
  expect(renamed.status).toBe(200);
});

test('of 40 resets with one code of the app on two nodes one succeeds', async () => {
  await using database = await createTestDatabase();
  const pinned = { RATE_LIMITS_ENABLED: false };
  await using one = await startServer({ database, pinned });
  await using other = await startServer({ database, pinned });
  const user = await withApp(one);
  const { startFlow } = await import('../../identity/flows/index.ts');
  const about = { purpose: 'password_reset', userId: user.userId, email: user.email } as const;
  const nowMs = one.clock.nowMs();
  const flows = [];
  while (flows.length < 40) {
    const how = { network: 'unknown', voids: 'none', nowMs } as const;
    flows.push(await startFlow(one.deps.database.db, one.deps, { ...about, ...how }));
  }
  const second_factor = { code: user.shown() };
  const answers = await Promise.all(
    flows.map(({ flow, code }, n) => confirm(n % 2 ? one : other, { flow, code, second_factor })),
  );
  const told = answers.map(({ status, body }) => (status === 200 ? 'done' : body.code));
  expect(told.filter((is) => is === 'done')).toHaveLength(1);
});
