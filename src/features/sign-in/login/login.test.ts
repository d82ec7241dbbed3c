import { pino } from 'pino';
import { expect, test } from 'vitest';
import { until } from '../../../../test/eventually.ts';
import { cheapHashes, goodPassword, startServer } from '../../../../test/harness.ts';
import { setSetting } from '../../../settings/change-settings.ts';
import { parseSetting } from '../../../settings/registry.ts';
import { decoyHash } from '../../identity/passwords/password-hashes.ts';
import { createUser, findUserByEmail, updateUser } from '../../identity/users/index.ts';

const djangoHash =
  'pbkdf2_sha256$260000$PohKOJLhhp95YjCrJoi6CG$rOfl+mzyDdk6C/GPwpVrtXDlGNVZsJZWyCL0pgTasIQ=';
const djangoPassword = 'correct horse bättery';

test('an account of another system signs in with its password, whose hash is then ours', async () => {
  await using server = await startServer({ realHashes: true });
  const email = 'moved@example.com';
  await createUser(server.deps, { email, passwordHash: djangoHash }, { kind: 'system' });
  const login = (password: string) =>
    server.send('POST', '/api/login/', { json: { email, password } });
  const hashNow = async () => (await findUserByEmail(server.deps.database.db, email))?.passwordHash;

  expect((await login('wrong')).status).toBe(401);
  expect(await hashNow()).toBe(djangoHash);

  expect((await login(djangoPassword)).status).toBe(200);
  const replaced = await hashNow();
  expect(replaced).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);

  expect((await login(djangoPassword)).status).toBe(200);
  expect(await hashNow()).toBe(replaced);
  expect((await login('wrong')).status).toBe(401);
});

test('no new hash is made for a deactivated user: its time would tell that the password is right', async () => {
  const answers: unknown[] = [];
  await using server = await startServer({ onHash: (_task, answer) => answers.push(answer) });
  const { db } = server.deps.database;
  const account = { email: 'moved.asleep@example.com', passwordHash: djangoHash };
  const user = await createUser(server.deps, account, { kind: 'system' });
  const setActive = (isActive: 0 | 1) =>
    updateUser(db, user?.id ?? 0, { isActive, updatedAtMs: 0 });
  const login = (password: string) =>
    server.send('POST', '/api/login/', { json: { email: account.email, password } });
  const hashNow = async () => (await findUserByEmail(db, account.email))?.passwordHash;

  await setActive(0);
  const refused = [await login(djangoPassword), await login('wrong')];
  expect(refused.map(({ status }) => status)).toEqual([401, 401]);
  expect(answers).toEqual([
    { isRight: true, isUsable: true },
    { isRight: false, isUsable: true },
  ]);
  expect(await hashNow()).toBe(djangoHash);

  await setActive(1);
  expect((await login(djangoPassword)).status).toBe(200);
  expect(answers[2]).toMatchObject({ isRight: true, newHash: await hashNow() });
  expect(await hashNow()).toMatch(/^\$argon2id/);
});

test('an account without a password cannot be signed in to', async () => {
  await using server = await startServer({ realHashes: true });
  const email = 'invited@example.com';
  await createUser(server.deps, { email, passwordHash: null }, { kind: 'system' });
  for (const password of ['', 'null', 'x']) {
    const answer = await server.send('POST', '/api/login/', { json: { email, password } });
    expect(answer.status).toBe(401);
    expect(answer.body.error).toBe('Invalid credentials');
  }
});

