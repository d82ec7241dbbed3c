import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { startServer, type TestServer, temporaryFolder } from '../../../../test/harness.ts';
import { mailedCode, mailTo } from '../../../../test/mailed-codes.ts';
import { importUsers } from '../../administration/user-import/index.ts';

/**
 * Imported users whose email is not proven, and who have a second factor: the mailbox alone is worth nothing, and who shows
 * the factor as well loses nothing by the proof.
 */

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ pinned: { MAIL_SIGN_IN: true, FACTOR_RESET_DELAY: 0 } });
});
afterAll(() => server[Symbol.asyncDispose]());

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const password = 'correct horse bättery';
const newPassword = 'a quite new horse';

let imported = 0;
/** Imports a user of the old system. */
async function importOne(more: { totp_secret?: string } = {}): Promise<string> {
  imported += 1;
  const email = `imported${imported}@example.com`;
  using folder = temporaryFolder();
  const path = join(folder.path, 'users.jsonl');
  const password_hash = '$2b$06$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.';
  writeFileSync(path, JSON.stringify({ email, password_hash, ...more }));
  const actor = { kind: 'cli', name: 'test' } as const;
  await importUsers(server.deps, path, { actor, onLeft: () => undefined });
  return email;
}

const logIn = (email: string, sent = password) =>
  server.send('POST', '/api/login/', { json: { email, password: sent } });

/** Ends a sign-in by a code of the app, which is good once. */
function showCode(flow: string) {
  server.clock.advance(60_000);
  const json = { flow, code: shownCode(server, secret) };
  return server.send('POST', '/api/login/second-factor/', { json });
}

/** Signs in by mail, as far as that goes. */
async function byMail(email: string) {
  const { body } = await server.send('POST', '/api/login/mail/', { json: { email } });
  const json = { flow: body.flow, code: (await mailTo(server, email)).code };
  return server.send('POST', '/api/login/mail/confirm/', { json });
}

/** Whether a session goes on. */
async function goesOn({ refresh_token }: { refresh_token: string }): Promise<boolean> {
  const json = { refresh_token };
  return (await server.send('POST', '/api/refresh/', { json })).status === 200;
}

async function eventsOf(email: string): Promise<string[]> {
  const rows = await server.deps.database.db
    .selectFrom('audit_events')
    .innerJoin('users', 'users.id', 'audit_events.user_id')
    .select('audit_events.kind')
    .where('users.email', '=', email)
    .where('kind', 'in', ['email.verified', 'password.dropped', 'factors.dropped'])
    .orderBy('audit_events.id')
    .execute();
  return rows.map(({ kind }) => kind);
}

test('a sign-in by mail asks for the imported app, and leaves password and sessions', async () => {
  const email = await importOne({ totp_secret: secret });
  const before = await showCode((await logIn(email)).body.flow);
  expect(before.status).toBe(200);
  const begun = await byMail(email);
  expect(begun.body).toMatchObject({ code: 'second_factor_required', methods: ['totp'] });
  expect(await eventsOf(email)).toEqual([]);
  expect((await logIn(email)).body.code).toBe('second_factor_required');
  expect((await showCode(begun.body.flow)).status).toBe(200);
  expect(await eventsOf(email)).toEqual(['email.verified']);
  expect((await logIn(email)).body.code).toBe('second_factor_required');
  expect(await goesOn(before.body)).toBe(true);
});

test('a reset asks for it too; it ends sessions and keeps the app', async () => {
  const email = await importOne({ totp_secret: secret });
  const before = await showCode((await logIn(email)).body.flow);
  const mailed = await mailedCode(server, email);
  const confirm = (more = {}) =>
    server.send('POST', '/api/password-reset/confirm/', {
      json: { ...mailed, password: newPassword, ...more },
    });
  const asked = await confirm();
  expect(asked.body).toMatchObject({ code: 'second_factor_required', methods: ['totp'] });
  expect(await eventsOf(email)).toEqual([]);
  server.clock.advance(60_000);
  const done = await confirm({ second_factor: { code: shownCode(server, secret) } });
  expect(done.body).toEqual({ success: 'Password reset.' });
  expect(await eventsOf(email)).not.toContain('factors.dropped');
  expect(await goesOn(before.body)).toBe(false);
  expect((await logIn(email)).status).toBe(401);
  expect((await logIn(email, newPassword)).body.code).toBe('second_factor_required');
});

test('whom a stranger of the old system keeps out by an app, an administrator lets in, and the stranger is out', async () => {
  const email = await importOne();
  const stranger = await logIn(email);
  await addApp(server, stranger.body);
  expect((await byMail(email)).body.code).toBe('second_factor_required');

  const { access_token: token } = await server.signUpAdmin('superuser');
  const path = `/api/admin/users/${decodeJwt(stranger.body.access_token).user_id}/factors/reset/`;
  const reset = await server.send('POST', path, { token, json: { reason: 'not their app' } });
  expect(reset.status, reset.text).toBe(200);
  expect((await byMail(email)).status).toBe(200);
  expect(await eventsOf(email)).toEqual(['email.verified', 'password.dropped']);
  expect((await logIn(email)).status).toBe(401);
  expect(await goesOn(stranger.body)).toBe(false);
});
