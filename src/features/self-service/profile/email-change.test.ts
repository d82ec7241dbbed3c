import { describe, expect, test } from 'vitest';
import {
  createTestDatabase,
  goodPassword,
  type SignedUp,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';
import { setSetting } from '../../../settings/change-settings.ts';

/** Not what this is about. */
const locale = expect.toSatisfy((value) => value === null || typeof value === 'string');
const confirmMode = { EMAIL_CHANGE_MODE: 'confirm' } as const;

const me = async (server: TestServer, token: string) => {
  const { status, body } = await server.send('GET', '/api/me/', { token });
  return status === 200 ? body : body.code;
};
const put = (server: TestServer, { access_token: token }: SignedUp, json: object) =>
  server.send('PUT', '/api/me/', { token, json });
const begin = (server: TestServer, { access_token: token }: SignedUp, json: object) =>
  server.send('POST', '/api/me/email/', { token, json: { password: goodPassword, ...json } });
const confirm = (server: TestServer, { access_token: token }: SignedUp, json: object) =>
  server.send('POST', '/api/me/email/confirm/', { token, json });
const login = async (server: TestServer, email: string, password = goodPassword) =>
  (await server.send('POST', '/api/login/', { json: { email, password } })).status;

const eventsOf = async (server: TestServer, userId: number) => {
  const rows = await server.deps.database.db
    .selectFrom('audit_events')
    .select('kind')
    .where('user_id', '=', userId)
    .where('kind', 'in', ['user.changed', 'email.verified', 'email.restored', 'session.ended'])
    .orderBy('id')
    .execute();
  return rows.map(({ kind }) => kind);
};

/** Asks for a change, and gives what ends it. */
async function ask(server: TestServer, user: SignedUp, email: string) {
  const { body } = await begin(server, user, { email });
  return { flow: body.flow as string, code: (await mailTo(server, email)).code };
}

test('the new email is proven first, by a code from its mail', async () => {
  await using mails = await startMailServer();
  await using server = await startServer({
    mail: mails.delivery,
    publicUrl: 'https://auth.example.com/',
  });
  const user = await server.signUp('old@example.com');
  const begun = await begin(server, user, { email: ' New@Example.org ' });
  expect(begun).toMatchObject({ status: 202, body: { expires_in: 600 } });
  expect((await me(server, user.access_token)).email).toBe('old@example.com');
  const { to, mail } = await mails.next();
  expect([to, mail.subject]).toEqual([
    ['New@example.org'],
    'Confirm your new email at auth.example.com',
  ]);
  expect(mail.text).toContain('https://auth.example.com/account/email/confirm/?token=');
  const [, code = ''] = /^ {4}(\d{6})$/m.exec(mail.text ?? '') ?? [];
  const done = await confirm(server, user, { flow: begun.body.flow, code });
  const changed = {
    id: user.id,
    username: '',
    email: 'New@example.org',
    email_verified: true,
    locale,
  };
  expect([done.status, done.body]).toEqual([200, changed]);
  expect(await me(server, user.access_token)).toEqual(changed);
  expect([await login(server, 'old@example.com'), await login(server, 'new@example.org')]).toEqual([
    401, 200,
  ]);
  expect(await eventsOf(server, user.id)).toEqual(['user.changed', 'email.verified']);
  const again = await confirm(server, user, { flow: begun.body.flow, code });
  expect(again).toMatchObject({ status: 400, body: { code: 'flow_expired' } });
  const notice = await mails.next(2);
  expect([notice.to, notice.mail.subject]).toEqual([
    ['old@example.com'],
    'The email of your account at auth.example.com was changed',
  ]);
  expect(notice.mail.text).toContain('It works for 7 days.');
  expect(notice.mail.text).toContain('https://auth.example.com/account/undo/?token=');
  expect(notice.mail.text).toContain('IP address: 127.0.0.1');
  expect(notice.mail.text).not.toMatch(/new@example/i);
});

test('it takes the password, and another email', async () => {
  await using server = await startServer();
  const user = await server.signUp('ada@example.com');
  const refusals = [
    await begin(server, user, { email: 'new@example.com', password: 'wrong horse battery' }),
    await begin(server, user, { email: 'ADA@example.com' }),
    await begin(server, user, { email: 'no email' }),
    await server.send('POST', '/api/me/email/', { token: user.access_token, json: {} }),
  ];
  expect(refusals.map(({ status, body }) => [status, body.email, body.password])).toEqual([
    [400, undefined, ['The password is not correct.']],
    [400, ['This is already your email.'], undefined],
    [400, ['Enter a valid email address.'], undefined],
    [400, ['This field is required.'], ['This field is required.']],
  ]);
  expect(await server.deps.database.db.selectFrom('flows').select('id').execute()).toEqual([]);
  await using mailless = await startServer({ mail: undefined });
  const other = await mailless.signUp();
  expect((await begin(mailless, other, { email: 'new@example.com' })).status).toBe(503);
});

test('nothing tells whether the new email has an account; its owner is told', async () => {
  await using server = await startServer();
  const user = await server.signUp('ada@example.com');
  const owner = await server.signUp('taken@example.com');
  const emails = ['taken@example.com', 'free@example.com'];
  const answers = [];
  for (const email of emails) answers.push(await begin(server, user, { email }));
  expect(answers.map(({ status, body }) => [status, Object.keys(body)])).toEqual(
    Array(2).fill([202, ['flow', 'expires_in']]),
  );
  const { db } = server.deps.database;
  const rows = await db
    .selectFrom('outbox')
    .select(['kind', 'user_id', 'state'])
    .orderBy('id')
    .execute();
  expect(rows).toEqual([
    { kind: 'account_exists', user_id: owner.id, state: 'pending' },
    { kind: 'email_change', user_id: user.id, state: 'pending' },
  ]);
  const { code } = await mailTo(server, 'free@example.com');
  await server.signUp('free@example.com'); // somebody comes first
  const late = await confirm(server, user, { flow: answers[1]?.body.flow, code });
  expect(late).toMatchObject({
    status: 400,
    body: { email: ['user with this email address already exists.'] },
  });
  expect((await me(server, user.access_token)).email).toBe('ada@example.com');
});

test('a code is of one user, one purpose and the newest flow', async () => {
  await using server = await startServer();
  const user = await server.signUp();
  const other = await server.signUp();
  const older = await ask(server, user, 'one@example.com');
  const newer = await ask(server, user, 'two@example.com');
  const codeOf = async (of: SignedUp, proof: object) =>
    (await confirm(server, of, proof)).body.code;
  expect(await codeOf(user, older)).toBe('flow_expired');
  expect(await codeOf(other, newer)).toBe('flow_expired');
  const verify = '/api/me/email-verification/confirm/';
  const misused = await server.send('POST', verify, { token: user.access_token, json: newer });
  expect(misused.body.code).toBe('flow_expired');
  const wrong = { ...newer, code: newer.code === '000000' ? '000001' : '000000' };
  expect((await confirm(server, user, wrong)).body).toMatchObject({
    ...{ code: 'invalid_code', tries_left: 4 },
  });
  expect((await confirm(server, user, newer)).body.email).toBe('two@example.com');
});

test('a new password voids a change that was begun: it may be the thief who did', async () => {
  await using server = await startServer();
  const user = await server.signUp();
  const proof = await ask(server, user, 'thief@example.com');
  const passwords = { current_password: goodPassword, new_password: 'a quite new horse' };
  const { access_token: token } = user;
  await server.send('POST', '/api/me/password/', { token, json: passwords });
  expect((await confirm(server, user, proof)).body.code).toBe('flow_expired');
});

test('of 64 who use one code on two nodes one changes the email', async () => {
  await using database = await createTestDatabase();
  await using one = await startServer({ database });
  await using other = await startServer({ database });
  const user = await one.signUp();
  const proof = await ask(one, user, 'new@example.com');
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, n) => confirm(n % 2 ? one : other, user, proof)),
  );
  const codes = answers.map(({ status, body }) => (status === 200 ? 'done' : body.code));
  expect(codes.sort()).toEqual(['done', ...Array(63).fill('flow_expired')]);
  expect(await eventsOf(one, user.id)).toEqual(['user.changed', 'email.verified']);
  const { db } = one.deps.database;
  expect(await db.selectFrom('former_emails').select('email').execute()).toEqual([
    { email: user.email },
  ]);
});