test('a change of the hash parameters holds for the next hash, and replaces old ones at login', async () => {
  await using server = await startServer({ realHashes: true });
  const { email } = await server.signUp();
  const hashNow = async () => (await findUserByEmail(server.deps.database.db, email))?.passwordHash;
  const old = await hashNow();
  expect(old).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);

  const origin = { actor: 'test', reason: '' };
  await setSetting(server.deps, 'PASSWORD_HASH_MEMORY', 20_480, origin);
  await setSetting(server.deps, 'PASSWORD_HASH_PASSES', 3, origin);
  await setSetting(server.deps, 'PASSWORD_HASH_LANES', 2, origin);
  const login = (password: string) =>
    server.send('POST', '/api/login/', { json: { email, password } });
  expect((await login('wrong')).status).toBe(401);
  expect(await hashNow()).toBe(old);
  expect((await login(goodPassword)).status).toBe(200);
  expect(await hashNow()).toMatch(/^\$argon2id\$v=19\$m=20480,t=3,p=2\$/);
  expect((await login(goodPassword)).status).toBe(200);

  const next = await server.signUp();
  expect((await findUserByEmail(server.deps.database.db, next.email))?.passwordHash).toMatch(
    /^\$argon2id\$v=19\$m=20480,t=3,p=2\$/,
  );
});

test.each([
  ['PASSWORD_HASH_MEMORY', '19455'],
  ['PASSWORD_HASH_MEMORY', '262145'],
  ['PASSWORD_HASH_PASSES', '1'],
  ['PASSWORD_HASH_PASSES', '9'],
  ['PASSWORD_HASH_LANES', '0'],
] as const)('%s does not take %s', (name, text) => {
  expect(() => parseSetting(name, text)).toThrow(/ is from \d+ to \d+ /);
});

test.each([
  ['scrypt$1048576$salt$8$1$rOfl+mzyDdk6C/GPwpVrtXDlGNVZsJZWyCL0pgTasIQ=', /more than 256 MiB/],
  ['$2b$03$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.', /cost is below 4/],
  ['md5$salt$5f4dcc3b5aa765d61d8327deb882cf99', /in a form that is known/],
])(
  '%s cannot be checked: refused as a wrong password is, at its cost, and told',
  async (hash, problem) => {
    const checked: unknown[] = [];
    const lines: string[] = [];
    await using server = await startServer({
      onHash: (task) => checked.push('hash' in task && task.hash),
      log: pino({}, { write: (line: string) => lines.push(line) }),
    });
    const account = { email: 'locked.out@example.com', passwordHash: hash };
    const user = await createUser(server.deps, account, { kind: 'system' });
    const login = (email: string) =>
      server.send('POST', '/api/login/', { json: { email, password: djangoPassword } });

    const { body: unknown } = await login('nobody@example.com');
    const [first, second] = [await login(account.email), await login(account.email)];
    expect([first.status, second.status]).toEqual([401, 401]);
    expect({ ...first.body, request_id: '' }).toEqual({ ...unknown, request_id: '' });
    const decoy = decoyHash(cheapHashes);
    expect(checked).toEqual([decoy, decoy, decoy]);

    const { unusableHashes } = server.deps.metrics;
    expect((await unusableHashes.get()).values[0]?.value).toBe(2);
    const warnings = lines.filter((line) =>
      line.includes('a stored password hash cannot be checked'),
    );
    expect(warnings.map((line) => JSON.parse(line).problem)).toEqual([
      expect.stringMatching(problem),
    ]);
    expect(lines.join('')).not.toContain(hash.slice(-12));
    expect(lines.join('')).not.toContain('locked.out');

    const failed = server.deps.database.db
      .selectFrom('audit_events')
      .select('details')
      .where('kind', '=', 'login.failed')
      .where('user_id', '=', user?.id ?? 0);
    const event = await until(() => failed.executeTakeFirst());
    expect(JSON.parse(event.details).reason).toBe('unusable_hash');
  },
);

test('many first sign-ins at once with a hash of another system all succeed', async () => {
  await using server = await startServer();
  const email = 'moved.many@example.com';
  await createUser(server.deps, { email, passwordHash: djangoHash }, { kind: 'system' });
  const json = { email, password: djangoPassword };
  const logins = [0, 1, 2, 3, 4].map(() => server.send('POST', '/api/login/', { json }));
  for (const { status } of await Promise.all(logins)) expect(status).toBe(200);
});
