import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import {
  goodPassword,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../../../../test/harness.ts';
import { mailedCode } from '../../../../test/mailed-codes.ts';
import { importUsers } from '../../administration/user-import/index.ts';

/**
 * No stranger registered an account that the operator, an administrator or an import has made: who reads the mail of its email
 * proves that for the first time, and has one factor of two.
 */

const email = 'given@example.com';
const newPassword = 'a quite new horse';

/** Ways in which an account gets its email. */
const makers: Record<string, (server: TestServer) => Promise<unknown>> = {
  async 'an administrator'(server) {
    const { access_token: token } = await server.signUpAdmin('superuser');
    const json = { email, password: goodPassword };
    await server.send('POST', '/api/admin/users/', { token, json });
  },
  async 'an import'(server) {
    using folder = temporaryFolder();
    const path = join(folder.path, 'users.jsonl');
    const hash = '$2b$06$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.';
    writeFileSync(path, JSON.stringify({ email, password_hash: hash }));
    const actor = { kind: 'cli', name: 'test' } as const;
    await importUsers(server.deps, path, { actor, onLeft: () => undefined });
  },
};

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
    const shown = await withApp(
      server,
      maker === 'an import' ? 'correct horse bättery' : goodPassword,
    );
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
