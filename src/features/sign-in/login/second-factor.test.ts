import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import {
  createTestDatabase,
  goodPassword,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { addPasskey, newAuthenticator } from '../../../../test/webauthn.ts';

/** For tests with users of their own, that neither move the clock nor come near a limit. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const finish = (server: TestServer, json: object) =>
  server.send('POST', '/api/login/second-factor/', { json });
const login = (server: TestServer, email: string, password = goodPassword) =>
  server.send('POST', '/api/login/', { json: { email, password } });

/** A user with an authenticator app; the code of the step before is spent. */
async function withApp(server: TestServer) {
  const user = await server.signUp();
  const app = await addApp(server, user);
  return { ...user, ...app, userId: user.id, code: () => shownCode(server, app.secret) };
}

async function begin(server: TestServer, email: string): Promise<string> {
  const { body } = await login(server, email);
  expect(body.code).toBe('second_factor_required');
  return body.flow;
}

const wrongCode = (right: string) => String((Number(right) + 1) % 1_000_000).padStart(6, '0');

const eventsOf = (server: TestServer, userId: number, kind: string) =>
  server.deps.database.db
    .selectFrom('audit_events')
    .select(['details', 'actor_kind'])
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .execute();

const sessionsOf = (server: TestServer, userId: number) =>
  server.deps.database.db
    .selectFrom('sessions')
    .select(['id', 'auth_level', 'amr', 'factor_at_ms', 'created_at_ms'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();

describe('a sign-in to an account with a second factor', () => {
  test('gets no token before it, and one after it', async () => {
    const user = await withApp(server);
    const answer = await login(server, user.email);
    expect(answer).toMatchObject({
      status: 401,
      body: {
        ...{ code: 'second_factor_required', error: 'Second factor required' },
        ...{ methods: ['totp', 'recovery_code'], expires_in: 600 },
        flow: expect.stringMatching(/^[\w-]{43}$/),
      },
    });
    expect(answer.text).not.toMatch(/_token/);
    expect(await sessionsOf(server, user.userId)).toHaveLength(1); // that of before the factor
    const { flow } = answer.body;
    const done = await finish(server, { flow, code: user.code() });
    expect(done.status).toBe(200);
    const claims = decodeJwt(done.body.access_token);
    expect(claims).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
    const [, session] = await sessionsOf(server, user.userId);
    expect(session).toMatchObject({ auth_level: 2, amr: 'pwd otp mfa' });
    expect(session?.factor_at_ms).toBe(session?.created_at_ms);
    const refreshed = await server.send('POST', '/api/refresh/', {
      json: { refresh_token: done.body.refresh_token },
    });
    const { acr, amr, auth_time } = decodeJwt(refreshed.body.access_token);
    expect({ acr, amr, auth_time }).toEqual({
      ...{ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], auth_time: claims.auth_time },
    });
    expect((await finish(server, { flow, code: user.code() })).body.code).toBe('flow_expired');
    expect((await login(server, user.email, 'wrong')).body.code).toBe('invalid_credentials');
  });

  test('takes five tries, and a text that is not a code does not count as one', async () => {
    await using server = await startServer();
    const { email, code, userId } = await withApp(server);
    const flow = await begin(server, email);
    const none = [{}, { code: '12345' }, { code: '123456', recovery_code: '1-A' }];
    const codes = [];
    for (const sent of none) codes.push((await finish(server, { flow, ...sent })).body.code);
    expect(codes).toEqual(['invalid_body', 'invalid_code', 'invalid_body']);
    const withoutFactor = await finish(server, { flow });
    expect(withoutFactor.body.title).toBe('The body as a whole is not valid.'); // an object it is
    const { body: noFlow } = await finish(server, { code: code() });
    expect(noFlow.flow).toEqual(['This field is required.']);
    for (const triesLeft of [4, 3, 2, 1]) {
      const { status, body } = await finish(server, { flow, code: wrongCode(code()) });
      expect([status, body.code, body.tries_left]).toEqual([400, 'invalid_code', triesLeft]);
    }
    for (const sent of [wrongCode(code()), code()]) {
      const { status, body } = await finish(server, { flow, code: sent });
      expect([status, body.code, body.tries_left]).toEqual([400, 'flow_expired', undefined]);
    }
    const next = await begin(server, email);
    expect((await finish(server, { flow: next, code: code() })).status).toBe(200);
    await server.app.close(); // which writes what waits
    const failed = await eventsOf(server, userId, 'factor.failed');
    const attempts = failed.map(({ details }) => JSON.parse(details).attempts);
    expect(attempts.reduce((sum, n) => sum + n, 0)).toBe(5);
  });

  test('ends with ten minutes', async () => {
    await using server = await startServer();
    const { email, code } = await withApp(server);
    const flow = await begin(server, email);
    server.clock.advance(10 * 60_000);
    expect((await finish(server, { flow, code: code() })).body.code).toBe('flow_expired');
  });

  test('takes a recovery code once, in any spelling', async () => {
    const { email, recoveryCodes, userId } = await withApp(server);
    const [code = ''] = recoveryCodes;
    const flow = await begin(server, email);
    const sent = { recovery_code: code.toLowerCase().replaceAll('-', ' ') };
    const done = await finish(server, { flow, ...sent });
    expect(decodeJwt(done.body.access_token)).toMatchObject({ acr: 'aal2' });
    const again = await finish(server, { flow: await begin(server, email), ...sent });
    expect(again.body).toMatchObject({ code: 'invalid_code', tries_left: 4 });
    const [used] = await eventsOf(server, userId, 'recovery_code.used');
    expect(used).toEqual({ details: JSON.stringify({ codes_left: 9 }), actor_kind: 'user' });
  });

  test('takes the factor of nobody else', async () => {
    const [one, other] = [await withApp(server), await withApp(server)];
    const flow = await begin(server, one.email);
    expect((await finish(server, { flow, code: other.code() })).body.code).toBe('invalid_code');
    const [recovery_code] = other.recoveryCodes;
    expect((await finish(server, { flow, recovery_code })).body.code).toBe('invalid_code');
    expect((await finish(server, { flow, code: one.code() })).status).toBe(200);
  });
});

test('a passkey is a second factor of any strength, and answers the flow alone that it was asked for', async () => {
  const user = await server.signUp();
  const authenticator = newAuthenticator();
  await addPasskey(server, user.access_token, authenticator);
  const answer = await login(server, user.email);
  expect(answer.body.methods).toEqual(['passkey', 'recovery_code']);
  const { flow } = answer.body;
  const options = (json: object) =>
    server.send('POST', '/api/login/second-factor/options/', { json });
  expect((await options({ flow: 'x' })).body.code).toBe('flow_expired');
  const asked = await options({ flow });
  expect(asked.body.public_key.allowCredentials).toHaveLength(1);
  const other = await begin(server, user.email);
  const misused = await finish(server, { flow: other, credential: authenticator.get(asked.body) });
  expect(misused.body).toMatchObject({ code: 'invalid_passkey', tries_left: 4 });
  const credential = authenticator.get((await options({ flow })).body);
  const done = await finish(server, { flow, credential });
  expect(decodeJwt(done.body.access_token)).toMatchObject({
    ...{ acr: 'phr', amr: ['pwd', 'pop', 'user', 'swk', 'mfa'] },
  });
  const again = await finish(server, { flow: await begin(server, user.email), credential });
  expect(again.body).toMatchObject({ code: 'invalid_passkey', tries_left: 4 });
});

describe('a flow is worth nothing once', () => {
  const ends: Record<string, (server: TestServer, userId: number) => Promise<unknown>> = {
    'the password is another': async ({ deps: { database } }, id) => {
      const password_hash = '$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHQ$aGFzaA';
      await database.db.updateTable('users').set({ password_hash }).where('id', '=', id).execute();
    },
    'the user is deactivated': ({ deps: { database } }, id) =>
      database.db.updateTable('users').set({ is_active: 0 }).where('id', '=', id).execute(),
    'the user is deleted': ({ deps: { database } }, id) =>
      database.db.deleteFrom('users').where('id', '=', id).execute(),
  };
  test.each(Object.keys(ends))('%s', async (name) => {
    const { email, code, userId } = await withApp(server);
    const flow = await begin(server, email);
    await ends[name]?.(server, userId);
    const { body } = await finish(server, { flow, code: code() });
    expect(body.code).toMatch(/^(flow_expired|invalid_code)$/);
    expect(body.access_token).toBeUndefined();
  });
});

test('wrong codes keep nobody from another kind of factor, nor from the account', async () => {
  await using server = await startServer({ pinned: { FACTOR_FAILURES_PER_FACTOR: 3 } });
  const { email, code, recoveryCodes, access_token: token } = await withApp(server);
  const flow = await begin(server, email);
  const tries = [];
  for (let n = 0; n < 4; n += 1) {
    const { body } = await finish(server, { flow, code: wrongCode(code()) });
    tries.push([body.code, body.tries_left]);
  }
  expect(tries).toEqual([
    ...[4, 3, 2].map((left) => ['invalid_code', left]),
    ['rate_limited', undefined], // and does not count as a try
  ]);
  const refused = await finish(server, { flow, code: code() });
  expect(refused.body.code).toBe('rate_limited');
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(200);
  const [recovery_code] = recoveryCodes;
  expect((await finish(server, { flow, recovery_code })).status).toBe(200);
  server.clock.advance(15 * 60_000);
  const next = await begin(server, email);
  expect((await finish(server, { flow: next, code: code() })).status).toBe(200);
});

test('a right password takes back the wrong ones of the device, though the factor is missing', async () => {
  await using server = await startServer({ pinned: { LOGIN_FAILURES_PER_DEVICE: 2 } });
  const { email, access_token: token } = await withApp(server);
  const tried = async (password: string) =>
    (await server.send('POST', '/api/login/', { token, json: { email, password } })).body.code;
  const right = 'second_factor_required';
  const codes = [];
  for (const password of ['wrong', goodPassword, 'wrong', goodPassword]) {
    codes.push(await tried(password));
  }
  expect(codes).toEqual(['invalid_credentials', right, 'invalid_credentials', right]);
});

test('wrong passkeys make none wait', async () => {
  await using server = await startServer({ pinned: { FACTOR_FAILURES_PER_FACTOR: 1 } });
  const { email } = await withApp(server);
  const flow = await begin(server, email);
  for (const triesLeft of [4, 3, 2, 1]) {
    const { body } = await finish(server, { flow, credential: { id: 'AA' } });
    expect([body.code, body.tries_left]).toEqual(['invalid_passkey', triesLeft]);
  }
});

test('the codes of apps fail a hundred times a day, whatever the settings; what nobody guesses may fail more', async () => {
  await using server = await startServer({ pinned: { RATE_LIMITS_ENABLED: false } });
  const { email, code, recoveryCodes } = await withApp(server);
  const failing = async (sent: () => object) => {
    for (let n = 0; n < 20; n += 1) {
      const flow = await begin(server, email);
      for (let m = 0; m < 5; m += 1) await finish(server, { flow, ...sent() });
    }
  };
  await failing(() => ({ code: wrongCode(code()) }));
  await failing(() => ({ recovery_code: '1-AAAA-AAAA-AAAA-AAAA' }));
  const flow = await begin(server, email);
  const refused = await finish(server, { flow, code: code() });
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(86_000);
  const [recovery_code] = recoveryCodes;
  expect((await finish(server, { flow, recovery_code })).status).toBe(200);
  server.clock.advance(86_400_000);
  const next = await begin(server, email);
  expect((await finish(server, { flow: next, code: code() })).status).toBe(200);
});

describe('of 64 at once on two nodes one succeeds', () => {
  const outcomes = (answers: { status: number; body: { code: string } }[]) =>
    answers.map(({ status, body }) => (status === 200 ? 'done' : body.code));

  test.each(['one flow', '64 flows'])('with one code in %s', async (name) => {
    await using database = await createTestDatabase();
    const pinned = { RATE_LIMITS_ENABLED: false };
    await using one = await startServer({ database, pinned });
    await using other = await startServer({ database, pinned });
    const { email, code, userId } = await withApp(one);
    const flows = [await begin(one, email)];
    while (name === '64 flows' && flows.length < 64) flows.push(await begin(one, email));
    const sent = code();
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        finish(n % 2 ? one : other, { flow: flows[n % flows.length], code: sent }),
      ),
    );
    const told = outcomes(answers);
    expect(told.filter((is) => is === 'done')).toHaveLength(1);
    expect(new Set(told)).toEqual(
      name === 'one flow' ? expect.any(Set) : new Set(['done', 'invalid_code']),
    );
    expect(await sessionsOf(one, userId)).toHaveLength(2);
  });

  test('with 64 recovery codes and codes in one flow', async () => {
    await using database = await createTestDatabase();
    await using one = await startServer({ database });
    await using other = await startServer({ database });
    const { email, code, recoveryCodes, userId } = await withApp(one);
    const flow = await begin(one, email);
    const proofs = [{ code: code() }, ...recoveryCodes.map((text) => ({ recovery_code: text }))];
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        finish(n % 2 ? one : other, { flow, ...proofs[n % proofs.length] }),
      ),
    );
    const told = outcomes(answers);
    expect(told.filter((is) => is === 'done')).toHaveLength(1);
    expect(told.filter((is) => is === 'flow_expired')).toHaveLength(63);
    expect(await sessionsOf(one, userId)).toHaveLength(2);
    const left = await one.deps.database.db.selectFrom('recovery_codes').select('id').execute();
    expect(left.length).toBeGreaterThanOrEqual(9);
  });
});

test('flows that expired are removed', async () => {
  await using server = await startServer();
  const { email } = await withApp(server);
  await begin(server, email);
  server.clock.advance(11 * 60_000);
  const { sweepSignInFlows } = await import('./sign-in-flows.ts');
  await sweepSignInFlows(server.deps).run({ isHeld: () => true });
  const left = await server.deps.database.db.selectFrom('sign_in_flows').select('id').execute();
  expect(left).toEqual([]);
});
