import { afterAll, describe, expect, test } from 'vitest';
import { goodPassword, type SignedUp, startServer } from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';
import { comesFrom, mailTo } from '../../../../test/mailed-codes.ts';
import { resetSetting, setSetting } from '../../../settings/change-settings.ts';
import { claimMails } from '../../platform/mail/outbox.queries.ts';

/** Notices, and what their readers do about them, over HTTP. */

const server = await startServer({
  trustedProxies: ['loopback'],
  pinned: { MAIL_SIGN_IN: true },
});
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const newPassword = 'a quite new horse';
const dayMs = 86_400_000;
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0';
const here = comesFrom('203.0.113.7');
const elsewhere = { ...comesFrom('198.51.100.9'), 'user-agent': firefox };

type Headers = Record<string, string>;

const signIn = (email: string, headers: Headers, password = goodPassword) =>
  server.send('POST', '/api/login/', { json: { email, password }, headers });
const report = (json: Record<string, string>, headers: Headers = here) =>
  server.send('POST', '/api/not-me/', { json, headers });
const me = async (token: string) => {
  const { status, body } = await server.send('GET', '/api/me/', { token });
  return status === 200 ? 200 : body.code;
};

/** Registers somebody who has signed in once, from here. */
async function signUp(): Promise<SignedUp> {
  const { email } = await server.signUp();
  await db.deleteFrom('known_networks').execute(); // of the machine of the tests
  const user = await signIn(email, here);
  const { body } = await server.send('GET', '/api/me/', { token: user.body.access_token });
  await db.deleteFrom('outbox').execute();
  await db.deleteFrom('notices').execute();
  return { id: body.id, email, ...user.body };
}

/** The newest notice to an email: what its link and its code are. */
async function noticeTo(email: string) {
  const mail = await mailTo(server, email);
  const [, token = ''] = /account\/not-me\/\?token=([\w-]{43})$/m.exec(mail.text) ?? [];
  return { ...mail, token };
}

const kindsTo = async (email: string) =>
  (
    await db.selectFrom('outbox').select('kind').where('email', '=', email).orderBy('id').execute()
  ).map(({ kind }) => kind);

async function changePassword({ access_token: token }: SignedUp, next = newPassword) {
  const json = { current_password: goodPassword, new_password: next };
  const { status } = await server.send('POST', '/api/me/password/', { token, json, headers: here });
  expect(status).toBe(200);
}

const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe('a new device', () => {
  test('is told of, but not what was used before, and at most once a day', async () => {
    const user = await signUp();
    await signIn(user.email, here);
    expect(await kindsTo(user.email)).toEqual([]);
    const stranger = await signIn(user.email, elsewhere);
    expect(await kindsTo(user.email)).toEqual(['new_device']);
    const { subject, text } = await noticeTo(user.email);
    expect(subject).toMatch(/^New sign-in to your account at /);
    expect(text).toContain('Device: Firefox on Linux');
    expect(text).toContain('IP address: 198.51.100.9');
    expect(text).toContain('It works for 7 days.');
    await signIn(user.email, comesFrom('198.51.100.10'));
    expect(await kindsTo(user.email)).toEqual(['new_device']);
    server.clock.advance(dayMs);
    await signIn(user.email, comesFrom('198.51.100.11'));
    expect(await kindsTo(user.email)).toEqual(['new_device', 'new_device']);
    // A client with a token of an earlier session is known, in any network.
    server.clock.advance(dayMs);
    const token = stranger.body.refresh_token;
    await signIn(user.email, {
      ...comesFrom('198.51.100.12'),
      authorization: `Bearer ${token}`,
    });
    expect(await kindsTo(user.email)).toEqual(['new_device', 'new_device']);
  });

  test('is not told of at the first sign-in, nor where the operator has switched it off', async () => {
    const { email } = await server.signUp();
    expect(await kindsTo(email)).toEqual([]);
    const by = { actor: 'test', reason: '' };
    await setSetting(server.deps, 'NOTICE_NEW_DEVICE', false, by);
    await server.catchUp();
    await signIn(email, elsewhere);
    expect(await kindsTo(email)).toEqual([]);
    await resetSetting(server.deps, 'NOTICE_NEW_DEVICE', by);
    await server.catchUp();
    await signIn(email, comesFrom('198.51.100.20'));
    expect(await kindsTo(email)).toEqual(['new_device']);
  });

  test('carries nothing that a stranger has written', async () => {
    const user = await signUp();
    const evil = { ...elsewhere, 'user-agent': 'https://evil.example/prize on Linux' };
    await signIn(user.email, evil);
    expect((await noticeTo(user.email)).text).not.toContain('evil');
    await db.deleteFrom('outbox').execute();
    await db.deleteFrom('notices').execute();
    await signIn(user.email, {
      ...comesFrom('192.0.2.1'),
      'user-agent': 'Evil.example/1 (Windows NT 10.0)',
    });
    const { text } = await noticeTo(user.email);
    expect(text).not.toMatch(/evil|device:/i);
  });
});

