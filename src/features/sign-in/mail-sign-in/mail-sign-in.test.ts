import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { eventually } from '../../../../test/eventually.ts';
import {
  createTestDatabase,
  goodPassword,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';

const pinned = { MAIL_SIGN_IN: true } as const;

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ pinned });
});
afterAll(() => server[Symbol.asyncDispose]());

const begin = (email: string, of = server) =>
  of.send('POST', '/api/login/mail/', { json: { email } });
const confirm = (json: Record<string, string>, of = server) =>
  of.send('POST', '/api/login/mail/confirm/', {
    json,
    headers: { 'user-agent': 'curl/8.5.0' },
  });
const passwordLogin = async (email: string) =>
  (await server.send('POST', '/api/login/', { json: { email, password: goodPassword } })).status;

async function ask(email: string, of = server) {
  const { body } = await begin(email, of);
  const { code } = await mailTo(of, email);
  return { flow: body.flow as string, code };
}

/** A code that is wrong. */
const notThe = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** Makes the email of a user count as proven, as long ago as the account is old. */
async function prove(userId: number): Promise<void> {
  await server.deps.database.db
    .updateTable('users')
    .set({ email_verified_at_ms: 1 })
    .where('id', '=', userId)
    .execute();
}

const eventsOf = (userId: number) =>
  server.deps.database.db
    .selectFrom('audit_events')
    .select(['kind', 'details', 'actor_id'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();

test('a mailed code signs in, beside the sessions and the password that there are', async () => {
  const user = await server.signUp();
  await prove(user.id);
  const begun = await begin(user.email);
  expect(begun).toMatchObject({ status: 202, body: { expires_in: 600 } });
  const { code, subject, text } = await mailTo(server, user.email);
  expect(subject).toBe('Sign in to localhost');
  expect(text).toContain('It works for 10 minutes.');
  const signedIn = await confirm({ flow: begun.body.flow, code });
  expect(signedIn).toMatchObject({
    status: 200,
    body: { access_token: expect.any(String), refresh_token: expect.any(String) },
  });
  for (const token of [signedIn.body.access_token, user.access_token]) {
    expect((await server.send('GET', '/api/me/', { token })).body.id).toBe(user.id);
  }
  expect(await passwordLogin(user.email)).toBe(200);
  const started = (await eventsOf(user.id)).filter(({ kind }) => kind === 'session.started');
  expect(started.map(({ details }) => JSON.parse(details).proof)).toEqual([
    ...['password', 'mail', 'password'],
  ]);
  const again = await confirm({ flow: begun.body.flow, code });
  expect(again).toMatchObject({ status: 400, body: { code: 'flow_expired' } });
});

test('the first proof of an email drops what was there before: somebody else may have registered', async () => {
  const thief = await server.signUp('victim@example.com');
  const { body } = await confirm(await ask('victim@example.com'));
  const me = await server.send('GET', '/api/me/', { token: thief.access_token });
  expect(me).toMatchObject({ status: 401, body: { code: 'email_proven' } });
  const refreshed = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: thief.refresh_token },
  });
  expect(refreshed).toMatchObject({ status: 400, body: { code: 'email_proven' } });
  expect(await passwordLogin('victim@example.com')).toBe(401);
  const own = await server.send('GET', '/api/me/', { token: body.access_token });
  expect(own).toMatchObject({ status: 200, body: { id: thief.id, email_verified: true } });
  // Refused sign-ins are recorded a moment later.
  const kinds = (await eventsOf(thief.id)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind !== 'login.failed')).toEqual([
    ...['user.registered', 'session.started'],
    ...['email.verified', 'password.dropped', 'session.ended', 'session.started'],
  ]);
});

test('a user without a password signs in as well', async () => {
  const user = await server.signUp();
  const { db } = server.deps.database;
  await db.updateTable('users').set({ password_hash: null }).where('id', '=', user.id).execute();
  expect((await confirm(await ask(user.email))).status).toBe(200);
  const kinds = (await eventsOf(user.id)).map(({ kind }) => kind);
  expect(kinds).not.toContain('password.dropped');
});

test('who signs in by a mail to an email that mail came back from has proven it again', async () => {
  const user = await server.signUp();
  const { db } = server.deps.database;
  const marks = { email_verified_at_ms: 1, email_bounced_at_ms: 2 };
  await db.updateTable('users').set(marks).where('id', '=', user.id).execute();
  expect((await confirm(await ask(user.email))).status).toBe(200);
  const row = await db
    .selectFrom('users')
    .select(['email_verified_at_ms', 'email_bounced_at_ms'])
    .where('id', '=', user.id)
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ email_verified_at_ms: 1, email_bounced_at_ms: null });
});

/** SQLite locks no rows. */
const isSqlite = process.env.LATCHKEY_TEST_ENGINE !== 'postgres';

test.skipIf(isSqlite)(
  'with a factor, it waits for nobody who refers to the user alone',
  async () => {
    const { id, email, ...user } = await server.signUp();
    const { secret } = await addApp(server, user);
    await prove(id);
    const { body } = await confirm(await ask(email));
    const json = { flow: body.flow, code: shownCode(server, secret) };
    const { db } = server.deps.database;
    // As what adds a row of theirs does, until it commits.
    const done = await db.transaction().execute(async (trx) => {
      await trx.selectFrom('users').select('id').where('id', '=', id).forKeyShare().execute();
      return server.send('POST', '/api/login/second-factor/', { json });
    });
    expect(done.status).toBe(200);
  },
);

