import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

const newPassword = 'a quite new horse';

let given = 0;
/** An email that no account has had. */
function newEmail(): string {
  given += 1;
  return `given${given}@example.com`;
}
/** An id above all that there are. */
const newId = () => given * 1_000;

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
async function change(server: TestServer, id: number, email: string) {
  const { access_token: token } = await server.signUpAdmin('superuser');
  const changed = await server.send('PATCH', `/api/admin/users/${id}/`, { token, json: { email } });
  expect(changed.status).toBe(200);
}

/** An administrator makes a user. */
async function create(server: TestServer, email: string): Promise<number> {
  const { access_token: token } = await server.signUpAdmin('superuser');
  const json = { email, password: goodPassword };
  return (await server.send('POST', '/api/admin/users/', { token, json })).body.id;
}

/** Ways in which an account gets its email. */
const makers: Record<string, (server: TestServer, email: string) => Promise<unknown>> = {
  'an administrator': create,
  'an administrator, instead of another one,': async (server, email) =>
    change(server, await create(server, `before.${email}`), email),
  'an administrator, to a user who registered,': async (server, email) =>
    change(server, (await server.signUp()).id, email),
  'an import': (server, email) => importOne(server, { id: newId(), email }),
  async 'an import, instead of another one,'(server, email) {
    await importOne(server, { id: newId(), email: `before.${email}` });
    await importOne(server, { id: newId(), email }, true);
  },
};
/** Whose account had the email from the beginning, and no stranger ever had the password. */
const isAccountGiven = (maker: string) => maker === 'an administrator';
const passwordBy = (maker: string) =>
  maker.startsWith('an import') ? importedPassword : goodPassword;

/** Signs in with the password that their maker gave them, and adds an app. */
async function withApp(server: TestServer, email: string, password: string) {
  const { body } = await server.send('POST', '/api/login/', { json: { email, password } });
  const { secret } = await addApp(server, body);
  return () => shownCode(server, secret);
}

const confirm = async (server: TestServer, email: string, second_factor?: object) => {
  const { flow, code } = await mailedCode(server, email);
  const json = { flow, code, password: newPassword, ...(second_factor && { second_factor }) };
  return server.send('POST', '/api/password-reset/confirm/', { json });
};

const kindsOf = async ({ deps: { database } }: TestServer, email: string) => {
  const { id } = await database.db
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  const rows = await database.db
    .selectFrom('audit_events')
    .select('kind')
    .where('user_id', '=', id)
    .where('kind', 'in', ['email.verified', 'password.dropped', 'factors.dropped'])
    .orderBy('id')
    .execute();
  return rows.map(({ kind }) => kind);
};

describe.each(Object.entries(makers))('%s gave the email', (maker, make) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('its first proof removes no factor', async () => {
    const email = newEmail();
    await make(server, email);
    const shown = await withApp(server, email, passwordBy(maker));
    expect((await confirm(server, email)).body).toMatchObject({
      ...{ code: 'second_factor_required', methods: ['totp', 'recovery_code'] },
    });
    server.clock.advance(60_000);
    const done = await confirm(server, email, { code: shown() });
    expect([done.status, done.body]).toEqual([200, { success: 'Password reset.' }]);
    const json = { email, password: newPassword };
    expect((await server.send('POST', '/api/login/', { json })).body.code).toBe(
      'second_factor_required',
    );
    expect(await kindsOf(server, email)).not.toContain('factors.dropped');
  });

  /** Signs in by mail, as far as that goes. */
  async function byMail(email: string) {
    const { body } = await server.send('POST', '/api/login/mail/', { json: { email } });
    const json = { flow: body.flow, code: (await mailTo(server, email)).code };
    return server.send('POST', '/api/login/mail/confirm/', { json });
  }

  test('a sign-in by mail alone leaves the password where the whole account was given', async () => {
    const email = newEmail();
    await make(server, email);
    const json = { email, password: passwordBy(maker) };
    const before = await server.send('POST', '/api/login/', { json });
    expect((await byMail(email)).status).toBe(200);
    // Else a stranger may have registered it, here or at the old system: they keep neither password nor sessions.
    const isKept = isAccountGiven(maker);
    expect(await kindsOf(server, email)).toEqual([
      'email.verified',
      ...(isKept ? [] : ['password.dropped']),
    ]);
    const statuses = [
      await server.send('GET', '/api/me/', { token: before.body.access_token }),
      await server.send('POST', '/api/login/', { json }),
    ].map(({ status }) => status);
    expect(statuses).toEqual(isKept ? [200, 200] : [401, 401]);
  });

  test('who reads its mail, and has no factor, changes nothing', async () => {
    const email = newEmail();
    await make(server, email);
    const shown = await withApp(server, email, passwordBy(maker));
    const begun = await byMail(email);
    expect(begun.body.code).toBe('second_factor_required');
    expect(await kindsOf(server, email)).toEqual([]);
    const login = { json: { email, password: passwordBy(maker) } };
    const again = await server.send('POST', '/api/login/', login);
    expect(again.body.code).toBe('second_factor_required');
    server.clock.advance(60_000);
    const json = { flow: begun.body.flow, code: shown() };
    expect((await server.send('POST', '/api/login/second-factor/', { json })).status).toBe(200);
    expect(await kindsOf(server, email)).toEqual(['email.verified']);
  });
});

test('an email that users enter themselves is theirs alone once they prove it', async () => {
  await using server = await startServer();
  const email = newEmail();
  await create(server, email);
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
  const email = newEmail();
  await create(server, email);
  const login = { json: { email, password: goodPassword } };
  const { body: user } = await server.send('POST', '/api/login/', login);
  for (const next of ['own@example.com', email]) {
    expect((await put(server, user, next)).status).toBe(200);
    server.clock.advance(1);
  }
  await addApp(server, user);
  expect((await confirm(server, email)).body.code).toBe('second_factor_required');
});

test('an email that was given is so again when the reader of another one takes that off', async () => {
  await using server = await startServer();
  const email = newEmail();
  await create(server, email);
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
  const done = await confirm(server, email, { code: shownCode(server, secret) });
  expect([done.status, done.body]).toEqual([200, { success: 'Password reset.' }]);
  expect(await kindsOf(server, email)).not.toContain('factors.dropped');
});
