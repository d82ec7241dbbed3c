import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createTestDatabase,
  goodPassword,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';
import { comesFrom, mailTo } from '../../../../test/mailed-codes.ts';

/** For tests with users of their own, that neither move the clock nor come near a limit. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ trustedProxies: ['loopback'] });
});
afterAll(() => server[Symbol.asyncDispose]());

const newPassword = 'a quite new horse';

const begin = (server: TestServer, email: string, headers: Record<string, string> = {}) =>
  server.send('POST', '/api/password-reset/', { json: { email }, headers });
const confirm = (server: TestServer, json: Record<string, string>) =>
  server.send('POST', '/api/password-reset/confirm/', { json });
const login = async (server: TestServer, email: string, password: string) =>
  (await server.send('POST', '/api/login/', { json: { email, password } })).status;

/** A code that is wrong. */
const notThe = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** Asks for a mail, and gives what is needed to end the flow. */
async function ask(server: TestServer, email: string, headers: Record<string, string> = {}) {
  const { body } = await begin(server, email, headers);
  const mail = await mailTo(server, email);
  return { flow: body.flow as string, code: mail.code };
}

test('a mailed code sets a new password, ends every session and proves the email', async () => {
  const user = await server.signUp();
  const answer = await begin(server, user.email);
  expect(answer).toMatchObject({ status: 202, body: { expires_in: 600 } });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const { code, subject, text } = await mailTo(server, user.email);
  expect(code).toMatch(/^\d{6}$/);
  expect(subject).not.toContain(code);
  expect(text).toContain('It works for 10 minutes.');
  expect(text).toContain('IP address: 127.0.0.1');
  const { flow } = answer.body;
  const done = await confirm(server, { flow, code, password: newPassword });
  expect(done).toMatchObject({ status: 200, body: { success: 'Password reset.' } });
  const me = await server.send('GET', '/api/me/', { token: user.access_token });
  expect(me).toMatchObject({ status: 401, body: { code: 'password_reset' } });
  expect(await login(server, user.email, goodPassword)).toBe(401);
  expect(await login(server, user.email, newPassword)).toBe(200);
  const { db } = server.deps.database;
  const row = await db
    .selectFrom('users')
    .select(['email_verified_at_ms', 'version'])
    .where('id', '=', user.id)
    .executeTakeFirstOrThrow();
  expect(row.email_verified_at_ms).toBeGreaterThan(0);
  const events = await db
    .selectFrom('audit_events')
    .select('kind')
    .where('user_id', '=', user.id)
    .where('kind', 'in', ['email.verified', 'password.dropped', 'password.reset', 'session.ended'])
    .orderBy('id')
    .execute();
  expect(events.map(({ kind }) => kind)).toEqual([
    'email.verified',
    'password.dropped',
    'session.ended',
    'password.reset',
  ]);
  const again = await confirm(server, { flow, code, password: newPassword });
  expect(again).toMatchObject({ status: 400, body: { code: 'flow_expired' } });
});

test('a real mail arrives by SMTP, in the language of the request, and says nothing that was typed', async () => {
  await using mails = await startMailServer();
  await using server = await startServer({
    mail: mails.delivery,
    publicUrl: 'https://auth.example.com/',
  });
  const { email } = await server.signUp('Ada@example.com');
  const { body } = await begin(server, email.toUpperCase(), { 'accept-language': 'de' });
  const { to, mail } = await mails.next();
  expect(to).toEqual([email]);
  expect(mail.subject).toBe('Passwort zurücksetzen bei auth.example.com');
  const [, code = ''] = /^ {4}(\d{6})$/m.exec(mail.text ?? '') ?? [];
  expect(mail.html).toContain(`>${code}<`);
  const done = await confirm(server, {
    flow: body.flow,
    code: `${code.slice(0, 3)} ${code.slice(3)}`,
    password: newPassword,
  });
  expect(done.status).toBe(200);
});

