import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { put, undo } from '../../../../test/email-changes.ts';
import {
  goodPassword,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../../../../test/harness.ts';
import { mailedCode, mailTo } from '../../../../test/mailed-codes.ts';
import { addPasskey, newAuthenticator, signInWithPasskey } from '../../../../test/webauthn.ts';
import { importUsers } from '../../administration/user-import/index.ts';

/**
 * No stranger registered an account that the operator, an administrator or an import has made: who reads the mail of its email
 * proves that for the first time, and has one factor of two. An email that was set later keeps the factors alone: a stranger may
 * have registered the account before.
 */

const email = 'given@example.com';
const newPassword = 'a quite new horse';

/** Imports a user of the old system, whose password is `importedPassword`. */
async function importOne(server: TestServer, user: { id: number; email: string }, again = false) {
  using folder = temporaryFolder();
  const path = join(folder.path, 'users.jsonl');
  const hash = '$2b$06$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.';
  writeFileSync(path, JSON.stringify({ ...user, password_hash: hash }));
  const actor = { kind: 'cli', name: 'test' } as const;
  const options = { actor, keepIds: true, resetsUnused: again, onLeft: () => undefined };
  await importUsers(server.deps, path, options);
}
const importedPassword = 'correct horse bättery';

/** An administrator sets the email of a user. */
async function change(server: TestServer, id: number) {
  const { access_token: token } = await server.signUpAdmin('superuser');
  const changed = await server.send('PATCH', `/api/admin/users/${id}/`, { token, json: { email } });
  expect(changed.status).toBe(200);
}

/** An administrator makes a user. */
async function create(server: TestServer, first = email): Promise<number> {
  const { access_token: token } = await server.signUpAdmin('superuser');
  const json = { email: first, password: goodPassword };
  return (await server.send('POST', '/api/admin/users/', { token, json })).body.id;
}

/** Ways in which an account gets its email. */
const makers: Record<string, (server: TestServer) => Promise<unknown>> = {
  'an administrator': create,
  'an administrator, instead of another one,': async (server) =>
    change(server, await create(server, 'before@example.com')),
  'an administrator, to a user who registered,': async (server) =>
    change(server, (await server.signUp()).id),
  'an import': (server) => importOne(server, { id: 900, email }),
  async 'an import, instead of another one,'(server) {
    await importOne(server, { id: 900, email: 'before@example.com' });
    await importOne(server, { id: 900, email }, true);
  },
};
/** Whose account had the email from the beginning, and no stranger ever had the password. */
const isAccountGiven = (maker: string) => maker === 'an administrator';
const passwordBy = (maker: string) =>
  maker.startsWith('an import') ? importedPassword : goodPassword;

/** Signs in with the password that their maker gave them, and adds an app. */
async function withApp(server: TestServer, password: string) {
  const { body } = await server.send('POST', '/api/login/', { json: { email, password } });
  const { secret } = await addApp(server, body);
  return () => shownCode(server, secret);
}

const confirm = async (server: TestServer, second_factor?: object) => {
  const { flow, code } = await mailedCode(server, email);
  const json = { flow, code, password: newPassword, ...(second_factor && { second_factor }) };
  return server.send('POST', '/api/password-reset/confirm/', { json });
};

const droppedEvents = (server: TestServer) =>
  server.deps.database.db
    .selectFrom('audit_events')
    .select('kind')
    .where('kind', '=', 'factors.dropped')
    .execute();

test.each(Object.entries(makers))(
  '%s gave the email: its first proof removes no factor',
  async (maker, make) => {
    await using server = await startServer();
    await make(server);
    const shown = await withApp(server, passwordBy(maker));
    expect((await confirm(server)).body).toMatchObject({
      ...{ code: 'second_factor_required', methods: ['totp', 'recovery_code'] },
    });
    server.clock.advance(60_000);
    const done = await confirm(server, { code: shown() });
    expect([done.status, done.body]).toEqual([200, { success: 'Password reset.' }]);
    const json = { email, password: newPassword };
    expect((await server.send('POST', '/api/login/', { json })).body.code).toBe(
      'second_factor_required',
    );
    expect(await droppedEvents(server)).toEqual([]);
  },
);

/** Signs in by mail, as far as that goes. */
async function byMail(server: TestServer) {
  const { body } = await server.send('POST', '/api/login/mail/', { json: { email } });
  const json = { flow: body.flow, code: (await mailTo(server, email)).code };
  return server.send('POST', '/api/login/mail/confirm/', { json });
}

const kindsOf = async (server: TestServer) =>
  (
    await server.deps.database.db
      .selectFrom('audit_events')
      .select('kind')
      .where('kind', 'in', ['email.verified', 'password.dropped', 'factors.dropped'])
      .execute()
  ).map(({ kind }) => kind);

test.each(Object.entries(makers))(
  '%s gave the email: a sign-in by mail alone leaves the password where the whole account was given',
  async (maker, make) => {
    await using server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
    await make(server);
    const json = { email, password: passwordBy(maker) };
    const before = await server.send('POST', '/api/login/', { json });
    expect((await byMail(server)).status).toBe(200);
    // Else a stranger may have registered it, here or at the old system: they keep neither password nor sessions.
    const isKept = isAccountGiven(maker);
    expect(await kindsOf(server)).toEqual([
      'email.verified',
      ...(isKept ? [] : ['password.dropped']),
    ]);
    const statuses = [
      await server.send('GET', '/api/me/', { token: before.body.access_token }),
      await server.send('POST', '/api/login/', { json }),
    ].map(({ status }) => status);
    expect(statuses).toEqual(isKept ? [200, 200] : [401, 401]);
  },
);

test.each(Object.entries(makers))(
  '%s gave the email: who reads its mail, and has no factor, changes nothing',
  async (maker, make) => {
    await using server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
    await make(server);
    const shown = await withApp(server, passwordBy(maker));
    const begun = await byMail(server);
    expect(begun.body.code).toBe('second_factor_required');
    expect(await kindsOf(server)).toEqual([]);
    const login = { json: { email, password: passwordBy(maker) } };
    const again = await server.send('POST', '/api/login/', login);
    expect(again.body.code).toBe('second_factor_required');
    server.clock.advance(60_000);
    const json = { flow: begun.body.flow, code: shown() };
    expect((await server.send('POST', '/api/login/second-factor/', { json })).status).toBe(200);
    expect(await kindsOf(server)).toEqual(['email.verified']);
  },
);

test('an email that users enter themselves is theirs alone once they prove it', async () => {
  await using server = await startServer();
  await makers['an administrator']?.(server);
  const { db } = server.deps.database;
  const given = () =>
    db
      .selectFrom('users')
      .select('is_email_given as isEmailGiven')
      .where('email', 'in', [email, 'own@example.com'])
      .execute();
  expect(await given()).toEqual([{ isEmailGiven: 1 }]);
  const login = { json: { email, password: goodPassword } };
  const { access_token: token } = (await server.send('POST', '/api/login/', login)).body;
  const json = { email: 'own@example.com' };
  expect((await server.send('PUT', '/api/me/', { token, json })).status).toBe(200);
  expect(await given()).toEqual([{ isEmailGiven: 0 }]);
});

test('an email that was given is so again when the user has it again', async () => {
  await using server = await startServer();
  await create(server);
  const login = { json: { email, password: goodPassword } };
  const { body: user } = await server.send('POST', '/api/login/', login);
  for (const next of ['own@example.com', email]) {
    expect((await put(server, user, next)).status).toBe(200);
    server.clock.advance(1);
  }
  await addApp(server, user);
  expect((await confirm(server)).body.code).toBe('second_factor_required');
});

test('an email that was given is so again when the reader of another one takes that off', async () => {
  await using server = await startServer();
  await create(server);
  const login = { json: { email, password: goodPassword } };
  const { body: user } = await server.send('POST', '/api/login/', login);
  const passkey = newAuthenticator();
  await addPasskey(server, user.access_token, passkey);
  server.clock.advance(1); // what is added in the moment of the change goes with it
  expect((await put(server, user, 'stranger@example.com')).status).toBe(200);
  const json = { email: 'stranger@example.com' };
  await server.send('POST', '/api/password-reset/', { json });
  const { text } = await mailTo(server, json.email);
  const [, token = ''] = /account\/release\/\?token=([\w-]{43})$/m.exec(text) ?? [];
  expect((await undo(server, token)).status).toBe(200);
  server.clock.advance(1);
  // What the user adds from now on is their own as well.
  const { secret } = await addApp(server, (await signInWithPasskey(server, passkey)).body);
  const done = await confirm(server, { code: shownCode(server, secret) });
  expect([done.status, done.body]).toEqual([200, { success: 'Password reset.' }]);
  expect(await droppedEvents(server)).toEqual([]);
});
