import { expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';
import { createPasswordPolicy, createPasswords } from '../../identity/passwords/index.ts';
import {
  activateUser,
  addUser,
  checkNewEmail,
  deactivateUser,
  findUser,
  newPasswordProblems,
  removeUser,
  setUserPassword,
  viewUser,
} from './index.ts';

const actor = { kind: 'cli', name: 'ada' } as const;

async function addUsers(server: TestServer, count: number, isSuperuser = false): Promise<void> {
  await using hashes = hashing(server);
  for (let n = 1; n <= count; n += 1) {
    const account = { email: `user_${n}@example.com`, password: null, isSuperuser };
    await addUser({ ...server.deps, ...hashes }, account, actor);
  }
}

function hashing({ deps }: TestServer) {
  const passwords = createPasswords(deps, 1);
  const passwordPolicy = createPasswordPolicy(deps);
  return { passwords, passwordPolicy, [Symbol.asyncDispose]: () => passwords.close() };
}

test('emails and passwords follow the rules of registration', async () => {
  await using server = await startServer();
  await addUsers(server, 1);
  const invalid = (email: string[]) => ({
    code: 'invalid_fields',
    options: { members: { email } },
  });
  await expect(checkNewEmail(server.deps, ' a@example.com ')).resolves.toBe('a@example.com');
  await expect(checkNewEmail(server.deps, 'a@')).rejects.toMatchObject(
    invalid(['Enter a valid email address.']),
  );
  await expect(checkNewEmail(server.deps, `${'a'.repeat(254)}@example.com`)).rejects.toMatchObject(
    invalid(['Ensure this field has no more than 254 characters.']),
  );
  await expect(checkNewEmail(server.deps, 'USER_1@example.com')).rejects.toMatchObject({
    code: 'email_taken',
    message: 'USER_1@example.com: user with this email address already exists.',
  });

  const deps = { passwordPolicy: createPasswordPolicy(server.deps) };
  const problems = (text: string) => newPasswordProblems(deps, text, { email: 'ada@example.com' });
  expect(await problems(goodPassword)).toEqual([]);
  expect(await problems('   ')).toEqual(['This field may not be blank.']);
  expect(await problems('\0')).toEqual(['Null characters are not allowed.']);
  expect(await problems('x'.repeat(129))).toEqual([
    'Ensure this field has no more than 128 characters.',
  ]);
  expect(await problems(' example ')).toEqual([
    'This password is too short. It must contain at least 8 characters.',
    'This password is too common.',
    'The password is too similar to the email address.',
  ]);
});

test('users are found by id and by email in any letter case', async () => {
  await using server = await startServer();
  await addUsers(server, 3);
  expect(await findUser(server.deps, { email: 'User_2@EXAMPLE.com' })).toMatchObject({ id: 2 });
  await expect(findUser(server.deps, { id: 9 })).rejects.toMatchObject({
    code: 'no_such_user',
    message: 'No user 9.',
  });
});

test('a new password, and being deactivated, end the sessions of that user and no other', async () => {
  await using server = await startServer();
  await using hashes = hashing(server);
  const { id, email } = await server.signUp();
  const other = await server.signUp();
  const deps = { ...server.deps, ...hashes };
  const login = (password: string) =>
    server.send('POST', '/api/login/', { json: { email, password } });
  await login(goodPassword);
  expect(await viewUser(deps, { id })).toMatchObject({ hasPassword: true, liveSessions: 2 });

  expect(await setUserPassword(deps, id, ' new horse ', actor)).toBe(2);
  expect((await login(goodPassword)).status).toBe(401);
  const { access_token: token } = (await login('new horse')).body;

  expect(await deactivateUser(deps, id, actor)).toBe(1);
  expect(await deactivateUser(deps, id, actor)).toBe(0);
  expect((await login('new horse')).status).toBe(401);
  await activateUser(deps, id, actor);
  const me = await server.send('GET', '/api/me/', { token });
  expect(me.body.code).toBe('user_deactivated');
  expect((await login('new horse')).status).toBe(200);

  await removeUser(deps, id, actor);
  await expect(removeUser(deps, id, actor)).rejects.toMatchObject({ code: 'no_such_user' });
  await expect(setUserPassword(deps, id, 'x', actor)).rejects.toMatchObject({
    code: 'no_such_user',
  });
  expect(await server.deps.database.db.selectFrom('sessions').select('user_id').execute()).toEqual([
    { user_id: other.id },
  ]);
});

test('the last active superuser stays, also when two operators remove the last two at once', async () => {
  await using server = await startServer();
  await addUsers(server, 2, true);
  const { deps } = server;
  await deactivateUser(deps, 1, actor);
  await expect(deactivateUser(deps, 2, actor)).rejects.toMatchObject({ code: 'last_superuser' });
  await expect(removeUser(deps, 2, actor)).rejects.toMatchObject({ code: 'last_superuser' });
  await removeUser(deps, 1, actor); // is not active
  await expect(removeUser(deps, 2, actor)).rejects.toMatchObject({ code: 'last_superuser' });

  const second = await server.signUp();
  const { db } = deps.database;
  await db.updateTable('users').set({ is_superuser: 1 }).where('id', '=', second.id).execute();
  const elsewhere = { ...deps, database: server.openDatabase() };
  const both = await Promise.allSettled([
    removeUser(deps, 2, actor),
    removeUser(elsewhere, second.id, actor),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await elsewhere.database.close();
});