describe('nothing tells whether an email has an account', () => {
  test('the answers are the same, and so are the rows that are written', async () => {
    await using server = await startServer();
    const known = await server.signUp();
    const asleep = await server.signUp();
    const { db } = server.deps.database;
    await db.updateTable('users').set({ is_active: 0 }).where('id', '=', asleep.id).execute();
    const emails = [known.email, asleep.email, 'nobody@example.com'];
    const answers = await Promise.all(emails.map((email) => begin(server, email)));
    const looks = answers.map(({ status, body, headers }) => [
      status,
      { ...body, flow: body.flow.length },
      [...headers.keys()].sort(),
    ]);
    expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(1);
    const rows = await db
      .selectFrom('outbox')
      .select(['email', 'state'])
      .orderBy('email')
      .execute();
    expect(rows.map(({ state }) => state).sort()).toEqual(['decoy', 'decoy', 'pending']);
    expect(await db.selectFrom('flows').select('id').execute()).toHaveLength(3);
    const mailed = await mailTo(server, known.email);
    const wrong = await Promise.all(
      answers.map(({ body }) =>
        confirm(server, { flow: body.flow, code: notThe(mailed.code), password: newPassword }),
      ),
    );
    expect(wrong.map(({ body }) => [body.code, body.tries_left])).toEqual(
      Array(3).fill(['invalid_code', 4]),
    );
  });

  test('after as many mails as an email may get, it is answered as if there were one', async () => {
    await using server = await startServer({ pinned: { MAILS_PER_RECIPIENT: 2 } });
    const { email } = await server.signUp();
    await begin(server, email);
    const { flow, code } = await ask(server, email);
    for (let n = 0; n < 3; n += 1) expect((await begin(server, email)).status).toBe(202);
    const { db } = server.deps.database;
    const sent = await db
      .selectFrom('outbox')
      .select('id')
      .where('state', '=', 'pending')
      .execute();
    expect(sent).toHaveLength(2);
    // What was sent before stays good.
    expect((await confirm(server, { flow, code, password: newPassword })).status).toBe(200);
  });
});

test('a second request tells nothing either: it voids the first one, of a known email and of an unknown one', async () => {
  const { email } = await server.signUp();
  const told = async (of: string) => {
    const first = await begin(server, of);
    const second = await begin(server, of);
    const answers = [];
    for (const { body } of [first, second]) {
      // As long as all of them are wrong.
      const json = { flow: body.flow, code: '000000', password: newPassword };
      const { status, body: refused } = await confirm(server, json);
      answers.push([status, refused.code, refused.tries_left]);
    }
    return answers;
  };
  const unknown = await told('nobody@example.com');
  expect(unknown).toEqual([
    [400, 'flow_expired', undefined],
    [400, 'invalid_code', 4],
  ]);
  const mailed = await told(email);
  const { code } = await mailTo(server, email);
  if (code !== '000000') expect(mailed).toEqual(unknown);
});

test('neighbours who send wrong codes keep nobody from a right one', async () => {
  await using server = await startServer({ pinned: { LINK_TOKEN_FAILURES_PER_NETWORK: 2 } });
  const { email } = await server.signUp();
  const { flow, code } = await ask(server, email);
  const bogus = () =>
    confirm(server, { flow: 'x'.repeat(43), code: '123456', password: newPassword });
  const statuses = [await bogus(), await bogus(), await bogus()].map(({ status }) => status);
  expect(statuses).toEqual([400, 400, 429]);
  expect((await confirm(server, { flow, code, password: newPassword })).status).toBe(200);
});

test('one network may ask for so many', async () => {
  await using server = await startServer({ pinned: { MAILS_PER_NETWORK: 2 } });
  const statuses = [];
  for (let n = 0; n < 3; n += 1) statuses.push((await begin(server, `x${n}@example.com`)).status);
  expect(statuses).toEqual([202, 202, 429]);
});

