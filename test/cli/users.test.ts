import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { atTerminal, commandLine, scriptCommand, serve } from './command-line.ts';

const newPassword = 'another horse battery';

test('users are made, listed and shown, by the rules of registration', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  expect(await run('users list')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^There is no database at .*latchkey migrate\n$/),
  });
  expect((await run('migrate')).status).toBe(0);

  const ada = await run('users create Ada@Example.com --superuser --password-stdin', {
    input: `${goodPassword}\n`,
  });
  expect(ada).toEqual({ status: 0, stdout: 'Made superuser 1, Ada@example.com.\n', stderr: '' });
  const bob = await run('users create bob@example.com --no-password --json');
  expect(JSON.parse(bob.stdout)).toMatchObject({
    id: 2,
    email: 'bob@example.com',
    username: '',
    is_active: true,
    is_superuser: false,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });

  expect(await run('users create nobody --password-stdin', { input: 'x' })).toEqual({
    status: 2,
    stdout: '',
    stderr: 'email: Enter a valid email address.\n',
  });
  expect(await run('users create eve@example.com', { input: goodPassword })).toEqual({
    status: 2,
    stdout: '',
    stderr:
      'There is no terminal to ask for the password on. Give --password-stdin or --no-password.\n',
  });

  const first = await run('users list --limit 1 --json');
  expect(JSON.parse(first.stdout)).toMatchObject([{ id: 1, is_superuser: true }]);
  const [, after] = /^There are more: --after (\S+)\n$/.exec(first.stderr) ?? [];
  expect(JSON.parse((await run(`users list --after ${after} --json`)).stdout)).toMatchObject([
    { id: 2 },
  ]);
  expect((await run(`users list --search BOB --after ${after}`)).stderr).toBe(
    '--after: This cursor is not of this list. Begin again without one.\n',
  );
  expect((await run('users list --search BOB')).stdout.split('\n')).toEqual([
    'ID  ACTIVE  SUPERUSER  VERIFIED  CREATED               EMAIL            USERNAME',
    expect.stringMatching(
      /^2 {3}yes {5}no {9}no {8}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}bob@example\.com$/,
    ),
    '',
  ]);

  await run('roles create support users.view');
  await run('roles assign support bob@example.com');
  const ids = async (filters: string) =>
    JSON.parse((await run(`users list ${filters} --json`)).stdout).map(
      ({ id }: { id: number }) => id,
    );
  expect(await ids('--superusers')).toEqual([1]);
  expect(await ids('--role support --status active')).toEqual([2]);
  expect(await ids('--acr aal1')).toEqual([1, 2]);
  expect(await run('users list --acr phr')).toMatchObject({ status: 0, stderr: 'No such user.\n' });
  expect(await run('users list --acr none')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('aal1, aal2, phr'),
  });
  expect(await run('users list --role nothing')).toMatchObject({
    status: 1,
    stderr: 'No role "nothing". See: latchkey roles list\n',
  });

  expect((await run('users show ADA@example.com')).stdout).toMatch(
    /^ID {13}1\n.*^Password {7}set\nSigns in {7}aal1 \(no second factor\)\nLive sessions {2}0$/ms,
  );
  expect(await run('users show 7')).toMatchObject({
    status: 1,
    stderr: 'No user 7. See: latchkey users list\n',
  });
});

test('what is done to a user holds at once for the server that runs', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await using server = await serve(folder.path);
  const email = 'ada@example.com';
  const login = (password: string) =>
    send(server.origin, 'POST', '/api/login/', { json: { email, password } });
  const me = async (token: string) => {
    const { status, body } = await send(server.origin, 'GET', '/api/me/', { token });
    return [status, body.code];
  };

  await run(`users create ${email} --password-stdin`, { input: goodPassword });
  const { access_token: first } = (await login(goodPassword)).body;
  expect(JSON.parse((await run(`users show ${email} --json`)).stdout).live_sessions).toBe(1);

  expect(await run('users set-password 1 --password-stdin', { input: newPassword })).toMatchObject({
    status: 0,
    stdout: `Set the password of user 1 (${email}); 1 session ended.\n`,
  });
  expect(await me(first)).toEqual([401, 'password_changed']);
  expect((await login(goodPassword)).status).toBe(401);
  const { access_token: second } = (await login(newPassword)).body;

  const refused = await run('users delete 1');
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('give --yes');
  expect(await me(second)).toEqual([200, undefined]);

  expect(JSON.parse((await run('users deactivate 1 --yes --json')).stdout)).toEqual({
    id: 1,
    is_active: false,
    ended_sessions: 1,
  });
  expect(await me(second)).toEqual([401, 'user_inactive']);
  expect((await login(newPassword)).status).toBe(401);

  expect((await run(`users activate ${email}`)).stdout).toBe(`Activated user 1 (${email}).\n`);
  expect(await me(second)).toEqual([401, 'user_deactivated']);
  const { access_token: third } = (await login(newPassword)).body;

  expect((await run('users delete 1 --yes')).stdout).toBe(`Deleted user 1 (${email}).\n`);
  expect(await me(third)).toEqual([401, 'user_inactive']);
  expect((await run('users show 1')).status).toBe(1);
  const next = await run(`users create ${email} --no-password --json`);
  expect(JSON.parse(next.stdout).id).toBe(2); // ids are never used again
});

test.skipIf(!existsSync(scriptCommand))(
  'at a terminal passwords are asked for twice, unseen, and deleting is asked for',
  async () => {
    using folder = temporaryFolder();
    const data = ['--data', folder.path];
    const run = commandLine(folder.path);
    await run('migrate');

    const made = await atTerminal(
      ['users', 'create', 'ada@example.com', ...data],
      [
        { after: 'Password:', type: goodPassword },
        { after: 'again:', type: 'not the same' },
        { after: 'Password:', type: goodPassword },
        { after: 'again:', type: goodPassword },
      ],
    );
    expect(made.stdout).toContain('They differ.');
    expect(made.stdout).toContain('Made user 1, ada@example.com.');
    expect(made.stdout).not.toContain('horse');
    expect(made.status).toBe(0);

    const remove = ['users', 'delete', '1', ...data];
    const kept = await atTerminal(remove, [{ after: 'for good?', type: 'n' }]);
    expect(kept.stdout).toContain('Delete user 1 (ada@example.com) with 0 sessions, for good?');
    expect(kept.stdout).toContain('Nothing was changed.');
    expect(kept.status).toBe(1);
    const removed = await atTerminal(remove, [{ after: 'for good?', type: 'y' }]);
    expect(removed.stdout).toContain('Deleted user 1');
    expect(removed.status).toBe(0);
  },
);
