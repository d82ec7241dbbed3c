import { describe, expect, test } from 'vitest';
import {
  change,
  emailOf,
  login,
  mailsOf,
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

/** An account is given the email of a stranger by an access token alone, and the stranger wants it back. */

const dayMs = 86_400_000;
const stranger = 'stranger@example.com';

/** Asks to reset the password by an email, and gives the flow and what was mailed. */
async function ask(server: TestServer, email = stranger) {
  const asked = await server.send('POST', '/api/password-reset/', { json: { email } });
  expect(asked.status).toBe(202);
  const { kind, code, text } = await mailTo(server, email);
  const [, token = ''] = /account\/release\/\?token=([\w-]{43})$/m.exec(text) ?? [];
  return { kind, code, token, flow: asked.body.flow as string };
}

test('who reads an email takes it off an account that was given it, and can register with it', async () => {
  await using server = await startServer();
  const user = await server.signUp('holder@example.com');
  await put(server, user, stranger);
  expect((await register(server, stranger)).status).toBe(400);
  const { kind, token } = await ask(server);
  expect(kind).toBe('email_release');
  expect((await undo(server, token)).status).toBe(200);
  expect(await emailOf(server, user.id)).toBe('holder@example.com');
  expect((await register(server, stranger)).status).toBe(201);
  // Nobody stays in the account, and its owner is told. The stranger has done it, and is not.
  const me = await server.send('GET', '/api/me/', { token: user.access_token });
  expect(me.body.code).toBe('email_restored');
  expect(await login(server, 'holder@example.com')).toBe(401);
  expect((await mailTo(server, 'holder@example.com')).kind).toBe('email_restored');
  expect((await mailsOf(server, stranger)).map((mail) => mail.kind)).toEqual(['email_release']);
  expect((await reset(server, 'holder@example.com', 'a quite new horse')).status).toBe(200);
  const { db } = server.deps.database;
  const events = await db
    .selectFrom('audit_events')
    .select(['kind', 'user_id', 'ip'])
    .where('kind', '=', 'email.restored')
    .execute();
  expect(events).toEqual([{ kind: 'email.restored', user_id: user.id, ip: '127.0.0.1' }]);
  expect((await undo(server, token)).body.code).toBe('invalid_link_token');
});

test('an account that changes there and back each week never holds it against its reader', async () => {
  await using server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 60 * 86_400 } });
  const user = await server.signUp('holder@example.com');
  for (let week = 0; week < 3; week += 1) {
    await put(server, user, stranger);
    server.clock.advance(6.9 * dayMs);
    const { token } = await ask(server);
    expect(token).not.toBe('');
    await put(server, user, 'holder@example.com');
    // It has another one now: there is nothing to take off, and nothing is kept from the stranger.
    expect((await undo(server, token)).body.code).toBe('invalid_link_token');
    server.clock.advance(dayMs);
  }
  expect((await register(server, stranger)).status).toBe(201);
});

describe('the link', () => {
  test('gets nobody into the account: neither with its code nor as the link of a reset', async () => {
    await using server = await startServer();
    const user = await server.signUp('owner@example.com');
    await put(server, user, 'thief@example.com');
    const { flow, code, token } = await ask(server, 'thief@example.com');
    const confirm = (json: object) =>
      server.send('POST', '/api/password-reset/confirm/', {
        json: { ...json, password: 'a quite new horse' },
      });
    for (const proof of [{ flow, code }, { token }, { token, code }]) {
      const { body } = await confirm(proof);
      expect(['flow_expired', 'invalid_code']).toContain(body.code);
    }
    // What the thief can do by it is what the owner wants.
    expect((await undo(server, token)).status).toBe(200);
    expect(await emailOf(server, user.id)).toBe('owner@example.com');
    expect(await login(server, 'owner@example.com')).toBe(401);
    expect((await reset(server, 'owner@example.com', 'a quite new horse')).status).toBe(200);
  });

  test('leads to the email that is the owner’s, not to one that they have left', async () => {
    await using server = await startServer();
    const user = await server.signUp('employer@example.com');
    await change(server, user, 'own@example.com');
    await put(server, user, stranger);
    expect((await undo(server, (await ask(server)).token)).status).toBe(200);
    expect(await emailOf(server, user.id)).toBe('own@example.com');
    // Who had the account before keeps their undo.
    expect((await undo(server, await undoTokenOf(server, 'employer@example.com'))).status).toBe(
      200,
    );
  });

  test('is worth nothing once its owner has proven the email with the password', async () => {
    await using server = await startServer();
    const user = await server.signUp('old@example.com');
    await put(server, user, 'new@example.com');
    const { token } = await ask(server, 'new@example.com');
    await change(server, user, 'new@example.com');
    expect((await undo(server, token)).body.code).toBe('invalid_link_token');
    expect(await emailOf(server, user.id)).toBe('new@example.com');
  });

  test('is good for ten minutes, and not for an account that was deactivated', async () => {
    await using server = await startServer();
    const user = await server.signUp('holder@example.com');
    await put(server, user, stranger);
    const { token } = await ask(server);
    const { db } = server.deps.database;
    await db.updateTable('users').set({ is_active: 0 }).where('id', '=', user.id).execute();
    await server.send('POST', '/api/password-reset/', { json: { email: stranger } });
    const states = (await mailsOf(server, stranger)).map(({ kind, state }) => `${kind} ${state}`);
    expect(states).toEqual(['email_release pending', 'password_reset decoy']);
    await db.updateTable('users').set({ is_active: 1 }).where('id', '=', user.id).execute();
    server.clock.advance(10 * 60_000);
    expect((await undo(server, token)).body.code).toBe('invalid_link_token');
  });

  test('of 64 who use it on two nodes one succeeds', async () => {
    await using database = await createTestDatabase();
    await using one = await startServer({ database });
    await using other = await startServer({ database });
    const user = await one.signUp('holder@example.com');
    await put(one, user, stranger);
    const { token } = await ask(one);
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, n) => undo(n % 2 ? one : other, token)),
    );
    const codes = answers.map(({ status, body }) => (status === 200 ? 'done' : body.code));
    expect(codes.sort()).toEqual(['done', ...Array(63).fill('invalid_link_token')]);
  });
});

test('a sign-in by mail is asked for as before: nobody is mailed', async () => {
  await using server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
  const user = await server.signUp('holder@example.com');
  await put(server, user, stranger);
  await server.send('POST', '/api/login/mail/', { json: { email: stranger } });
  expect(await mailsOf(server, stranger)).toEqual([{ kind: 'mail_sign_in', state: 'decoy' }]);
  expect(await login(server, stranger, goodPassword)).toBe(200);
});
