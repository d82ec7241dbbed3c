import { describe, expect, test } from 'vitest';
import { until } from '../../../../test/eventually.ts';
import { createTestDatabase, startServer, type TestServer } from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';

/** Mail by a real SMTP server, caused over HTTP by invitations. */

const publicUrl = 'https://auth.example.com/';
const times = { pollMs: 20, wakeMs: 0, leaseMs: 60_000, attemptMs: 45_000, stopMs: 100 };

/** An administrator who is signed in stays so however far a test moves the clock. */
const patient = { ACCESS_TOKEN_LIFETIME: 7 * 86_400, REAUTHENTICATION_AGE: 30 * 86_400 };

async function startBoth(options: Parameters<typeof startServer>[0] = {}) {
  const stack = new AsyncDisposableStack();
  const mails = stack.use(await startMailServer());
  const server = stack.use(
    await startServer({
      ...{ mail: mails.delivery, publicUrl, deliveryTimes: times },
      ...options,
      pinned: { ...patient, ...options.pinned },
    }),
  );
  const admin = await server.signUpAdmin('superuser');
  return {
    mails,
    server,
    token: admin.access_token,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

let made = 0;

/** Invites somebody new, who so is sent a mail. */
async function invite(server: TestServer, token: string, email?: string, language = 'en') {
  made += 1;
  const json = { email: email ?? `invited${made}@example.com` };
  const { body } = await server.send('POST', '/api/admin/users/', { token, json });
  const headers = { 'accept-language': language };
  const answer = await server.send('POST', `/api/admin/users/${body.id}/invitation/`, {
    token,
    headers,
  });
  return { id: body.id as number, email: json.email, ...answer };
}

const outbox = async (server: TestServer, token: string, query = '') =>
  (await server.send('GET', `/api/admin/mail/${query}`, { token })).body.items;

const statusOf = async (server: TestServer, token: string) =>
  (await server.send('GET', '/api/admin/mail/status/', { token })).body;

async function stateOf(server: TestServer, token: string) {
  const [{ state, attempts, last_reply }] = await outbox(server, token);
  return { state, attempts, last_reply };
}

/** Whether a mail is being handed over. */
async function isAtIt({ deps }: TestServer): Promise<boolean> {
  const leased = deps.database.db
    .selectFrom('outbox')
    .select('id')
    .where('leased_until_ms', '>', 0);
  return (await leased.where('state', '=', 'pending').execute()).length > 0;
}

/** Moves the clock until something is so. Not during an attempt, whose lease would run out on a busy machine. */
function advanceUntil(server: TestServer, isSo: () => boolean | Promise<boolean>, stepMs = 5_000) {
  return until(async () => {
    if (await isSo()) return true;
    if (!(await isAtIt(server))) server.clock.advance(stepMs);
    return false;
  });
}

test('a mail is one message in text and HTML, sent once, and wiped then', async () => {
  await using both = await startBoth();
  const { mails, server, token } = both;
  const invited = await invite(server, token);
  expect(invited).toMatchObject({ status: 201, body: { is_mailed: true } });
  const { to, from, mail, source } = await mails.next();
  expect([to, from]).toEqual([[invited.email], 'no-reply@mail.example']);
  expect(mail.subject).toBe('Your account at auth.example.com');
  expect(mail.text).toContain(invited.body.url);
  expect(mail.text).toContain('It works for 3 days.');
  expect(mail.html).toContain(`href="${invited.body.url.replace('&', '&amp;')}"`);
  expect(mail.html).not.toMatch(/<img|<script|src=/);
  const header = (name: string) => String(mail.headers.get(name));
  expect(header('auto-submitted')).toBe('auto-generated');
  expect(header('content-language')).toBe('en');
  expect(source).not.toMatch(/^x-mailer:/im);
  await until(async () => (await stateOf(server, token)).state === 'sent');
  const [row] = await outbox(server, token);
  expect(row).toMatchObject({
    kind: 'invitation',
    user_id: invited.id,
    email: invited.email,
    attempts: 1,
    message_id: mail.messageId,
    last_reply: '250 Taken by the test',
    due_at: null,
  });
  const { db } = server.deps.database;
  const stored = await db.selectFrom('outbox').select('sealed_parameters').execute();
  expect(stored).toEqual([{ sealed_parameters: null }]);
  expect(mails.received).toHaveLength(1);
});

test('in German for clients that ask for it, in English for those that ask for another language', async () => {
  await using both = await startBoth();
  const { mails, server, token } = both;
  await invite(server, token, undefined, 'de-AT,fr;q=0.9');
  const german = await mails.next(1);
  expect(german.mail.subject).toBe('Ihr Konto bei auth.example.com');
  expect(german.mail.text).toContain('Er gilt 3 Tage lang.');
  expect(german.mail.headers.get('content-language')).toBe('de');
  await invite(server, token, undefined, 'fr');
  expect((await mails.next(2)).mail.subject).toBe('Your account at auth.example.com');
});

test('goes to an email of every form, and to no other', async () => {
  await using both = await startBoth();
  const { mails, server, token } = both;
  const emails = ["o'neil+x@example.com", 'a@bücher.example', 'A.B@EXAMPLE.com'];
  for (const [index, email] of emails.entries()) {
    await invite(server, token, email);
    const { to } = await mails.next(index + 1);
    expect(to).toEqual([email.replace('EXAMPLE', 'example')]);
  }
});

test('goes to one mailbox whatever the spelling of one email, though mail software knows two', async () => {
  await using both = await startBoth();
  const { mails, server, token } = both;
  const spellings = [
    ['a@straße.example', 'a@strasse.example'],
    ['b@xn--strae-oqa.example', 'b@strasse.example'],
    ['c@exam\u200dple.com', 'c@example.com'],
    ['jac\u212a@example.com', 'jack@example.com'],
  ] as const;
  for (const [index, [email, recipient]] of spellings.entries()) {
    await invite(server, token, email);
    const { to, mail } = await mails.next(index + 1);
    expect(to).toEqual([recipient]);
    expect([mail.to].flat()[0]?.text).toBe(recipient);
  }
});

test('is put off and tried again with the same Message-ID, and is refused for good by a 5xx', async () => {
  await using both = await startBoth();
  const { mails, server, token } = both;
  mails.plan({ at: 'data', reply: '451 Later' }, { at: 'rcpt', reply: '450 Still later' });
  await invite(server, token);
  await until(async () => (await stateOf(server, token)).last_reply === '451 Later');
  const [{ due_at, message_id }] = await outbox(server, token);
  const pauseMs = Date.parse(due_at) - server.clock.nowMs();
  expect(pauseMs).toBeGreaterThan(2_000);
  expect(pauseMs).toBeLessThanOrEqual(6_000);
  await advanceUntil(server, () => mails.received.length === 1);
  expect(mails.received[0]?.mail.messageId).toBe(message_id);
  await until(async () => (await stateOf(server, token)).state === 'sent');
  expect(await stateOf(server, token)).toMatchObject({ attempts: 3 });

  mails.plan({ at: 'rcpt', reply: '550 5.1.1 No such user' });
  await invite(server, token);
  await until(async () => (await stateOf(server, token)).state === 'dead');
  expect(await stateOf(server, token)).toEqual({
    ...{ state: 'dead', attempts: 1, last_reply: expect.stringContaining('5.1.1 No such user') },
  });
  const metrics = await (await fetch(`${server.operationsOrigin}/metrics`)).text();
  expect(metrics).toContain('latchkey_mails_total{outcome="sent"} 1');
  expect(metrics).toContain('latchkey_mails_total{outcome="postponed"} 2');
  expect(metrics).toContain('latchkey_mails_total{outcome="refused"} 1');
});

test('a request does not wait for a server that is away, and nothing is lost or tried in vain', async () => {
  await using both = await startBoth();
  const { mails, server, token } = both;
  await mails.close();
  for (let n = 0; n < 20; n += 1) expect((await invite(server, token)).status).toBe(201);
  await until(async () =>
    (await outbox(server, token)).some((row: { attempts: number }) => row.attempts > 0),
  );
  const tried = (await outbox(server, token)).filter(
    (row: { attempts: number }) => row.attempts > 0,
  );
  expect(tried.length).toBeLessThanOrEqual(16); // those that were on their way when the first one failed
  expect(tried[0].last_reply).toMatch(/ECONNREFUSED/);
  expect(await statusOf(server, token)).toEqual({
    ...{ delivery: 'smtp', from: 'no-reply@mail.example', waiting: 20 },
    failure: expect.stringMatching(/ECONNREFUSED/),
  });
  await mails.listen();
  const [waiting] = await outbox(server, token);
  const resent = await server.send('POST', `/api/admin/mail/${waiting.id}/resend/`, { token });
  expect(resent.status).toBe(200);
  await advanceUntil(server, () => mails.received.length === 20);
  await until(async () => (await outbox(server, token, '?state=pending')).length === 0);
  expect(new Set(mails.received.map(({ to }) => to[0])).size).toBe(20);
  expect(await statusOf(server, token)).toMatchObject({ waiting: 0, failure: null });
});

test('one whose reply was lost comes again with the same Message-ID', async () => {
  await using both = await startBoth();
  const { mails, server, token } = both;
  mails.plan('cut');
  await invite(server, token);
  await mails.next(1);
  await until(async () => (await stateOf(server, token)).last_reply !== null);
  const [{ id }] = await outbox(server, token);
  server.clock.advance(10_000);
  await server.send('POST', `/api/admin/mail/${id}/resend/`, { token });
  await mails.next(2);
  const ids = mails.received.map(({ mail }) => mail.messageId);
  expect(ids[0]).toBe(ids[1]);
});

test('is not sent after its time, and is wiped', async () => {
  await using both = await startBoth({ pinned: { INVITATION_LIFETIME: 60 } });
  const { mails, server, token } = both;
  mails.plan({ at: 'data', reply: '451 Later' });
  await invite(server, token);
  await until(async () => (await stateOf(server, token)).last_reply === '451 Later');
  server.clock.advance(61_000);
  const [{ id }] = await outbox(server, token);
  const resent = await server.send('POST', `/api/admin/mail/${id}/resend/`, { token });
  expect(resent).toMatchObject({ status: 409, body: { code: 'mail_finished' } });
  const { sweepOutbox } = await import('./index.ts');
  await sweepOutbox(server.deps).run({ isHeld: () => true });
  expect(await stateOf(server, token)).toEqual({
    state: 'dead',
    attempts: 1,
    last_reply: '451 Later',
  });
  const { db } = server.deps.database;
  expect(await db.selectFrom('outbox').select('sealed_parameters').execute()).toEqual([
    { sealed_parameters: null },
  ]);
  server.clock.advance(7 * 86_400_000 + 1_000);
  await sweepOutbox(server.deps).run({ isHeld: () => true });
  expect(await db.selectFrom('outbox').select('id').execute()).toEqual([]);
  expect(mails.received).toEqual([]);
});

describe('several nodes', () => {
  test('send each mail once', async () => {
    await using database = await createTestDatabase();
    await using mails = await startMailServer();
    const options = { database, mail: mails.delivery, publicUrl, deliveryTimes: times };
    await using one = await startServer(options);
    await using other = await startServer(options);
    const { access_token: token } = await one.signUpAdmin('superuser');
    const invited = await Promise.all(
      Array.from({ length: 40 }, (_, n) => invite(n % 2 ? one : other, token)),
    );
    await until(async () => (await outbox(one, token, '?state=pending')).length === 0);
    const received = mails.received.map(({ to }) => to[0]).sort();
    // Two servers on one file wait for each other; what was not answered 201 was not promised.
    const promised = invited.filter(({ status }) => status === 201);
    expect(received).toEqual(promised.map(({ email }) => email).sort());
  });

  test('one sends what another one began and never ended', async () => {
    await using database = await createTestDatabase();
    await using mails = await startMailServer();
    const options = { database, mail: mails.delivery, publicUrl };
    await using one = await startServer({
      ...options,
      deliveryTimes: { ...times, leaseMs: 300, stopMs: 0 },
    });
    const { access_token: token } = await one.signUpAdmin('superuser');
    mails.plan('stall');
    await invite(one, token);
    await until(async () => (await stateOf(one, token)).attempts === 1);
    await using other = await startServer({ ...options, deliveryTimes: times });
    await mails.next(1);
    await until(async () => (await stateOf(other, token)).state === 'sent');
    // On a busy machine a lease runs out more than once.
    expect((await stateOf(other, token)).attempts).toBeGreaterThan(1);
  });
});

test('one email gets so many mails and no more, and the server hands over so many a minute', async () => {
  await using both = await startBoth({ pinned: { MAILS_PER_RECIPIENT: 2 } });
  const { mails, server, token } = both;
  const { id } = await invite(server, token);
  const again = () => server.send('POST', `/api/admin/users/${id}/invitation/`, { token });
  expect((await again()).body.is_mailed).toBe(true);
  const refused = await again();
  expect(refused).toMatchObject({ status: 201, body: { is_mailed: false } });
  await mails.next(2);
  expect(await outbox(server, token)).toHaveLength(2);
});

test('no more are handed over than a minute allows; the others wait', async () => {
  await using both = await startBoth({ pinned: { MAILS_PER_MINUTE: 2 } });
  const { mails, server, token } = both;
  for (let n = 0; n < 3; n += 1) await invite(server, token);
  await mails.next(2);
  await until(async () => (await outbox(server, token, '?state=pending')).length === 1);
  expect((await outbox(server, token, '?state=pending'))[0].attempts).toBe(0);
  await advanceUntil(server, () => mails.received.length === 3, 10_000);
});

test('a password for the SMTP server is used, and never told', async () => {
  const lines: string[] = [];
  await using mails = await startMailServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth({ username, password }, _session, answer) {
      const isRight = username === 'relay' && password === 'swordfish';
      answer(isRight ? null : new Error('Nope'), { user: username });
    },
  });
  const { pino } = await import('pino');
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const withPassword = (password: string) => ({
    ...mails.delivery,
    server: { ...mails.server, user: 'relay', password },
  });
  const options = { publicUrl, deliveryTimes: times, log };
  {
    await using server = await startServer({
      ...options,
      mail: withPassword('swordfish') as never,
    });
    const { access_token: token } = await server.signUpAdmin('superuser');
    await invite(server, token);
    expect((await mails.next()).user).toBe('relay');
  }
  await using server = await startServer({ ...options, mail: withPassword('sw0rdfish') as never });
  const { access_token: token } = await server.signUpAdmin('superuser');
  const invited = await invite(server, token);
  await until(async () => (await stateOf(server, token)).last_reply !== null);
  // It is not the mail that is wrong: it waits.
  expect(await stateOf(server, token)).toMatchObject({ state: 'pending' });
  expect(lines.join('')).toContain('the SMTP server cannot be used');
  expect(lines.join('')).not.toMatch(new RegExp(`sw.rdfish|${invited.email}|token=`));
});