test('a changed password: the reader ends everything, and chooses a new one by a mailed code', async () => {
  const user = await signUp();
  await changePassword(user);
  const { token, code, text, subject } = await noticeTo(user.email);
  expect(text).toContain('This was not me');
  expect(subject).not.toContain(code);
  const done = await report({ token, code });
  expect(done).toMatchObject({ status: 200, body: { ended_sessions: 1, expires_in: 600 } });
  expect(done.headers.get('cache-control')).toBe('no-store');
  expect(await me(user.access_token)).toBe('reported_by_user');
  for (const password of [goodPassword, newPassword]) {
    expect((await signIn(user.email, here, password)).status).toBe(401);
  }
  const reset = await mailTo(server, user.email);
  const json = { flow: done.body.flow, code: reset.code, password: 'the third horse' };
  expect((await server.send('POST', '/api/password-reset/confirm/', { json })).status).toBe(200);
  expect((await signIn(user.email, here, 'the third horse')).status).toBe(200);
  // It works once, and so does every other notice of that time: the new password stays.
  expect(await report({ token, code })).toMatchObject({
    ...{ status: 400, body: { code: 'invalid_link_token' } },
  });
  const events = await db
    .selectFrom('audit_events')
    .select(['kind', 'actor_id', 'ip', 'details'])
    .where('user_id', '=', user.id)
    .where('kind', '=', 'notice.reported')
    .execute();
  expect(events.map((event) => ({ ...event, details: JSON.parse(event.details) }))).toEqual([
    {
      kind: 'notice.reported',
      actor_id: user.id,
      ip: '203.0.113.7',
      details: { notice: 'password_changed', ended_sessions: 1, password_removed: true },
    },
  ]);
  const stored = JSON.stringify(await db.selectFrom('notices').selectAll().execute());
  expect(stored).not.toContain(token);
});

test('a code may be wrong nine times; no more are looked at, however many come at once', async () => {
  const user = await signUp();
  await changePassword(user);
  const { token, code } = await noticeTo(user.email);
  const first = await report({ token, code: wrong(code) });
  expect(first).toMatchObject({ status: 400, body: { code: 'invalid_code', tries_left: 9 } });
  expect((await report({ token, code: 'x' })).body.code).toBe('invalid_code');
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => report({ token, code: wrong(code) }, comesFrom('192.0.2.77'))),
  );
  const codes = answers.map(({ body }) => body.code);
  expect(codes.filter((each) => each === 'invalid_code')).toHaveLength(8);
  expect((await report({ token, code })).body.code).toBe('invalid_link_token');
  expect(await me(user.access_token)).toBe(200);
});

