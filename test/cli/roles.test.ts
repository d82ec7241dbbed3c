import { expect, test } from 'vitest';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { commandLine, serve } from './command-line.ts';

test('roles are created, assigned, changed and deleted, and a running server applies it at once', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await using server = await serve(folder.path);
  const email = 'ada@example.com';
  const password = goodPassword;
  await send(server.origin, 'POST', '/api/register/', { json: { email, password } });
  const login = await send(server.origin, 'POST', '/api/login/', { json: { email, password } });
  const may = async () => {
    const own = { token: login.body.access_token };
    const { body } = await send(server.origin, 'GET', '/api/me/permissions/', own);
    return [body.is_superuser, body.roles, body.permissions];
  };

  expect((await run('roles list')).stderr).toBe(
    'No roles yet. To create one: latchkey roles create support\n',
  );
  const made = await run(
    'roles create support users.view users.view a.b --description Mail --json',
  );
  expect(JSON.parse(made.stdout)).toMatchObject({
    id: 1,
    name: 'support',
    description: 'Mail',
    permissions: ['a.b', 'users.view'],
    required_acr: 'aal1',
    user_count: 0,
  });
  expect(await run(`roles assign support ${email}`)).toMatchObject({
    status: 0,
    stdout: `Assigned role support to user 1 (${email}).\n`,
  });
  const again = await run(`roles assign support ${email}`);
  expect([again.status, again.stdout]).toEqual([
    0,
    `Nothing to change: role support is already assigned to user 1 (${email}).\n`,
  ]);
  expect(await may()).toEqual([false, ['support'], ['a.b', 'users.view']]);
  expect((await run('users show 1')).stdout).toMatch(/^Roles {10}support\nPermissions {4}none$/m);
  expect((await run('roles list')).stdout.split('\n').slice(0, 2)).toEqual([
    'ID  NAME     USERS  PERMISSIONS  REQUIRES  DESCRIPTION',
    '1   support  1      2            aal1      Mail',
  ]);
  expect((await run('roles grant support roles.view')).stdout).toBe(
    'Role support grants: a.b, roles.view, users.view.\n',
  );
  expect((await run('roles revoke 1 a.b users.view')).stdout).toBe(
    'Role support grants: roles.view.\n',
  );
  expect(await may()).toEqual([false, ['support'], ['roles.view']]);
  expect((await run('roles show support')).stdout).toMatch(/^Permissions {2}roles\.view$/m);
  expect((await run('roles unassign support 1')).stdout).toBe(
    `Unassigned role support from user 1 (${email}).\n`,
  );
  expect((await run('roles unassign support 1')).stdout).toBe(
    `Nothing to change: role support was not assigned to user 1 (${email}).\n`,
  );
  expect(await may()).toEqual([false, [], []]);

  expect((await run('users promote 1 --yes')).stdout).toBe(`Promoted user 1 (${email}).\n`);
  expect((await may())[0]).toBe(true);
  expect(await run('users demote 1')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^User 1 is the last active superuser\./),
  });
  expect((await run('roles delete support --yes')).stdout).toBe(
    'Deleted role support; 0 users had it.\n',
  );
});

test('what cannot be is said', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');
  await run('roles create support');
  const answers = await Promise.all(
    ['roles show none', 'roles show 7', 'roles create Support', 'roles create support'].map(
      (line) => run(line),
    ),
  );
  expect(answers.map(({ status, stderr }) => [status, stderr])).toEqual([
    [1, 'No role "none". See: latchkey roles list\n'],
    [1, 'No role 7. See: latchkey roles list\n'],
    [2, expect.stringMatching(/^name: Enter a valid name: a lower-case letter/)],
    [2, 'name: A role with that name already exists.\n'],
  ]);
  expect(await run('roles grant support users.veiw')).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^There is no permission "users\.veiw"/),
  });
  expect(await run('roles assign gil@example.com support')).toMatchObject({
    status: 2,
    stderr: 'The role comes first: latchkey roles assign ROLE gil@example.com\n',
  });
});

test('a misspelt permission is neither revoked nor granted without a word', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');
  await run('roles create support users.view users.create');
  expect(await run('roles revoke support users.create users.veiw')).toMatchObject({
    status: 1,
    stdout: '',
    stderr:
      'Role support does not have the permission "users.veiw". Did you mean users.view?\n' +
      'Nothing was changed.\n',
  });
  expect(await run('roles grant support users.veiw')).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/Did you mean users\.view\?\n$/),
  });
  expect(await run('roles grant support user.view orders.view')).toMatchObject({
    status: 0,
    stdout: 'Role support grants: orders.view, user.view, users.create, users.view.\n',
    stderr: '"user.view" is a permission of your application. Did you mean users.view?\n',
  });
});
