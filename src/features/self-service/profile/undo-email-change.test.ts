import { describe, expect, test } from 'vitest';
import {
  emailOf,
  login,
  put,
  register,
  reset,
  undo,
  undoTokenOf,
} from '../../../../test/email-changes.ts';
import { createTestDatabase, goodPassword, startServer } from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';
import { mailedNotice, mailTo } from '../../../../test/mailed-codes.ts';
import { sweepFormerEmails } from '../../identity/email-changes/index.ts';

const newPassword = 'a quite new horse';
const dayMs = 86_400_000;

test('an undo restores the email, ends every session and forces a reset', async () => {
  await using mails = await startMailServer();
  await using server = await startServer({
    mail: mails.delivery,
    publicUrl: 'https://auth.example.com/',
  });
  const user = await server.signUp('Old@example.com');
  await put(server, user, 'new@example.com');
  const { to, mail } = await mails.next();
  expect(to).toEqual(['Old@example.com']);
  const token = /account\/undo\/\?token=([\w-]{43})$/m.exec(mail.text ?? '')?.[1] ?? '';
  const undone = await undo(server, token);
  expect([undone.status, undone.body]).toEqual([
    200,
    { success: 'The change was undone. Reset the password to sign in.' },
  ]);
  expect(await emailOf(server, user.id)).toBe('Old@example.com');
  const me = await server.send('GET', '/api/me/', { token: user.access_token });
  expect(me).toMatchObject({ status: 401, body: { code: 'email_restored' } });
  const refresh = { refresh_token: user.refresh_token };
  expect((await server.send('POST', '/api/refresh/', { json: refresh })).body.code).toBe(
    'email_restored',
  );
  for (const email of ['old@example.com', 'new@example.com']) {
    expect(await login(server, email), email).toBe(401);
  }
  const restored = await mails.next(2);
  expect([restored.to, restored.mail.subject]).toEqual([
    ['Old@example.com'],
    'Your account at auth.example.com has this email again',
  ]);
  expect(restored.mail.text).toContain('https://auth.example.com/account/forgot/');
  const { db } = server.deps.database;
  const events = await db
    .selectFrom('audit_events')
    .select(['kind', 'actor_id', 'ip'])
    .where('user_id', '=', user.id)
    .where('kind', 'in', ['user.changed', 'email.restored', 'session.ended'])
    .orderBy('id')
    .execute();
  expect(events).toEqual([
    { kind: 'user.changed', actor_id: user.id, ip: '127.0.0.1' },
    { kind: 'email.restored', actor_id: user.id, ip: '127.0.0.1' },
    { kind: 'session.ended', actor_id: user.id, ip: '127.0.0.1' },
  ]);
  const again = await undo(server, token);
  expect(again).toMatchObject({ status: 400, body: { code: 'invalid_link_token' } });
  await server.send('POST', '/api/password-reset/', { json: { email: 'old@example.com' } });
  expect((await mails.next(3)).to).toEqual(['Old@example.com']);
  // The email that was taken back is free.
  expect((await register(server, 'new@example.com')).status).toBe(201);
});

test('a stolen session takes no account over, neither by a change of the email nor by a reset after it', async () => {
  await using server = await startServer();
  const owner = await server.signUp('owner@example.com');
  const { db } = server.deps.database;
  // The thief has the access token, and not the password.
  expect((await put(server, owner, 'thief@example.com')).status).toBe(200);
  const asked = await server.send('POST', '/api/password-reset/', {
    json: { email: 'thief@example.com' },
  });
  expect(asked.status).toBe(202);
  const mailed = await db
    .selectFrom('outbox')
    .select(['kind', 'state'])
    .where('email', '=', 'thief@example.com')
    .execute();
  // It takes the email off the account, and gets nobody in.
  expect(mailed).toEqual([{ kind: 'email_release', state: 'pending' }]);
  // The owner still has the password, and the undo.
  expect(await login(server, 'thief@example.com')).toBe(200);
  expect((await undo(server, await undoTokenOf(server, 'owner@example.com'))).status).toBe(200);
  expect((await reset(server, 'owner@example.com', newPassword)).status).toBe(200);
  expect(await login(server, 'owner@example.com', newPassword)).toBe(200);
  expect(await login(server, 'owner@example.com')).toBe(401);
  const me = await server.send('GET', '/api/me/', { token: owner.access_token });
  expect(me.status).toBe(401);
});

test('a change that the password was shown for lets the new email reset it at once', async () => {
  await using server = await startServer();
  const user = await server.signUp('old@example.com');
  const { access_token: token } = user;
  await put(server, user, 'between@example.com');
  const begun = await server.send('POST', '/api/me/email/', {
    ...{ token, json: { email: 'new@example.com', password: goodPassword } },
  });
  const { code } = await mailTo(server, 'new@example.com');
  const json = { flow: begun.body.flow, code };
  await server.send('POST', '/api/me/email/confirm/', { token, json });
  expect((await reset(server, 'new@example.com', newPassword)).status).toBe(200);
  // And the old one undoes all of it.
  expect((await undo(server, await undoTokenOf(server, 'old@example.com'))).status).toBe(200);
  expect(await login(server, 'old@example.com', newPassword)).toBe(401);
});