test('a code may be wrong five times, and is good for its flow and for ten minutes alone', async () => {
  await using server = await startServer({ trustedProxies: ['loopback'] });
  const { email } = await server.signUp();
  const first = await ask(server, email, comesFrom('192.0.2.1'));
  const second = await ask(server, email, comesFrom('192.0.2.2'));
  const wrong = async (flow: string, code: string) => {
    const { body } = await confirm(server, { flow, code, password: newPassword });
    return [body.code, body.tries_left];
  };
  if (first.code !== second.code) {
    expect(await wrong(first.flow, second.code)).toEqual(['invalid_code', 4]);
  } else expect(await wrong(first.flow, notThe(first.code))).toEqual(['invalid_code', 4]);
  expect(await wrong(first.flow, '12345')).toEqual(['invalid_code', undefined]); // no code, and no try
  for (const left of [3, 2, 1])
    expect(await wrong(first.flow, notThe(first.code))).toEqual(['invalid_code', left]);
  expect(await wrong(first.flow, notThe(first.code))).toEqual(['flow_expired', undefined]);
  expect(await wrong(first.flow, first.code)).toEqual(['flow_expired', undefined]);
  server.clock.advance(10 * 60_000);
  expect(await wrong(second.flow, second.code)).toEqual(['flow_expired', undefined]);
});

test('a password that the policy refuses uses no try up, and a missing field neither', async () => {
  const { email } = await server.signUp();
  const { flow, code } = await ask(server, email);
  for (let n = 0; n < 7; n += 1) {
    const refused = await confirm(server, { flow, code, password: 'short' });
    expect(refused).toMatchObject({ status: 400, body: { password: expect.any(Array) } });
  }
  expect((await confirm(server, { flow, password: newPassword })).body.code).toBe('invalid_code');
  expect((await confirm(server, { code, password: newPassword })).body).toMatchObject({
    ...{ code: 'invalid_fields', flow: ['This field is required.'] },
  });
  expect((await confirm(server, { flow, code, password: newPassword })).status).toBe(200);
});

test('a newer flow voids an older one of the same network, and none of another', async () => {
  const { email } = await server.signUp();
  const mine = await ask(server, email, comesFrom('192.0.2.1'));
  const stranger = await ask(server, email, comesFrom('198.51.100.9'));
  const newer = await ask(server, email, comesFrom('192.0.2.1'));
  const use = (of: { flow: string; code: string }) =>
    confirm(server, { ...of, password: newPassword });
  expect((await use(mine)).body.code).toBe('flow_expired');
  expect((await use(newer)).status).toBe(200);
  // And a reset voids them all.
  expect((await use(stranger)).body.code).toBe('flow_expired');
});

test('a code is worth nothing once the email is another one, or the account is deactivated', async () => {
  const { db } = server.deps.database;
  const user = await server.signUp();
  const moved = await ask(server, user.email);
  await server.send('PUT', '/api/me/', {
    token: user.access_token,
    json: { email: 'new@example.com' },
  });
  const refused = await confirm(server, { ...moved, password: newPassword });
  expect(refused.body.code).toBe('flow_expired');
  const other = await server.signUp();
  const asleep = await ask(server, other.email);
  await db.updateTable('users').set({ is_active: 0 }).where('id', '=', other.id).execute();
  expect((await confirm(server, { ...asleep, password: newPassword })).body.code).toBe(
    'flow_expired',
  );
});

test('somebody who registered with the email of another person keeps nothing after the owner resets', async () => {
  const thief = await server.signUp('victim@example.com');
  const { flow, code } = await ask(server, 'victim@example.com');
  await confirm(server, { flow, code, password: newPassword });
  const refresh = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: thief.refresh_token },
  });
  expect(refresh).toMatchObject({ status: 400, body: { code: 'password_reset' } });
  expect(await login(server, 'victim@example.com', goodPassword)).toBe(401);
});

test('a link token ends its flow as well', async () => {
  const user = await server.signUp();
  const { startFlow } = await import('../../identity/flows/index.ts');
  const about = { purpose: 'password_reset', userId: user.id, email: user.email } as const;
  const { token, flow, code } = await startFlow(server.deps.database.db, server.deps, {
    ...about,
    ...{ network: 'unknown', voids: 'all', nowMs: server.clock.nowMs() },
  });
  expect((await confirm(server, { token: 'x', password: newPassword })).body.code).toBe(
    'flow_expired',
  );
  expect((await confirm(server, { token, password: newPassword })).status).toBe(200);
  expect((await confirm(server, { flow, code, password: newPassword })).body.code).toBe(
    'flow_expired',
  );
  expect(await login(server, user.email, newPassword)).toBe(200);
});

