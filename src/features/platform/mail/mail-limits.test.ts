import { describe, expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';
import { comesFrom } from '../../../../test/mailed-codes.ts';

/** Who is mailed how often: a mailbox, by strangers and by its owner, and a network. */

const askReset = (server: TestServer, email: string, ip = '127.0.0.1') =>
  server.send('POST', '/api/password-reset/', { json: { email }, headers: comesFrom(ip) });

/** How many mails wait to be sent, or those of one kind. */
async function countMails(server: TestServer, kind?: string): Promise<number> {
  const waiting = server.deps.database.db
    .selectFrom('outbox')
    .select('id')
    .where('state', '=', 'pending');
  return (await (kind === undefined ? waiting : waiting.where('kind', '=', kind)).execute()).length;
}

/** So that an email may have to be proven before a sign-in. */
const required = {
  ...{ REQUIRE_VERIFIED_EMAIL: true, VERIFICATION_GRACE_PERIOD: 3_600 },
  ACCESS_TOKEN_LIFETIME: 7 * 86_400,
} as const;
const graceMs = 3_600_000;

test('all spellings of a mailbox count together', async () => {
  await using server = await startServer({ pinned: { MAILS_PER_RECIPIENT: 3 } });
  const spellings = ['ada', 'Ada', '"ada"', '"\\ada"', 'ada+a', 'ada+b', '"ada+c"', 'ada+d+e'];
  for (const local of spellings) {
    const json = { email: `${local}@mailbox.example` };
    expect((await server.send('POST', '/api/registrations/', { json })).status).toBe(202);
  }
  expect(await countMails(server)).toBe(3);
  const json = { email: 'grace@mailbox.example' };
  await server.send('POST', '/api/registrations/', { json });
  expect(await countMails(server)).toBe(4);
});

describe('strangers who use up the mails of an email', () => {
  const startStrict = () =>
    startServer({
      pinned: { ...required, MAILS_PER_RECIPIENT: 2, MAIL_SIGN_IN: true },
      trustedProxies: ['loopback'],
    });

  async function useUp(server: TestServer, email: string): Promise<void> {
    for (let n = 0; n < 4; n += 1) await askReset(server, email, '198.51.100.9');
    expect(await countMails(server)).toBe(2);
  }

  test('keep who is signed in from no proof of the email', async () => {
    await using server = await startStrict();
    const { email, access_token: token } = await server.signUp();
    await useUp(server, email);
    const path = '/api/me/email-verification/';
    for (const mailed of [1, 2, 2]) {
      expect((await server.send('POST', path, { token, json: {} })).status).toBe(202);
      expect(await countMails(server, 'email_verification')).toBe(mailed);
    }
  });

  test('nor who has shown the password', async () => {
    await using server = await startStrict();
    const { email } = await server.signUp();
    server.clock.advance(graceMs);
    await useUp(server, email);
    const json = { email, password: goodPassword };
    expect((await server.send('POST', '/api/email-verification/', { json })).status).toBe(202);
    expect(await countMails(server, 'email_verification')).toBe(1);
  });

  test('nor from a reset and a sign-in in a network that they signed in from', async () => {
    await using server = await startStrict();
    const { email, id } = await server.signUp();
    const ask = async (path: string) => {
      const { status } = await server.send('POST', path, { json: { email } });
      return [status, await countMails(server)];
    };
    await useUp(server, email);
    // The user who registered with it may not be its owner.
    expect(await ask('/api/password-reset/')).toEqual([202, 2]);
    const { db } = server.deps.database;
    await db.updateTable('users').set({ email_verified_at_ms: 1 }).where('id', '=', id).execute();
    expect(await ask('/api/password-reset/')).toEqual([202, 3]);
    expect(await ask('/api/login/mail/')).toEqual([202, 4]);
    expect(await ask('/api/password-reset/')).toEqual([202, 4]); // it is a limit as well
    expect((await askReset(server, email, '198.51.100.9')).status).toBe(202);
    expect(await countMails(server)).toBe(4);
  });
});

describe('what a network asks for counts, to any recipient', () => {
  test('registrations, which go on without their mail', async () => {
    await using server = await startServer({
      pinned: { MAILS_PER_NETWORK: 2, REGISTRATION_MAIL: true },
    });
    for (let n = 0; n < 3; n += 1) {
      const json = { email: `new${n}@example.com`, password: goodPassword };
      expect((await server.send('POST', '/api/register/', { json })).status).toBe(201);
    }
    expect(await countMails(server)).toBe(2);
  });

  test.each(['POST', 'PUT'])('changes of an email by %s', async (method) => {
    await using server = await startServer({
      pinned: { MAILS_PER_NETWORK: 2, EMAIL_CHANGE_MODE: 'confirm' },
    });
    const { access_token: token } = await server.signUp();
    const path = method === 'POST' ? '/api/me/email/' : '/api/me/';
    const statuses = [];
    for (let n = 0; n < 3; n += 1) {
      const json = { email: `other${n}@example.com`, password: goodPassword };
      statuses.push((await server.send(method, path, { token, json })).status);
    }
    expect(statuses.slice(0, 2).every((status) => status < 300)).toBe(true);
    expect(statuses[2]).toBe(429);
    expect(await countMails(server)).toBe(2);
  });

  test('proofs of an email, apart from what strangers ask for', async () => {
    await using server = await startServer({ pinned: { ...required, MAILS_PER_NETWORK: 2 } });
    const { email, access_token: token } = await server.signUp();
    server.clock.advance(graceMs);
    for (let n = 0; n < 3; n += 1) await askReset(server, `nobody${n}@example.com`);
    expect((await askReset(server, email)).status).toBe(429);
    const json = { email, password: goodPassword };
    const statuses = [
      (await server.send('POST', '/api/me/email-verification/', { token, json: {} })).status,
      (await server.send('POST', '/api/email-verification/', { json })).status,
      (await server.send('POST', '/api/email-verification/', { json })).status,
    ];
    expect(statuses).toEqual([202, 202, 429]);
  });
});

describe.each([
  ['another machine', false, ['ada@mailbox.dev']],
  ['this machine', true, ['ada@example.com', 'ada@mailbox.dev', 'root@localhost']],
] as const)('by a server on %s', (_, isLocal, reached) => {
  test('mail goes to names that somebody can have, and to no IP address', async () => {
    const server = { host: '127.0.0.1', port: 9, isImplicitTls: false, isLocal };
    await using there = await startServer({
      publicUrl: 'https://auth.mailbox.dev/',
      mail: {
        by: 'smtp',
        server: { ...server, user: undefined, password: undefined },
        from: { name: '', email: 'no-reply@mailbox.dev' },
      },
    });
    const emails = ['ada@example.com', 'ada@mailbox.dev', 'root@localhost', 'root@[10.0.0.5]'];
    if (!isLocal) emails.push('bob@ｅｘａｍｐｌｅ．ｃｏｍ');
    for (const email of emails) {
      await there.signUp(email);
      expect((await askReset(there, email)).status).toBe(202);
    }
    const rows = await there.deps.database.db
      .selectFrom('outbox')
      .select(['email', 'user_id'])
      .where('state', '<>', 'decoy')
      .orderBy('email')
      .execute();
    expect(rows.map(({ email }) => email)).toEqual(reached);
  });
});
