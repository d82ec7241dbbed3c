import { describe, expect, test } from 'vitest';
import {
  change,
  emailOf,
  login,
  mailsOf,
  proveOwn,
  put,
  register,
  reset,
  undo,
  undoTokenOf,
} from '../../../../test/email-changes.ts';
import {
  createTestDatabase,
  goodPassword,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';

const newPassword = 'a quite new horse';
const dayMs = 86_400_000;

/** What former emails of an account are worth: to their readers, and to the account when it has them again. */

describe('several changes', () => {
  const emails = ['a@example.com', 'b@example.com', 'c@example.com', 'd@example.com'] as const;

  /** Each with the password, and proven. */
  async function chain(server: TestServer) {
    const user = await server.signUp(emails[0]);
    for (const email of emails.slice(1)) await change(server, user, email);
    return user;
  }

  test.each([0, 1, 2])(
    'the undo of owner %i restores their own email, and voids the later ones alone',
    async (n) => {
      await using server = await startServer();
      const user = await chain(server);
      const tokens: string[] = [];
      for (const email of emails.slice(0, 3)) tokens.push(await undoTokenOf(server, email));
      expect((await undo(server, tokens[n] ?? '')).status).toBe(200);
      expect(await emailOf(server, user.id)).toBe(emails[n]);
      for (const token of tokens.slice(n)) expect((await undo(server, token)).status).toBe(400);
      for (const email of emails.slice(n + 1)) {
        expect((await register(server, email)).status).toBe(201);
      }
      if (n === 0) return;
      // The oldest wins.
      expect((await undo(server, tokens[0] ?? '')).status).toBe(200);
      expect(await emailOf(server, user.id)).toBe(emails[0]);
    },
  );

  test('who left an email for another gets back that one, and not the one that they have left', async () => {
    await using server = await startServer();
    const user = await server.signUp('employer@example.com');
    await change(server, user, 'own@example.com');
    await put(server, user, 'thief@example.com');
    expect((await undo(server, await undoTokenOf(server, 'own@example.com'))).status).toBe(200);
    const { db } = server.deps.database;
    const restored = await db
      .selectFrom('users')
      .select(['email', 'email_verified_at_ms', 'mail_recovery_from_ms'])
      .where('id', '=', user.id)
      .executeTakeFirstOrThrow();
    expect(restored).toEqual({
      ...{ email: 'own@example.com', mail_recovery_from_ms: null },
      email_verified_at_ms: expect.any(Number),
    });
    expect((await reset(server, 'own@example.com', newPassword)).status).toBe(200);
    expect(await login(server, 'own@example.com', newPassword)).toBe(200);
    expect(await mailsOf(server, 'thief@example.com')).toEqual([]);
    // Who has the older one can still undo the first change, and both are told.
    expect((await undo(server, await undoTokenOf(server, 'employer@example.com'))).status).toBe(
      200,
    );
    expect(await emailOf(server, user.id)).toBe('employer@example.com');
    expect((await mailTo(server, 'own@example.com')).subject).toContain('does not have this email');
    expect((await mailTo(server, 'employer@example.com')).subject).toContain('this email again');
  });

  test('the undo of an email that came by an access token leads to the one before, and ends with its undo', async () => {
    await using server = await startServer();
    const user = await server.signUp('a@example.com');
    await put(server, user, 'thief@example.com');
    server.clock.advance(5 * dayMs);
    const { access_token } = (
      await server.send('POST', '/api/login/', {
        json: { email: 'thief@example.com', password: goodPassword },
      })
    ).body;
    const later = { ...user, access_token };
    await proveOwn(server, later, 'thief@example.com');
    await put(server, later, 'b@example.com');
    const token = await undoTokenOf(server, 'thief@example.com');
    const { db } = server.deps.database;
    const kept = await db
      .selectFrom('former_emails')
      .select(['email', 'is_held', 'expires_at_ms'])
      .orderBy('id')
      .execute();
    const expiresAtMs = kept[0]?.expires_at_ms;
    expect(kept).toEqual([
      { email: 'a@example.com', is_held: 1, expires_at_ms: expiresAtMs },
      { email: 'thief@example.com', is_held: 0, expires_at_ms: expiresAtMs },
    ]);
    expect((await undo(server, token)).status).toBe(200);
    expect(await emailOf(server, user.id)).toBe('a@example.com');
  });

  test('an email that was not proven, and came by an access token, is neither kept nor mailed', async () => {
    await using server = await startServer();
    const user = await server.signUp('evil@example.com');
    for (let n = 0; n < 30; n += 1) await put(server, user, `victim${n}@example.com`);
    const { db } = server.deps.database;
    const mails = await db.selectFrom('outbox').select('email').execute();
    expect(mails).toEqual([{ email: 'evil@example.com' }]);
    expect((await register(server, 'victim0@example.com')).status).toBe(201);
    const recovery = db
      .selectFrom('users')
      .select('mail_recovery_from_ms')
      .where('id', '=', user.id);
    const before = await recovery.executeTakeFirstOrThrow();
    server.clock.advance(dayMs / 24);
    await put(server, user, 'victim30@example.com');
    expect(await recovery.executeTakeFirstOrThrow()).toEqual(before);
  });

  test('an email that is given up again and again is mailed once a day, and kept since the last time', async () => {
    await using server = await startServer();
    const user = await server.signUp('a@example.com');
    for (let n = 0; n < 3; n += 1) {
      await put(server, user, 'b@example.com');
      await put(server, user, 'a@example.com');
    }
    const { db } = server.deps.database;
    const mails = await db.selectFrom('outbox').select('email').execute();
    expect(mails).toEqual([{ email: 'a@example.com' }]);
    await put(server, user, 'b@example.com');
    const token = await undoTokenOf(server, 'a@example.com');
    expect((await undo(server, token)).status).toBe(200);
    expect(await emailOf(server, user.id)).toBe('a@example.com');
  });

  test('of 64 who use the undos of one account on two nodes each undo is used once, and the oldest wins', async () => {
    await using database = await createTestDatabase();
    await using one = await startServer({ database });
    await using other = await startServer({ database });
    const user = await chain(one);
    const tokens: string[] = [];
    for (const email of emails.slice(0, 3)) tokens.push(await undoTokenOf(one, email));
    const answers = await Promise.all(
      Array.from({ length: 64 }, async (_, n) => {
        const { status, body } = await undo(n % 2 ? one : other, tokens[n % 3] ?? '');
        return status === 200 ? n % 3 : body.code;
      }),
    );
    const done = answers.filter((answer) => typeof answer === 'number');
    expect(done).toContain(0);
    expect(new Set(done).size).toBe(done.length);
    expect(new Set(answers.filter((answer) => typeof answer !== 'number'))).toEqual(
      new Set(['invalid_link_token']),
    );
    expect(await emailOf(one, user.id)).toBe('a@example.com');
    const { db } = one.deps.database;
    const events = await db
      .selectFrom('audit_events')
      .select('id')
      .where('kind', '=', 'email.restored')
      .execute();
    expect(events).toHaveLength(done.length);
  });
});

describe('the way back without an undo', () => {
  test('an email that was given up for another and is set again is worth what it was worth', async () => {
    await using server = await startServer();
    const user = await server.signUp('a@example.com');
    await proveOwn(server, user, 'a@example.com');
    await put(server, user, 'thief@example.com');
    expect((await put(server, user, 'a@example.com')).body).toMatchObject({
      ...{ email: 'a@example.com', email_verified: true },
    });
    expect((await reset(server, 'a@example.com', newPassword)).status).toBe(200);
  });

  test('not so the email that was left with the password: an access token alone gets nobody in by it', async () => {
    await using server = await startServer();
    const user = await server.signUp('employer@example.com');
    await change(server, user, 'own@example.com');
    await put(server, user, 'employer@example.com');
    await server.send('POST', '/api/password-reset/', { json: { email: 'employer@example.com' } });
    const mails = await mailsOf(server, 'employer@example.com');
    expect(mails.at(-1)).toEqual({ kind: 'email_release', state: 'pending' });
  });

  test('who shows the password and proves the new email is reached by mail at once', async () => {
    await using server = await startServer();
    const user = await server.signUp('old@example.com');
    await put(server, user, 'new@example.com');
    await change(server, user, 'new@example.com');
    expect((await reset(server, 'new@example.com', newPassword)).status).toBe(200);
    const { access_token: token } = (
      await server.send('POST', '/api/login/', {
        json: { email: 'new@example.com', password: newPassword },
      })
    ).body;
    const json = { email: 'new@example.com', password: newPassword };
    const again = await server.send('POST', '/api/me/email/', { token, json });
    expect(again.body.email).toEqual(['This is already your email.']);
  });

  test('an email that an administrator sets is reached at once, and no earlier one undoes it', async () => {
    await using server = await startServer();
    const user = await server.signUp('lost@example.com');
    await put(server, user, 'thief@example.com');
    const { access_token: token } = await server.signUpAdmin('superuser');
    const json = { email: 'right@example.com' };
    const path = `/api/admin/users/${user.id}/`;
    expect((await server.send('PATCH', path, { token, json })).status).toBe(200);
    const undone = await undo(server, await undoTokenOf(server, 'lost@example.com'));
    expect(undone.body.code).toBe('invalid_link_token');
    expect((await reset(server, 'right@example.com', newPassword)).status).toBe(200);
    expect((await register(server, 'lost@example.com')).status).toBe(201);
  });
});