describe('EMAIL_CHANGE_MODE', () => {
  test('confirm: PUT leaves the email, and says which one is to be proven', async () => {
    await using server = await startServer({ pinned: confirmMode });
    const user = await server.signUp('ada@example.com');
    const answer = await put(server, user, { email: 'New@Example.org', username: 'ada' });
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        ...{
          id: user.id,
          username: 'ada',
          email: 'ada@example.com',
          email_verified: false,
          locale,
        },
        ...{ pending_email: 'New@example.org', flow: expect.any(String), expires_in: 600 },
      },
    ]);
    expect(await login(server, 'new@example.org')).toBe(401);
    const { code } = await mailTo(server, 'New@example.org');
    const done = await confirm(server, user, { flow: answer.body.flow, code });
    expect(done.body).toMatchObject({ email: 'New@example.org', email_verified: true });
    expect((await mailTo(server, 'ada@example.com')).subject).toContain('was changed');
  });

  test.each([
    ['REGISTRATION_MODE', 'verify_first'],
    ['REQUIRE_VERIFIED_EMAIL', true],
  ])('direct: with %s %s no account gets an email that is not proven', async (name, value) => {
    await using server = await startServer();
    const user = await server.signUp('ada@example.com');
    await setSetting(server.deps, name as 'REQUIRE_VERIFIED_EMAIL', value as true, {
      ...{ actor: 'a test', reason: '' },
    });
    await server.catchUp();
    const answer = await put(server, user, { email: 'victim@example.com' });
    expect(answer).toMatchObject({
      status: 200,
      body: { email: 'ada@example.com', pending_email: 'victim@example.com' },
    });
  });

  test('confirm: what proves nothing new is changed at once, and bad fields store nothing', async () => {
    await using server = await startServer({ pinned: confirmMode });
    const user = await server.signUp('ada@example.com');
    const spelling = await put(server, user, { email: 'Ada@example.com' });
    expect(Object.keys(spelling.body)).toEqual([
      'id',
      'username',
      'email',
      'email_verified',
      'locale',
    ]);
    expect(spelling.body.email).toBe('Ada@example.com');
    const bad = await put(server, user, { email: 'new@example.com', username: 'a b' });
    expect(bad.status).toBe(400);
    const { db } = server.deps.database;
    for (const table of ['flows', 'outbox', 'former_emails'] as const) {
      expect(await db.selectFrom(table).select('id').execute(), table).toEqual([]);
    }
    const owner = await server.signUp('taken@example.com');
    const taken = await put(server, user, { email: owner.email });
    expect(taken).toMatchObject({ status: 200, body: { pending_email: 'taken@example.com' } });
    expect((await mailTo(server, owner.email)).subject).toContain('already have an account');
  });

  test('direct: PUT changes it at once, as the contract says, and the old email is told', async () => {
    await using mails = await startMailServer();
    await using server = await startServer({ mail: mails.delivery });
    const user = await server.signUp('ada@example.com');
    const answer = await put(server, user, { email: 'new@example.org' });
    expect([answer.status, answer.body]).toEqual([
      200,
      { id: user.id, username: '', email: 'new@example.org', email_verified: false, locale },
    ]);
    const { to, mail } = await mails.next();
    expect(to).toEqual(['ada@example.com']);
    expect(mail.html).toContain('account/undo/?token=');
  });

  test('direct: another spelling is not a change, and without mail nobody is told', async () => {
    await using server = await startServer();
    const user = await server.signUp('ada@example.com');
    await put(server, user, { email: 'ADA@example.com' });
    await using mailless = await startServer({ mail: undefined });
    const other = await mailless.signUp('ada@example.com');
    expect((await put(mailless, other, { email: 'new@example.org' })).status).toBe(200);
    expect((await mailless.signUp('ada@example.com')).id).not.toBe(other.id);
    for (const { deps } of [server, mailless]) {
      const { db } = deps.database;
      expect(await db.selectFrom('former_emails').select('id').execute()).toEqual([]);
      expect(await db.selectFrom('outbox').select('id').execute()).toEqual([]);
    }
  });
});
