import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { root } from '../docs/documents.ts';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { commandLine, serve } from './command-line.ts';

const email = 'ada@example.com';

function client(origin: string) {
  const post = (path: string, json: unknown) => send(origin, 'POST', path, { json });
  return {
    register: (address: string) =>
      post('/api/register/', { email: address, password: goodPassword }),
    async login(): Promise<{ token: string; sessionId: number }> {
      const { body } = await post('/api/login/', { email, password: goodPassword });
      const sessionId = Number(decodeJwt(body.access_token).sid);
      return { token: body.refresh_token, sessionId };
    },
    /** The next token, or why there is none. */
    async refresh(token: string): Promise<string> {
      const { body } = await post('/api/refresh/', { refresh_token: token });
      return body.refresh_token ?? body.code;
    },
    logOut: (token: string) => post('/api/logout/', { refresh_token: token }),
  };
}

test('a backup of a server that runs is restored, and what came after it does no harm', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const file = join(folder.path, 'copy.db');
  const run = commandLine(data);
  const stale = { refreshed: '', first: '', loggedOut: '', lost: '' };
  let idle = '';

  {
    await using server = await serve(data);
    const { register, login, refresh, logOut } = client(server.origin);
    await register(email);
    stale.first = (await login()).token;
    stale.loggedOut = (await login()).token;
    idle = (await login()).token;

    const made = await run(`backup ${file}`);
    expect(made.stdout).toMatch(/^Wrote .*copy\.db: [\d.]+ KiB, 1 user, 3 sessions\.\n$/);
    expect(made.stderr).toContain(`Keep a copy of ${join(data, 'secret-key')} elsewhere`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await run(`backup ${file}`)).toMatchObject({
      status: 1,
      stderr: 'copy.db is there already. Name another, or replace it: --force\n',
    });

    stale.refreshed = await refresh(stale.first);
    await logOut(stale.loggedOut);
    stale.lost = (await login()).token;
    await register('eve@example.com');
    expect(await run(`restore ${file} --force`)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^A server \(process \d+\) runs on .*Stop it first/),
    });
  }

  expect(await run(`restore ${file}`)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('To replace it (it is kept beside): --force'),
  });
  expect(await run(`restore ${file} --force`)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(
      /^Restored .*\nThe database that was there is kept as .*\.before-restore-\d+T\d+Z\.\nEnded 2 sessions that had changed/,
    ),
    stderr: '',
  });

  {
    await using server = await serve(data);
    const { register, login, refresh } = client(server.origin);
    expect(await refresh(stale.refreshed)).toBe('database_restored');
    expect(await refresh(stale.first)).toBe('database_restored');
    expect(await refresh(stale.loggedOut)).toBe('logged_out');
    expect(await refresh(stale.lost)).toBe('invalid_refresh_token');
    expect((await register('bob@example.com')).body.id).toBe(3); // 2 was given out
    expect((await login()).sessionId).toBe(5); // so was 4
    stale.refreshed = await refresh(idle);
    expect(stale.refreshed).toMatch(/^[0-9a-f-]{36}$/);
  }

  await run('users deactivate ada@example.com --yes');
  const again = await run(`restore ${file} --force`);
  expect(again.stdout).toContain(
    'as they were deactivated or deleted since: ada@example.com (1)\n',
  );
  expect((await run('users show ada@example.com --json')).stdout).toContain('"is_active": false');

  rmSync(join(data, 'latchkey.db'));
  const restored = await run(`restore ${file} --json`);
  expect(JSON.parse(restored.stdout)).toMatchObject({ is_continued: false, kept_as: null });

  await using server = await serve(data);
  const { login, refresh } = client(server.origin);
  expect((await login()).sessionId).toBeGreaterThan(1_000_000);
  // The client comes with a token of the lost time: a thief with the token before it does not get in.
  expect(await refresh(stale.refreshed)).toBe('database_restored');
  expect(await refresh(idle)).toBe('database_restored');
});

test('a restore names the users and settings that have the older password, email and value again', async () => {
  using folder = temporaryFolder();
  const run = commandLine(join(folder.path, 'data'));
  const file = join(folder.path, 'copy.db');
  await run('migrate');
  const create = (name: string) =>
    run(`users create ${name}@example.com --password-stdin`, { input: goodPassword });
  await create('ada');
  await create('bob');
  await run('settings set SESSION_MAX_AGE 86400');
  await run(`backup ${file}`);
  await run('users set-password bob@example.com --password-stdin', { input: `${goodPassword}-2` });
  const database = new DatabaseSync(join(folder.path, 'data/latchkey.db'));
  database.exec(
    `update users set email = 'new@example.com', email_normalized = 'new@example.com' where id = 1`,
  );
  database.close();
  await run('settings set PASSWORD_MIN_LENGTH 15');
  await run('settings reset SESSION_MAX_AGE');
  const newest = join(folder.path, 'newest.db');
  await run(`backup ${newest}`);

  const { status, stderr } = await run(`restore ${file} --force`);
  expect(status).toBe(0);
  expect(stderr).toBe(
    '1 user changed the password since; the older one is good again: bob@example.com (2)\n' +
      'Where one was changed because it was stolen: latchkey users set-password EMAIL\n' +
      '1 user changed the email since; the older one is good again, also to reset the password: ' +
      'ada@example.com (1) (was new@example.com)\n' +
      'Where the older mailbox is in the wrong hands: latchkey users deactivate EMAIL\n' +
      'Settings that have the value of the backup again: PASSWORD_MIN_LENGTH default (was 15), ' +
      'SESSION_MAX_AGE 86400 (was default)\n' +
      'To set one: latchkey settings set NAME VALUE\n',
  );
  await run(`restore ${newest} --force`);
  const { stdout } = await run(`restore ${file} --force --json`);
  expect(JSON.parse(stdout)).toMatchObject({
    older_passwords: [{ id: 2, email: 'bob@example.com' }],
    older_emails: [{ id: 1, email: 'ada@example.com', newer: 'new@example.com' }],
    older_settings: [
      { name: 'PASSWORD_MIN_LENGTH', value: null, newer: '15' },
      { name: 'SESSION_MAX_AGE', value: '86400', newer: null },
    ],
  });
});

test('a refresh token of Django that was used is not valid again after a restore and a second import', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const file = join(folder.path, 'copy.db');
  const dump = join(root, 'test/docs/django-dump.json');
  const run = commandLine(data);
  const unused = '11111111-1111-4111-8111-111111111111';
  const loggedOut = '22222222-2222-4222-8222-222222222222';
  const refreshed = '33333333-3333-4333-8333-333333333333';
  await run('migrate');
  await run(`backup ${file}`);
  await run(`import users ${dump}`);
  {
    await using server = await serve(data);
    const { refresh, logOut } = client(server.origin);
    expect((await logOut(loggedOut)).status).toBe(200);
    expect(await refresh(refreshed)).toMatch(/^[0-9a-f-]{36}$/);
  }
  expect((await run(`restore ${file} --force`)).status).toBe(0);
  await run(`import users ${dump}`);
  await using server = await serve(data);
  const { refresh } = client(server.origin);
  expect(await refresh(loggedOut)).toBe('invalid_refresh_token');
  expect(await refresh(refreshed)).toBe('invalid_refresh_token');
  expect(await refresh(unused)).toMatch(/^[0-9a-f-]{36}$/);
});