describe('without an SMTP server', () => {
  test('a mail is kept, and read by who may manage its user', async () => {
    await using server = await startServer();
    const { access_token: token } = await server.signUpAdmin('superuser');
    const invited = await invite(server, token);
    expect(invited.body.is_mailed).toBe(false); // the administrator has to send the link
    const [{ id, state }] = await outbox(server, token, `?user_id=${invited.id}`);
    expect(state).toBe('pending');
    const read = (by: string) => server.send('GET', `/api/admin/mail/${id}/`, { token: by });
    const { body } = await read(token);
    expect(body.content.text).toContain(invited.body.url);
    const viewer = await server.signUpAdmin(['mail.view']);
    expect((await read(viewer.access_token)).body.content.text).toContain(invited.body.url);
    await server.deps.database.db
      .updateTable('users')
      .set({ is_superuser: 1 })
      .where('id', '=', invited.id)
      .execute();
    expect((await read(viewer.access_token)).body.content).toBeNull();
  });

  test('elsewhere there is none', async () => {
    await using server = await startServer({ mail: undefined });
    const { access_token: token } = await server.signUpAdmin('superuser');
    expect(await invite(server, token)).toMatchObject({ status: 201, body: { is_mailed: false } });
    expect(await outbox(server, token)).toEqual([]);
    const none = { delivery: 'none', from: null, waiting: 0, failure: null };
    expect(await statusOf(server, token)).toEqual(none);
  });
});

