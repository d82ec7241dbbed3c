import { expect, test } from 'vitest';
import { startServer } from '../../../test/harness.ts';
import { createUser, findUserByEmail } from '../users/index.ts';

const djangoHash =
  'pbkdf2_sha256$260000$PohKOJLhhp95YjCrJoi6CG$rOfl+mzyDdk6C/GPwpVrtXDlGNVZsJZWyCL0pgTasIQ=';
const djangoPassword = 'correct horse bättery';

test('an account of another system signs in with its password, whose hash is then ours', async () => {
  await using server = await startServer();
  const email = 'moved@example.com';
  await createUser(server.deps, { email, passwordHash: djangoHash });
  const login = (password: string) =>
    server.send('POST', '/api/login/', { json: { email, password } });
  const hashNow = async () =>
    (await findUserByEmail(server.deps.database.db, email))?.password_hash;

  expect((await login('wrong')).status).toBe(401);
  expect(await hashNow()).toBe(djangoHash);

  expect((await login(djangoPassword)).status).toBe(200);
  const replaced = await hashNow();
  expect(replaced).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);

  expect((await login(djangoPassword)).status).toBe(200);
  expect(await hashNow()).toBe(replaced);
  expect((await login('wrong')).status).toBe(401);
});

test('an account without a password cannot be signed in to', async () => {
  await using server = await startServer();
  const email = 'invited@example.com';
  await createUser(server.deps, { email, passwordHash: null });
  for (const password of ['', 'null', 'x']) {
    const answer = await server.send('POST', '/api/login/', { json: { email, password } });
    expect(answer.status).toBe(401);
    expect(answer.body.error).toBe('Invalid credentials');
  }
});
