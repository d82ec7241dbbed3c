import { describe, expect, test } from 'vitest';
import {
  createTestDatabase,
  goodPassword,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';
import { setSetting } from '../../../settings/change-settings.ts';

const verifyFirst = { REGISTRATION_MODE: 'verify_first' } as const;

const begin = (server: TestServer, email: string, headers: Record<string, string> = {}) =>
  server.send('POST', '/api/registrations/', { json: { email }, headers });
const confirm = (server: TestServer, json: Record<string, string>) =>
  server.send('POST', '/api/registrations/confirm/', { json });
const login = async (server: TestServer, email: string, password = goodPassword) =>
  (await server.send('POST', '/api/login/', { json: { email, password } })).status;

const users = (server: TestServer) =>
  server.deps.database.db
    .selectFrom('users')
    .select(['id', 'email', 'username', 'email_verified_at_ms'])
    .orderBy('id')
    .execute();

const eventsOf = async (server: TestServer, userId: number) => {
  const rows = await server.deps.database.db
    .selectFrom('audit_events')
    .select(['kind', 'actor_kind'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();
  return rows.map((row) => [row.kind, row.actor_kind]);
};

/** A code that is wrong. */
const notThe = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** Asks for a mail, and gives what is needed to end the flow. */
async function ask(server: TestServer, email: string) {
  const { body } = await begin(server, email);
  return { flow: body.flow as string, code: (await mailTo(server, email)).code };
}

test('an account is made once its email is proven, and not before', async () => {
  await using mails = await startMailServer();
  await using server = await startServer({
    pinned: verifyFirst,
    mail: mails.delivery,
    publicUrl: 'https://auth.example.com/below/',
  });
  const begun = await begin(server, ' Ada@Example.com ', { 'accept-language': 'de' });
  expect(begun).toMatchObject({ status: 202, body: { expires_in: 600 } });
  expect(begun.headers.get('cache-control')).toBe('no-store');
  expect(await users(server)).toEqual([]);
  const { to, mail } = await mails.next();
  expect(to).toEqual(['Ada@example.com']);
  expect(mail.subject).toBe('Ihre Registrierung bei auth.example.com');
  expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
  const [, code = ''] = /^ {4}(\d{6})$/m.exec(mail.text ?? '') ?? [];
  expect(mail.text).toContain('https://auth.example.com/below/account/sign-up/?token=');
  const proof = { flow: begun.body.flow, code: `${code.slice(0, 3)} ${code.slice(3)}` };
  const made = await confirm(server, { ...proof, password: goodPassword, username: 'ada' });
  expect([made.status, made.body]).toEqual([
    201,
    {
      ...{ id: expect.any(Number), username: 'ada', email: 'Ada@example.com' },
      ...{ email_verified: true, locale: null },
    },
  ]);
  expect(await login(server, 'ada@example.com')).toBe(200);
  expect(await eventsOf(server, made.body.id)).toEqual([
    ['user.registered', 'anonymous'],
    ['email.verified', 'anonymous'],
    ['session.started', 'user'],
  ]);
  const again = await confirm(server, { ...proof, password: goodPassword });
  expect(again).toMatchObject({ status: 400, body: { code: 'flow_expired' } });
});

test('the token of the link makes the account as well', async () => {
  await using server = await startServer({ pinned: verifyFirst });
  await begin(server, 'ada@example.com');
  const { text } = await mailTo(server, 'ada@example.com');
  const [, token = ''] = /\?token=([\w-]{43})$/m.exec(text) ?? [];
  expect((await confirm(server, { token, password: goodPassword })).status).toBe(201);
});

describe('nothing tells whether an email has an account', () => {
  test('the answers are the same, and so are the rows; the mail tells', async () => {
    await using server = await startServer();
    const { db } = server.deps.database;
    const known = await server.signUp('known@example.com');
    const asleep = await server.signUp('asleep@example.com');
    await db.updateTable('users').set({ is_active: 0 }).where('id', '=', asleep.id).execute();
    await setSetting(server.deps, 'REGISTRATION_MODE', 'verify_first', {
      ...{ actor: 'a test', reason: '' },
    });
    await server.catchUp();
    const emails = ['KNOWN@example.com', 'asleep@example.com', 'nobody@example.com'];
    const answers = [];
    for (const email of emails) answers.push(await begin(server, email));
    const looks = answers.map(({ status, body, headers }) => [
      ...[status, { ...body, flow: body.flow.length }, [...headers.keys()].sort()],
    ]);
    expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(1);
    const rows = await db
      .selectFrom('outbox')
      .select(['kind', 'email', 'user_id', 'state'])
      .orderBy('email')
      .execute();
    expect(rows).toEqual([
      { kind: 'registration', email: 'asleep@example.com', user_id: null, state: 'decoy' },
      { kind: 'account_exists', email: 'known@example.com', user_id: known.id, state: 'pending' },
      { kind: 'registration', email: 'nobody@example.com', user_id: null, state: 'pending' },
    ]);
    expect(await db.selectFrom('flows').select('id').execute()).toHaveLength(3);
    const { subject, text, code } = await mailTo(server, 'known@example.com');
    expect(subject).toContain('You already have an account');
    expect([code, text.includes('account/forgot/')]).toEqual(['', true]);
    const mailed = await mailTo(server, 'nobody@example.com');
    const wrong = [];
    for (const { body } of answers) {
      const proof = { flow: body.flow, code: notThe(mailed.code) };
      wrong.push((await confirm(server, { ...proof, password: goodPassword })).body);
    }
    expect(wrong.map(({ code: is, tries_left }) => [is, tries_left])).toEqual(
      Array(3).fill(['invalid_code', 4]),
    );
    expect(await users(server)).toHaveLength(2);
  });

  test('the flow of an email that has an account ends for nobody, not even by its right code', async () => {
    await using server = await startServer();
    await server.signUp('known@example.com');
    const { startFlow } = await import('../../identity/flows/index.ts');
    const about = { purpose: 'registration', userId: null, isDecoy: true } as const;
    const { flow, code, token } = await startFlow(server.deps.database.db, server.deps, {
      ...{ ...about, email: 'new@example.com', typed: 'new@example.com' },
      ...{ network: 'unknown', voids: 'of network', nowMs: server.clock.nowMs() },
    });
    for (const proof of [{ flow, code }, { token }]) {
      const refused = await confirm(server, { ...proof, password: goodPassword });
      expect(refused).toMatchObject({ status: 400, body: { code: 'flow_expired' } });
    }
  });

  test('after as many mails as an email may get, it is answered as if there were one', async () => {
    await using server = await startServer({ pinned: { ...verifyFirst, MAILS_PER_RECIPIENT: 1 } });
    const proof = await ask(server, 'ada@example.com');
    for (let n = 0; n < 3; n += 1) {
      expect((await begin(server, 'ada@example.com')).status).toBe(202);
    }
    const sent = await server.deps.database.db
      .selectFrom('outbox')
      .select('id')
      .where('state', '=', 'pending')
      .execute();
    expect(sent).toHaveLength(1);
    // What was sent before stays good.
    expect((await confirm(server, { ...proof, password: goodPassword })).status).toBe(201);
  });
});

test('a password or a name that is refused uses no code up', async () => {
  await using server = await startServer();
  await server.send('PATCH', '/api/me/', {
    token: (await server.signUp()).access_token,
    json: { username: 'taken' },
  });
  const proof = await ask(server, 'ada@example.com');
  for (let n = 0; n < 6; n += 1) {
    const refused = await confirm(server, { ...proof, password: 'short', username: 'taken' });
    expect(refused).toMatchObject({
      status: 400,
      body: {
        password: expect.any(Array),
        username: ['A user with that username already exists.'],
      },
    });
  }
  const similar = await confirm(server, { ...proof, password: 'ada@example.com' });
  expect(similar.body.password).toEqual(['The password is too similar to the email address.']);
  const named = await confirm(server, { ...proof, password: goodPassword, username: 'a b' });
  expect(named.body.username).toHaveLength(1);
  expect((await confirm(server, { ...proof })).body.password).toEqual(['This field is required.']);
  expect((await confirm(server, { ...proof, password: goodPassword })).status).toBe(201);
});

test('a code is wrong five times, and good for ten minutes and its purpose', async () => {
  await using server = await startServer({ pinned: verifyFirst });
  const first = await ask(server, 'ada@example.com');
  for (const left of [4, 3, 2, 1, undefined]) {
    const sent = { flow: first.flow, code: notThe(first.code), password: goodPassword };
    expect((await confirm(server, sent)).body.tries_left).toBe(left);
  }
  expect((await confirm(server, { ...first, password: goodPassword })).body.code).toBe(
    'flow_expired',
  );
  const second = await ask(server, 'eve@example.com');
  const reset = await server.send('POST', '/api/password-reset/confirm/', {
    json: { ...second, password: goodPassword },
  });
  expect(reset.body.code).toBe('flow_expired');
  server.clock.advance(10 * 60_000);
  expect((await confirm(server, { ...second, password: goodPassword })).body.code).toBe(
    'flow_expired',
  );
  expect(await users(server)).toEqual([]);
});

test('an email that somebody took meanwhile stays theirs', async () => {
  await using server = await startServer();
  const proof = await ask(server, 'ada@example.com');
  const other = await server.signUp('ADA@example.com');
  const late = await confirm(server, { ...proof, password: 'quite another horse' });
  expect(late).toMatchObject({
    status: 400,
    body: { code: 'invalid_fields', email: ['user with this email address already exists.'] },
  });
  expect(await users(server)).toMatchObject([{ id: other.id, email_verified_at_ms: null }]);
  expect(await login(server, 'ada@example.com')).toBe(200);
});

test('what the mode does not have is refused, and what sends no mail too', async () => {
  await using server = await startServer({ pinned: verifyFirst });
  const proof = await ask(server, 'ada@example.com');
  for (const mode of ['invite', 'closed'] as const) {
    await using other = await startServer({ pinned: { REGISTRATION_MODE: mode } });
    for (const refused of [
      await begin(other, 'ada@example.com'),
      await confirm(other, { ...proof, password: goodPassword }),
    ]) {
      expect(refused).toMatchObject({
        status: 403,
        body: { code: 'registration_closed', registration_mode: mode },
      });
    }
  }
  await using mailless = await startServer({ pinned: verifyFirst, mail: undefined });
  expect(await begin(mailless, 'ada@example.com')).toMatchObject({
    status: 503,
    body: { code: 'mail_not_configured' },
  });
});

test('one network may begin and end so many', async () => {
  await using server = await startServer({
    pinned: { ...verifyFirst, MAILS_PER_NETWORK: 2, REGISTRATIONS_PER_NETWORK: 1 },
  });
  const proof = await ask(server, 'a1@example.com');
  const statuses = [await begin(server, 'a2@example.com'), await begin(server, 'a3@example.com')];
  expect(statuses.map(({ status }) => status)).toEqual([202, 429]);
  expect((await confirm(server, { ...proof, password: goodPassword })).status).toBe(201);
  expect((await confirm(server, { ...proof, password: goodPassword })).status).toBe(429);
});

test.each(['code', 'token'])(
  'of 64 who use one %s on two nodes one gets an account',
  async (by) => {
    await using database = await createTestDatabase();
    await using one = await startServer({ database, pinned: verifyFirst });
    await using other = await startServer({ database, pinned: verifyFirst });
    const { body } = await begin(one, 'ada@example.com');
    const { text, code } = await mailTo(one, 'ada@example.com');
    const [, token = ''] = /\?token=([\w-]{43})$/m.exec(text) ?? [];
    const proof: Record<string, string> = by === 'code' ? { flow: body.flow, code } : { token };
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        confirm(n % 2 ? one : other, { ...proof, password: `${goodPassword} ${n}` }),
      ),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    // The flow is gone; or the email is taken, for those who looked at the flow before.
    const refusals = answers.filter(({ status }) => status !== 201).map(({ body: is }) => is.code);
    for (const code of refusals) expect(['flow_expired', 'invalid_fields']).toContain(code);
    expect(await users(one)).toHaveLength(1);
    const winner = answers.findIndex(({ status }) => status === 201);
    expect(await login(one, 'ada@example.com', `${goodPassword} ${winner}`)).toBe(200);
    const events = await eventsOf(one, made[0]?.body.id);
    expect(events.map(([kind]) => kind)).toEqual([
      ...['user.registered', 'email.verified', 'session.started'],
    ]);
  },
);

test('of 64 flows of one email on two nodes one makes the account', async () => {
  await using database = await createTestDatabase();
  await using one = await startServer({ database, pinned: { ...verifyFirst } });
  await using other = await startServer({ database, pinned: { ...verifyFirst } });
  const { startFlow } = await import('../../identity/flows/index.ts');
  const email = 'ada@example.com';
  const about = { purpose: 'registration', userId: null, email, typed: email } as const;
  const flows = [];
  for (let n = 0; n < 64; n += 1) {
    flows.push(
      await startFlow(one.deps.database.db, one.deps, {
        ...{ ...about, isDecoy: false, network: 'unknown', voids: 'none', isUnbounded: true },
        nowMs: one.clock.nowMs(),
      }),
    );
  }
  const answers = await Promise.all(
    flows.map(({ flow, code }, n) =>
      confirm(n % 2 ? one : other, { flow, code, password: goodPassword }),
    ),
  );
  const statuses = answers.map(({ status, body }) => (status === 201 ? 'made' : body.code));
  expect(statuses.sort()).toEqual([...Array(63).fill('invalid_fields'), 'made']);
  expect(await users(one)).toHaveLength(1);
});