test('nothing tells whether an email has an account', async () => {
  const known = await server.signUp();
  const asleep = await server.signUp();
  const { db } = server.deps.database;
  await db.updateTable('users').set({ is_active: 0 }).where('id', '=', asleep.id).execute();
  const emails = [known.email, asleep.email, 'nobody@example.com'];
  const answers = await Promise.all(emails.map((email) => begin(email)));
  const looks = answers.map(({ status, body, headers }) =>
    JSON.stringify([status, { ...body, flow: body.flow.length }, [...headers.keys()].sort()]),
  );
  expect(new Set(looks).size).toBe(1);
  const rows = await db
    .selectFrom('outbox')
    .select('state')
    .where('email', 'in', emails)
    .where('kind', '=', 'mail_sign_in')
    .execute();
  // Decoys may be gone by now.
  expect(rows.filter(({ state }) => state !== 'decoy')).toHaveLength(1);
  const { code } = await mailTo(server, known.email);
  const wrong = await Promise.all(
    answers.map(({ body }) => confirm({ flow: body.flow, code: notThe(code) })),
  );
  expect(wrong.map(({ status, body }) => [status, body.code, body.tries_left])).toEqual(
    Array(3).fill([400, 'invalid_code', 4]),
  );
});

test('wrong codes are recorded and counted, without the email', async () => {
  const user = await server.signUp();
  const { flow, code } = await ask(user.email);
  for (let n = 0; n < 5; n += 1) await confirm({ flow, code: notThe(code) });
  expect(await confirm({ flow, code })).toMatchObject({ body: { code: 'flow_expired' } });
  const failed = async () =>
    (await eventsOf(user.id)).filter(({ kind }) => kind === 'login.failed');
  await eventually(async () => expect((await failed()).length).toBeGreaterThan(0));
  const details = (await failed()).map((event) => JSON.parse(event.details));
  expect(details[0]).toMatchObject({ reason: 'wrong_code', account: expect.any(String) });
  expect(JSON.stringify(details)).not.toContain(user.email);
  const { values } = await server.deps.metrics.signIns.get();
  const refused = values.find(({ labels }) => labels.outcome === 'refused');
  expect(refused?.value).toBeGreaterThanOrEqual(5);
});

test('a code is worth nothing once the email is another one, or the account is deactivated', async () => {
  const { db } = server.deps.database;
  const moved = await server.signUp();
  const old = await ask(moved.email);
  const json = { email: `new.${moved.email}` };
  await server.send('PATCH', '/api/me/', { token: moved.access_token, json });
  const asleep = await server.signUp();
  const late = await ask(asleep.email);
  await db.updateTable('users').set({ is_active: 0 }).where('id', '=', asleep.id).execute();
  for (const proof of [old, late]) {
    expect(await confirm(proof)).toMatchObject({ status: 400, body: { code: 'flow_expired' } });
  }
});

test('a code of another purpose signs nobody in, and the token of a link alone does not either', async () => {
  const user = await server.signUp();
  const { body } = await server.send('POST', '/api/password-reset/', {
    json: { email: user.email },
  });
  const { code } = await mailTo(server, user.email);
  expect((await confirm({ flow: body.flow, code })).body.code).toBe('flow_expired');
  expect((await confirm({ token: 'x'.repeat(43) })).body).toMatchObject({
    ...{ code: 'invalid_fields', flow: ['This field is required.'] },
  });
});

test('of 64 who use one code on two nodes one signs in', async () => {
  await using database = await createTestDatabase();
  await using one = await startServer({ database, pinned });
  await using other = await startServer({ database, pinned });
  const user = await one.signUp();
  const proof = await ask(user.email, one);
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, n) => confirm(proof, n % 2 ? one : other)),
  );
  const codes = answers.map(({ status, body }) => (status === 200 ? 'done' : body.code));
  expect(codes.filter((is) => is === 'done')).toHaveLength(1);
  expect(codes.filter((is) => is === 'flow_expired')).toHaveLength(63);
  const live = one.deps.database.db
    .selectFrom('sessions')
    .select('id')
    .where('ended_at_ms', 'is', null);
  expect(await live.execute()).toHaveLength(1);
});

describe('it is refused', () => {
  test('by default, for every email, and with a code from before it was switched off', async () => {
    await using database = await createTestDatabase();
    await using off = await startServer({ database });
    await using on = await startServer({ database, pinned });
    const user = await on.signUp();
    const proof = await ask(user.email, on);
    for (const answer of [await begin('nobody@example.com', off), await confirm(proof, off)]) {
      expect(answer).toMatchObject({ status: 403, body: { code: 'mail_sign_in_off' } });
    }
    expect((await confirm(proof, on)).status).toBe(200);
  });

  test('without mail', async () => {
    await using silent = await startServer({ pinned, mail: undefined });
    expect(await begin('nobody@example.com', silent)).toMatchObject({
      ...{ status: 503, body: { code: 'mail_not_configured' } },
    });
  });

  test('to a network that asks for too many mails', async () => {
    await using strict = await startServer({ pinned: { ...pinned, MAILS_PER_NETWORK: 2 } });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await begin(`x${n}@example.com`, strict)).status);
    expect(statuses).toEqual([202, 202, 429]);
  });
});
