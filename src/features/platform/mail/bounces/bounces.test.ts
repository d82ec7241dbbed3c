import { afterAll, expect, test } from 'vitest';
import { createVisitor } from '../../../../../test/account-visitor.ts';
import { postfixReport, type ReportParts } from '../../../../../test/bounce-reports.ts';
import { until } from '../../../../../test/eventually.ts';
import { type SignedUp, startServer, testSecret } from '../../../../../test/harness.ts';
import { startMailServer } from '../../../../../test/mail-server.ts';
import { noteBounce } from '../index.ts';

/** Mails that come back, with a real SMTP server, and what follows from it. */

const times = { pollMs: 20, wakeMs: 0, leaseMs: 60_000, attemptMs: 45_000, stopMs: 100 };
const dayMs = 86_400_000;
const mails = await startMailServer();
const server = await startServer({
  mail: { ...mails.delivery, bounceEmail: 'bounces@mail.example' } as never,
  publicUrl: 'https://auth.example.com/',
  deliveryTimes: times,
  pinned: {
    ACCESS_TOKEN_LIFETIME: 7 * 86_400,
    MAILS_PER_RECIPIENT: 0,
    MAILS_PER_RECIPIENT_A_DAY: 0,
  },
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await mails[Symbol.asyncDispose]();
});
const { db } = server.deps.database;
const actor = { kind: 'cli', name: 'mta' } as const;

const ask = (email: string) => server.send('POST', '/api/password-reset/', { json: { email } });
const note = (parts: ReportParts) => {
  const deps = { ...server.deps, secretKeys: [testSecret] };
  return noteBounce(deps, actor, Buffer.from(postfixReport(parts)));
};

/** Asks for a mail, and gives where it comes back to. */
async function mailed({ email }: SignedUp): Promise<string> {
  const count = () => mails.received.filter(({ to }) => to[0] === email).length;
  const before = count();
  await ask(email);
  await until(() => count() > before);
  // The server has it; that it was taken is noted a moment later, and a report comes after that.
  const pending = db.selectFrom('outbox').select('id').where('email', '=', email);
  await until(async () => (await pending.where('state', '=', 'pending').execute()).length === 0);
  return mails.received.findLast(({ to }) => to[0] === email)?.from ?? '';
}

async function isMarked({ id }: SignedUp): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('email_bounced_at_ms')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.email_bounced_at_ms !== null;
}

/** How many mails there were to an email that somebody is to get. */
async function countTo({ email }: SignedUp): Promise<number> {
  const rows = db.selectFrom('outbox').select('id').where('email', '=', email);
  return (await rows.where('state', '<>', 'decoy').execute()).length;
}

test('a mail that comes back marks the email, pauses its mail, and keeps nobody from signing in', async () => {
  const user = await server.signUp();
  const to = await mailed(user);
  expect(to).toMatch(/^bounces\+\d+-[a-z2-7]{16}@mail\.example$/);
  expect(await note({ to })).toMatchObject({ kind: 'bounced', status: '5.1.1', isMarked: true });
  expect(await isMarked(user)).toBe(true);
  expect(await note({ to })).toMatchObject({ kind: 'nothing to do' });
  const events = await db
    .selectFrom('audit_events')
    .select(['actor_kind', 'details'])
    .where('kind', '=', 'mail.bounced')
    .where('user_id', '=', user.id)
    .execute();
  expect(events.map((event) => [event.actor_kind, JSON.parse(event.details)])).toEqual([
    [
      'cli',
      { mail_id: expect.any(Number), kind: 'password_reset', status: '5.1.1', is_marked: true },
    ],
  ]);
  const sent = await db.selectFrom('outbox').selectAll().where('email', '=', user.email).execute();
  expect(sent).toMatchObject([
    {
      bounced_at_ms: expect.any(Number),
      last_reply: expect.stringMatching(/^Came back: 5\.1\.1 /),
    },
  ]);
  const admin = await server.signUpAdmin(['users.view']);
  const seen = await server.send('GET', `/api/admin/users/${user.id}/`, {
    token: admin.access_token,
  });
  expect(seen.body.email_bounced_at).toEqual(expect.any(String));
  const visitor = createVisitor(server);
  await visitor.signIn(user.email);
  expect((await visitor.get('/account/')).text).toContain('Mail to it comes back');
  const { email } = user;
  const json = { email, password: 'correct horse battery' };
  expect((await server.send('POST', '/api/login/', { json })).status).toBe(200);

  // One mail a day with which it can be proven; no notices.
  await mailed(user);
  const answer = await ask(email);
  expect([answer.status, Object.keys(answer.body)]).toEqual([202, ['flow', 'expires_in']]);
  expect(await countTo(user)).toBe(2);
  const change = { current_password: json.password, new_password: 'a quite new horse' };
  await server.send('POST', '/api/me/password/', { token: user.access_token, json: change });
  expect(await countTo(user)).toBe(2);
  server.clock.advance(dayMs);
  await mailed(user);
  expect(await countTo(user)).toBe(3);
});