test.each(['code', 'token'])('of 64 who use one %s on two nodes one succeeds', async (by) => {
  await using database = await createTestDatabase();
  await using one = await startServer({ database });
  await using other = await startServer({ database });
  const user = await one.signUp();
  const { startFlow } = await import('../../identity/flows/index.ts');
  const about = { purpose: 'password_reset', userId: user.id, email: user.email } as const;
  const { token, flow, code } = await startFlow(one.deps.database.db, one.deps, {
    ...about,
    ...{ network: 'unknown', voids: 'all', nowMs: one.clock.nowMs() },
  });
  const proof: Record<string, string> = by === 'code' ? { flow, code } : { token };
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, n) =>
      confirm(n % 2 ? one : other, { ...proof, password: `${newPassword} ${n}` }),
    ),
  );
  const codes = answers.map(({ status, body }) => (status === 200 ? 'done' : body.code));
  expect(codes.filter((is) => is === 'done')).toHaveLength(1);
  expect(codes.filter((is) => is === 'flow_expired')).toHaveLength(63);
  const winner = codes.indexOf('done');
  expect(await login(one, user.email, `${newPassword} ${winner}`)).toBe(200);
});

test('of 64 guesses at one code on two nodes five are looked at', async () => {
  await using database = await createTestDatabase();
  await using one = await startServer({ database });
  await using other = await startServer({ database });
  const user = await one.signUp();
  const { flow, code } = await ask(one, user.email);
  const guesses = Array.from({ length: 64 }, (_, n) =>
    String((Number(code) + 1 + n) % 1_000_000).padStart(6, '0'),
  );
  const answers = await Promise.all(
    guesses.map((guess, n) =>
      confirm(n % 2 ? one : other, { flow, code: guess, password: newPassword }),
    ),
  );
  const codes = answers.map(({ body }) => body.code);
  expect(codes.filter((is) => is === 'invalid_code')).toHaveLength(4);
  expect((await confirm(one, { flow, code, password: newPassword })).body.code).toBe(
    'flow_expired',
  );
});

test('without mail it is refused, for every email', async () => {
  await using server = await startServer({ mail: undefined });
  const user = await server.signUp();
  for (const email of [user.email, 'nobody@example.com']) {
    expect(await begin(server, email)).toMatchObject({
      status: 503,
      body: { code: 'mail_not_configured' },
    });
  }
});

test('flows that have expired are removed', async () => {
  await using server = await startServer();
  const { email } = await server.signUp();
  await begin(server, email);
  server.clock.advance(10 * 60_000);
  const { sweepFlows } = await import('../../identity/flows/index.ts');
  await sweepFlows(server.deps).run({ isHeld: () => true });
  expect(await server.deps.database.db.selectFrom('flows').select('id').execute()).toEqual([]);
});

test('a proof is of one email: with another one it is gone, with another spelling it stays', async () => {
  const { db } = server.deps.database;
  const isProven = async (id: number) => {
    const row = await db
      .selectFrom('users')
      .select('email_verified_at_ms')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return row.email_verified_at_ms !== null;
  };
  const admin = await server.signUpAdmin('superuser');
  for (const by of ['user', 'admin'] as const) {
    const user = await server.signUp();
    await confirm(server, { ...(await ask(server, user.email)), password: newPassword });
    const credentials = { email: user.email, password: newPassword };
    const { access_token } = (await server.send('POST', '/api/login/', { json: credentials })).body;
    const [path, token] =
      by === 'user'
        ? ['/api/me/', access_token]
        : [`/api/admin/users/${user.id}/`, admin.access_token];
    const change = (json: object) => server.send('PATCH', path, { token, json });
    expect((await change({ email: user.email.replace('user', 'USER') })).status).toBe(200);
    expect(await isProven(user.id)).toBe(true);
    expect((await change({ email: `new.${user.email}` })).status).toBe(200);
    expect(await isProven(user.id)).toBe(false);
  }
});