test('of 64 readers at once one ends the sessions and is mailed a code', async () => {
  const user = await signUp();
  await changePassword(user);
  const { token, code } = await noticeTo(user.email);
  const answers = await Promise.all(Array.from({ length: 64 }, () => report({ token, code })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(await kindsTo(user.email)).toEqual(['password_changed', 'password_reset']);
});

test('after 7 days, and after the email changed, a link does nothing', async () => {
  const user = await signUp();
  await changePassword(user);
  const { token, code } = await noticeTo(user.email);
  await db
    .updateTable('users')
    .set({ email: 'new@example.com', email_normalized: 'new@example.com' })
    .where('id', '=', user.id)
    .execute();
  const refused = { status: 400, body: { code: 'invalid_link_token' } };
  expect(await report({ token, code })).toMatchObject(refused);
  await db
    .updateTable('users')
    .set({ email: user.email, email_normalized: user.email })
    .where('id', '=', user.id)
    .execute();
  server.clock.advance(7 * dayMs);
  expect(await report({ token, code })).toMatchObject(refused);
  expect((await signIn(user.email, here, newPassword)).status).toBe(200);
});

test('notices count for no code: a thief who causes many keeps no reset from the owner', async () => {
  const user = await signUp();
  let current = goodPassword;
  for (let n = 0; n < 12; n += 1) {
    const next = `password number ${n}`;
    const json = { current_password: current, new_password: next };
    const { access_token: token } = user;
    expect((await server.send('POST', '/api/me/password/', { token, json })).status).toBe(200);
    current = next;
  }
  const kinds = await kindsTo(user.email);
  expect(kinds).toEqual(Array(5).fill('password_changed'));
  await server.send('POST', '/api/password-reset/', { json: { email: user.email } });
  expect((await mailTo(server, user.email)).kind).toBe('password_reset');
  // Nor the other way round: a user who is mailed no more codes is still mailed one by a notice.
  for (let n = 0; n < 12; n += 1) {
    await server.send('POST', '/api/password-reset/', { json: { email: user.email } });
  }
  await db.deleteFrom('outbox').where('kind', '=', 'password_reset').execute();
  const { token, code } = await noticeTo(user.email);
  expect((await report({ token, code })).status).toBe(200);
  expect((await mailTo(server, user.email)).kind).toBe('password_reset');
});

test('a sign-in by mail in place of the password is told of, once a day', async () => {
  const user = await signUp();
  for (let n = 0; n < 2; n += 1) {
    const { body } = await server.send('POST', '/api/login/mail/', { json: { email: user.email } });
    const { code } = await mailTo(server, user.email);
    await db.updateTable('users').set({ email_verified_at_ms: 1 }).execute(); // else the password goes
    const json = { flow: body.flow, code };
    const signedIn = await server.send('POST', '/api/login/mail/confirm/', { json, headers: here });
    expect(signedIn.status).toBe(200);
  }
  expect(await kindsTo(user.email)).toEqual(['mail_sign_in', 'mail_sign_in_used', 'mail_sign_in']);
});

test('a code is sent before notices that have waited longer', async () => {
  await db.deleteFrom('outbox').execute();
  const user = await signUp();
  await changePassword(user);
  server.clock.advance(1_000);
  await server.send('POST', '/api/password-reset/', { json: { email: user.email } });
  const claim = { limit: 1, nowMs: server.clock.nowMs(), leaseMs: 1 };
  const [first] = await claimMails(db, claim);
  expect(first?.kind).toBe('password_reset');
});

test('a reset is told of, and so is that an account was deleted', async () => {
  const user = await signUp();
  const { body } = await server.send('POST', '/api/password-reset/', {
    json: { email: user.email },
  });
  const { code } = await mailTo(server, user.email);
  const json = { flow: body.flow, code, password: newPassword };
  await server.send('POST', '/api/password-reset/confirm/', { json, headers: here });
  const notice = await noticeTo(user.email);
  expect(notice.kind).toBe('password_was_reset');
  expect(notice.text).toContain('IP address: 203.0.113.7');
  const { body: tokens } = await signIn(user.email, here, newPassword);
  const deletion = { token: tokens.access_token, json: { password: newPassword } };
  expect((await server.send('DELETE', '/api/me/', deletion)).status).toBe(204);
  const farewell = await noticeTo(user.email);
  expect(farewell).toMatchObject({ kind: 'account_deleted', token: '' });
  expect((await report({ token: notice.token, code: notice.code })).body.code).toBe(
    'invalid_link_token',
  );
});

describe('what an administrator does', () => {
  test('is told to the user, and ends with their report', async () => {
    const admin = await server.signUpAdmin('superuser');
    const act = (path: string, json?: object, method = 'POST') =>
      server.send(method, `/api/admin/users/${path}`, {
        token: admin.access_token,
        ...(json && { json }),
      });
    const user = await signUp();
    const begun = await act(`${user.id}/impersonation/`, { reason: 'ticket 4711' });
    const support = await noticeTo(user.email);
    expect(support.kind).toBe('impersonation_started');
    expect(support.text).not.toMatch(/4711|IP address|Device/);
    const ended = await report({ token: support.token, code: support.code });
    expect(ended.body).toEqual({ ended_sessions: 1, flow: null, expires_in: null });
    expect(await me(begun.body.access_token)).toBe('session_revoked');
    expect(await me(user.access_token)).toBe(200);

    await act(`${user.id}/password/`, { password: newPassword });
    const { kind, token, code } = await noticeTo(user.email);
    expect(kind).toBe('password_set');
    expect((await report({ token, code })).status).toBe(200);
    expect((await signIn(user.email, here, newPassword)).status).toBe(401);

    await act(`${user.id}/`, { email: `moved-${user.email}` }, 'PATCH');
    expect((await noticeTo(user.email)).kind).toBe('email_set');
    await act(`${user.id}/deactivate/`, {});
    expect(await noticeTo(`moved-${user.email}`)).toMatchObject({
      ...{ kind: 'account_deactivated', token: '' },
    });
    await act(`${user.id}/`, undefined, 'DELETE');
    expect(await kindsTo(`moved-${user.email}`)).toEqual(['account_deleted']);
  });
});

test('nobody who may not be mailed is refused anything', async () => {
  await using silent = await startServer({ mail: undefined });
  const user = await silent.signUp();
  const json = { current_password: goodPassword, new_password: newPassword };
  const answer = await silent.send('POST', '/api/me/password/', { token: user.access_token, json });
  expect(answer.status).toBe(200);
  const rows = silent.deps.database.db.selectFrom('outbox').select('id');
  expect(await rows.execute()).toEqual([]);
});

test('a notice arrives by SMTP', async () => {
  await using mails = await startMailServer();
  await using sending = await startServer({
    ...{ mail: mails.delivery, publicUrl: 'https://auth.example.com/login/' },
  });
  const user = await sending.signUp();
  const json = { current_password: goodPassword, new_password: newPassword };
  await sending.send('POST', '/api/me/password/', { token: user.access_token, json });
  const { to, mail } = await mails.next();
  expect(to).toEqual([user.email]);
  expect(mail.subject).toBe('Your password at auth.example.com was changed');
  const [, link = ''] = /^(https:\S+not-me\S+)$/m.exec(mail.text ?? '') ?? [];
  expect(link).toMatch(/^https:\/\/auth\.example\.com\/login\/account\/not-me\/\?token=[\w-]{43}$/);
  expect(mail.html).toContain(`href="${link}"`);
});