test('the mark ends with a proof, and with another email', async () => {
  const user = await server.signUp();
  await note({ to: await mailed(user) });
  const text = mails.received.findLast(({ to }) => to[0] === user.email)?.mail.text;
  const { body } = await ask(user.email);
  const code = await until(() => {
    const last = mails.received.findLast(({ to }) => to[0] === user.email)?.mail;
    return last?.text !== text && /^ {4}(\d{6})$/m.exec(last?.text ?? '')?.[1];
  });
  const json = { flow: body.flow, code, password: 'a quite new horse' };
  expect((await server.send('POST', '/api/password-reset/confirm/', { json })).status).toBe(200);
  expect(await isMarked(user)).toBe(false);

  const other = await server.signUp();
  await note({ to: await mailed(other) });
  const { access_token: token } = other;
  await server.send('PUT', '/api/me/', { token, json: { email: `new-${other.email}` } });
  expect(await isMarked(other)).toBe(false);
});

test('an email that was proven before is proven again', async () => {
  const user = await server.signUp();
  await db
    .updateTable('users')
    .set({ email_verified_at_ms: 1 })
    .where('id', '=', user.id)
    .execute();
  const verify = () =>
    server.send('POST', '/api/me/email-verification/', { token: user.access_token });
  expect((await verify()).body.code).toBe('email_already_verified');
  await note({ to: await mailed(user) });
  expect((await verify()).status).toBe(202);
});

test('nobody marks the email of somebody else, and a mail that waits or is taken for spam marks none', async () => {
  const [user, other] = [await server.signUp(), await server.signUp()];
  const to = await mailed(user);
  const theirs = await mailed(other);
  const [, id] = /\+(\d+)-/.exec(theirs) ?? [];
  expect(await note({ to: to.replace(/\+\d+-/, `+${id}-`) })).toEqual({ kind: 'not ours' });
  expect(await note({ to: 'bounces@mail.example' })).toEqual({ kind: 'not ours' });
  expect(await note({ to: `bounces+${id}-aaaaaaaaaaaaaaaa@mail.example` })).toEqual({
    kind: 'not ours',
  });
  expect(await note({ to, action: 'delayed', status: '4.4.1' })).toMatchObject({
    kind: 'nothing to do',
  });
  expect(await note({ to, status: '5.7.1', diagnostic: 'smtp; 550 5.7.1 Spam' })).toMatchObject({
    kind: 'bounced',
    isMarked: false,
  });
  expect([await isMarked(user), await isMarked(other)]).toEqual([false, false]);
});

test('what the SMTP server says of a recipient at once counts as well', async () => {
  const [gone, full, refused] = [
    await server.signUp(),
    await server.signUp(),
    await server.signUp(),
  ];
  const cases = [
    [gone, '550 5.1.1 No such user', true],
    [full, '552 5.2.2 Mailbox full', false],
    [refused, '550 Relaying denied', false],
  ] as const;
  for (const [user, reply, marks] of cases) {
    mails.plan({ at: 'rcpt', reply });
    await ask(user.email);
    await until(async () => {
      const rows = db.selectFrom('outbox').select('state').where('email', '=', user.email);
      return (await rows.executeTakeFirstOrThrow()).state === 'dead';
    });
    expect([reply, await isMarked(user)]).toEqual([reply, marks]);
  }
});