test('after seven days the change stands: no undo, a free email, and a reset by the new one', async () => {
  await using server = await startServer();
  const user = await server.signUp('old@example.com');
  await put(server, user, 'new@example.com');
  const token = await undoTokenOf(server, 'old@example.com');
  server.clock.advance(7 * dayMs - 60_000);
  expect((await register(server, 'old@example.com')).status).toBe(400);
  server.clock.advance(60_000);
  expect((await undo(server, token)).body.code).toBe('invalid_link_token');
  expect((await register(server, 'old@example.com')).status).toBe(201);
  expect((await reset(server, 'new@example.com', newPassword)).status).toBe(200);
  await sweepFormerEmails(server.deps).run({ isHeld: () => true });
  const { db } = server.deps.database;
  expect(await db.selectFrom('former_emails').select('id').execute()).toEqual([]);
});

describe('the old email stays reserved', () => {
  test('nobody else registers with it, changes to it or is made with it; its account may take it again', async () => {
    await using server = await startServer();
    const taken = ['user with this email address already exists.'];
    const user = await server.signUp('old@example.com');
    const other = await server.signUp();
    const admin = await server.signUpAdmin('superuser');
    await put(server, user, 'new@example.com');
    expect((await register(server, 'OLD@example.com')).body.email).toEqual(taken);
    expect((await put(server, other, 'old@example.com')).body.email).toEqual(taken);
    const by = { token: admin.access_token, json: { email: 'old@example.com' } };
    for (const [method, path] of [
      ['POST', '/api/admin/users/'],
      ['PATCH', `/api/admin/users/${other.id}/`],
    ] as const) {
      expect((await server.send(method, path, by)).body.email, path).toEqual(taken);
    }
    const begun = await server.send('POST', '/api/registrations/', {
      json: { email: 'old@example.com' },
    });
    expect(begun.status).toBe(202);
    const { db } = server.deps.database;
    const { state } = await db
      .selectFrom('outbox')
      .select('state')
      .where('kind', '=', 'registration')
      .executeTakeFirstOrThrow();
    expect(state).toBe('decoy');
    expect((await put(server, user, 'old@example.com')).body.email).toBe('old@example.com');
  });

  test('of 64 who register with it while it is given up nobody gets it', async () => {
    await using database = await createTestDatabase();
    await using one = await startServer({ database });
    await using other = await startServer({ database });
    const user = await one.signUp('old@example.com');
    const [changed, ...made] = await Promise.all([
      put(one, user, 'new@example.com'),
      ...Array.from({ length: 64 }, (_, n) => register(n % 2 ? one : other, 'old@example.com')),
    ]);
    expect(changed?.status).toBe(200);
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([400]));
    const { db } = one.deps.database;
    expect(await db.selectFrom('users').select('id').execute()).toEqual([{ id: user.id }]);
  });
});

test('an undo voids what was begun for the account, and what it was sent before', async () => {
  await using server = await startServer();
  const user = await server.signUp('old@example.com');
  await put(server, user, 'thief@example.com');
  const { access_token: token } = user;
  const begun = await server.send('POST', '/api/me/email/', {
    token,
    json: { email: 'second@example.com', password: goodPassword },
  });
  const { code } = await mailTo(server, 'second@example.com');
  await undo(server, await undoTokenOf(server, 'old@example.com'));
  expect((await reset(server, 'old@example.com', goodPassword)).status).toBe(200);
  const again = await server.send('POST', '/api/login/', {
    json: { email: 'old@example.com', password: goodPassword },
  });
  const late = await server.send('POST', '/api/me/email/confirm/', {
    token: again.body.access_token,
    json: { flow: begun.body.flow, code },
  });
  expect(late).toMatchObject({ status: 400, body: { code: 'flow_expired' } });
});

test('an undo voids the notices that the reader of the later email was sent', async () => {
  await using server = await startServer();
  const user = await server.signUp('old@example.com');
  await put(server, user, 'thief@example.com');
  const report = await mailedNotice(server, { ...user, email: 'thief@example.com' });
  expect((await undo(server, await undoTokenOf(server, 'old@example.com'))).status).toBe(200);
  const late = await server.send('POST', '/api/not-me/', { json: report });
  expect(late).toMatchObject({ status: 400, body: { code: 'invalid_link_token' } });
});

test('an invalid token is refused, and counted for its network', async () => {
  await using server = await startServer({ pinned: { LINK_TOKEN_FAILURES_PER_NETWORK: 2 } });
  const codes = [];
  for (const token of ['x', 'y', 'z']) codes.push((await undo(server, token)).body.code);
  expect(codes).toEqual(['invalid_link_token', 'invalid_link_token', 'rate_limited']);
  const user = await server.signUp();
  await put(server, user, 'new@example.com');
  // A good one is never refused for what others tried.
  expect((await undo(server, await undoTokenOf(server, user.email))).status).toBe(200);
});