test('a mail that somebody changed in the database is sent to nobody', async () => {
  await using both = await startBoth();
  const { mails, server, token } = both;
  mails.plan({ at: 'data', reply: '451 Later' });
  await invite(server, token);
  await until(async () => (await stateOf(server, token)).last_reply === '451 Later');
  const { db } = server.deps.database;
  await db.updateTable('outbox').set({ email: 'thief@example.com', due_at_ms: 0 }).execute();
  await until(async () => (await stateOf(server, token)).state === 'dead');
  expect((await stateOf(server, token)).last_reply).toMatch(/another secret, or was changed/);
  expect(mails.received).toEqual([]);
});

test('the pages of the outbox', async () => {
  await using server = await startServer();
  const { access_token: token } = await server.signUpAdmin('superuser');
  const ids: number[] = [];
  for (let n = 0; n < 3; n += 1) ids.push((await invite(server, token)).id);
  expect(await statusOf(server, token)).toMatchObject({ delivery: 'kept', waiting: 3 });
  const page = (query: string) => server.send('GET', `/api/admin/mail/${query}`, { token });
  const first = await page('?limit=2');
  expect(first.body.items.map((row: { user_id: number }) => row.user_id)).toEqual([ids[2], ids[1]]);
  const second = await page(`?limit=2&cursor=${first.body.next_cursor}`);
  expect(second.body.items.map((row: { user_id: number }) => row.user_id)).toEqual([ids[0]]);
  expect(second.body.next_cursor).toBeNull();
  expect((await page(`?state=sent&cursor=${first.body.next_cursor}`)).status).toBe(400);
});
