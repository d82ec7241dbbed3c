import { describe, expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';
import { setSetting } from '../../../settings/change-settings.ts';

const register = (server: TestServer, email: string, headers: Record<string, string> = {}) =>
  server.send('POST', '/api/register/', { json: { email, password: goodPassword }, headers });

const outbox = (server: TestServer) =>
  server.deps.database.db
    .selectFrom('outbox')
    .select(['kind', 'email', 'user_id', 'state'])
    .execute();

describe('the mode says who may register, from the next request on', () => {
  test.each([
    ['verify_first', 'Begin at /api/registrations/'],
    ['invite', 'Ask an administrator'],
    ['closed', 'Nobody can register here'],
  ] as const)('%s', async (mode, hint) => {
    await using server = await startServer();
    expect((await register(server, 'first@example.com')).status).toBe(201);
    await setSetting(server.deps, 'REGISTRATION_MODE', mode, { actor: 'a test', reason: '' });
    await server.catchUp();
    for (const email of ['first@example.com', 'second@example.com', 'no email']) {
      const refused = await register(server, email);
      expect(refused).toMatchObject({
        status: 403,
        body: { code: 'registration_closed', registration_mode: mode },
      });
      expect(refused.body.detail).toContain(hint);
    }
    const users = await server.deps.database.db.selectFrom('users').select('email').execute();
    expect(users).toEqual([{ email: 'first@example.com' }]);
  });
});

describe('the mail to who has registered', () => {
  const mailing = { REGISTRATION_MAIL: true };

  test('has a code that proves the email, and the answer is that of the contract', async () => {
    await using mails = await startMailServer();
    await using server = await startServer({
      pinned: mailing,
      mail: mails.delivery,
      publicUrl: 'https://auth.example.com/',
    });
    const answer = await register(server, 'Ada@Example.com', { 'accept-language': 'de' });
    expect([answer.status, answer.body]).toEqual([
      201,
      { id: expect.any(Number), username: '', email: 'Ada@example.com' },
    ]);
    const { to, mail } = await mails.next();
    expect(to).toEqual(['Ada@example.com']);
    expect(mail.subject).toBe('E-Mail-Adresse bestätigen bei auth.example.com');
    const [, code = ''] = /^ {4}(\d{6})$/m.exec(mail.text ?? '') ?? [];
    const credentials = { email: 'ada@example.com', password: goodPassword };
    const { body } = await server.send('POST', '/api/login/', { json: credentials });
    const { access_token: token } = body;
    const confirm = (of: string) =>
      server.send('POST', '/api/me/email-verification/confirm/', { token, json: { code: of } });
    const wrong = await confirm(code === '000000' ? '000001' : '000000');
    expect(wrong.body).toMatchObject({ code: 'invalid_code', tries_left: 4 });
    expect((await confirm(code)).body).toMatchObject({ email_verified: true });
    expect((await confirm(code)).body.code).toBe('flow_expired');
  });

  test('is none for who was refused, nor where it is switched off or nothing can be sent', async () => {
    await using server = await startServer({ pinned: mailing });
    await register(server, 'ada@example.com');
    expect((await register(server, 'ADA@example.com')).status).toBe(400);
    expect(await outbox(server)).toEqual([
      {
        kind: 'email_verification',
        email: 'ada@example.com',
        user_id: expect.any(Number),
        state: 'pending',
      },
    ]);
    await using silent = await startServer({ pinned: { REGISTRATION_MAIL: false } });
    await using mailless = await startServer({ pinned: mailing, mail: undefined });
    for (const other of [silent, mailless]) {
      expect((await register(other, 'ada@example.com')).status).toBe(201);
      expect(await outbox(other)).toEqual([]);
    }
  });

  test('does not count against who registers where too many were sent', async () => {
    await using server = await startServer({ pinned: { ...mailing, MAILS_PER_RECIPIENT: 1 } });
    await server.send('POST', '/api/password-reset/', { json: { email: 'ada@example.com' } });
    expect((await register(server, 'ada@example.com')).status).toBe(201);
    expect((await outbox(server)).filter(({ state }) => state === 'pending')).toEqual([]);
  });
});
