import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { createSigner } from 'fast-jwt';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  startServer,
  type TestServer,
  temporaryFolder,
  testSecret,
} from '../../../../test/harness.ts';
import { importUsers, type LeftRow } from './index.ts';

let server: TestServer;
const folder = temporaryFolder();

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Made by Python's bcrypt, of a low cost. */
const hash = '$2b$06$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.';
const password = 'correct horse bättery';

type Options = Partial<Parameters<typeof importUsers>[2]>;

async function importText(text: string | Buffer, options: Options = {}, on = server) {
  const path = join(folder.path, randomBytes(6).toString('hex'));
  writeFileSync(path, text);
  const left: LeftRow[] = [];
  const actor = { kind: 'cli', name: 'test' } as const;
  const onLeft = (row: LeftRow) => left.push(row);
  const summary = await importUsers(on.deps, path, { actor, onLeft, ...options });
  return { summary, left };
}

const logIn = (email: string, on = server) =>
  on.send('POST', '/api/login/', { json: { email, password } });

const usersLike = (pattern: string) =>
  server.deps.database.db
    .selectFrom('users')
    .selectAll()
    .where('email', 'like', pattern)
    .orderBy('id')
    .execute();

const csv = `email,username,password_hash,is_active,is_superuser,created_at
Ada@csv.example.com,ada,${hash},,,2020-01-31 12:00:00+01
bob@csv.example.com,,${hash},false,,2020-01-31
"eve@csv.example.com",eve,,true,1,2020-01-31T12:00:00.5Z
no email,x,${hash},,,
ADA@csv.example.com,other,${hash},,,
mallory@csv.example.com,ada,${hash},,,
carol@csv.example.com,carol,md5$a$b,maybe,,2999-01-01
dave@csv.example.com,dave,md5$a$b,,,
dave@csv.example.com,dave
`;

test('a CSV: what is good is imported with its hash, what is not is named, and again it is left alone', async () => {
  const looked = await importText(csv, { dryRun: true });
  expect(await usersLike('%csv.example.com')).toEqual([]);
  const { summary, left } = await importText(csv);
  expect(looked).toEqual({ summary, left });
  expect(summary).toMatchObject({
    rows: 9,
    imported: 3,
    superusers: 1,
    withoutPassword: 1,
    alreadyPresent: 0,
    refused: 6,
    reasons: { invalid_fields: 2, duplicate_in_file: 2, unknown_hash: 1, unreadable: 1 },
  });
  expect(left.map((row) => [row.place, 'text' in row && row.text])).toEqual([
    [5, 'email: Enter a valid email address.'],
    [6, 'Row 2 has the same email, user name or id.'],
    [7, 'Row 2 has the same email, user name or id.'],
    [
      8,
      'is_active: Give true or false. ' +
        'created_at: Give a moment that has passed, such as 2020-01-31T12:00:00Z.',
    ],
    [9, 'It is no hash of Argon2, bcrypt, PBKDF2 or scrypt in a form that is known here.'],
    [10, 'It has 2 cells, and the header 6.'],
  ]);
  expect(await usersLike('%csv.example.com')).toMatchObject([
    { email: 'Ada@csv.example.com', username: 'ada', created_at_ms: Date.UTC(2020, 0, 31, 11) },
    { username: '', is_active: 0, is_superuser: 0, created_at_ms: Date.UTC(2020, 0, 31) },
    { is_superuser: 1, password_hash: null, created_at_ms: Date.UTC(2020, 0, 31, 12, 0, 0, 500) },
  ]);
  expect((await logIn('ada@csv.example.com')).status).toBe(200);
  expect((await logIn('bob@csv.example.com')).status).toBe(401);
  expect((await logIn('eve@csv.example.com')).status).toBe(401);
  const [first] = await usersLike('Ada@csv%');
  expect(first?.password_hash).toMatch(/^\$argon2id/); // replaced as they signed in

  const again = await importText(csv);
  expect([again.summary.imported, again.summary.alreadyPresent]).toEqual([0, 3]);
  expect(again.left).toContainEqual({
    outcome: 'already_present',
    place: 2,
    email: 'Ada@csv.example.com',
    username: 'ada',
    fileId: '',
    id: first?.id,
    isImported: true,
    isUnused: false,
    differences: [],
  });
});

test('a row that is refused as a duplicate keeps no later one out', async () => {
  const rows = ['a,one', 'b,one', 'b,two', 'c,two', 'a,three'];
  const text = rows.map((row) => row.replace(',', '@duplicates.example.com,')).join('\n');
  const { summary, left } = await importText(`email,username\n${text}\n`);
  expect(summary).toMatchObject({ imported: 2, reasons: { duplicate_in_file: 3 } });
  expect(left.map((row) => [row.place, 'text' in row && row.text])).toEqual([
    [3, 'Row 2 has the same email, user name or id.'],
    [5, 'Row 4 has the same email, user name or id.'],
    [6, 'Row 2 has the same email, user name or id.'],
  ]);
});

const [salt, digest] = ['c29tZXNhbHQ', '/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY'];

test.each([
  [`scrypt$1048576$salt$8$1$${digest}=`, 'It takes more than 256 MiB to check'],
  [`scrypt$16385$salt$8$1$${digest}=`, 'Its cost is no power of two.'],
  [`pbkdf2_sha256$0$salt$${digest}=`, 'Its iterations is below 1'],
  [`$argon2id$v=18$m=19456,t=2,p=1$${salt}$${digest}`, 'Its version is neither 16 nor 19.'],
  [hash.replace('$06$', '$03$'), 'Its cost is below 4'],
  [`pbkdf2_sha256$1000$\0$${digest}=`, 'It is no hash of'],
])(
  'a hash that could never be checked is refused, and the report says why: %s',
  async (bad, why) => {
    const json = JSON.stringify({ email: 'bad@hashes.example.com', password_hash: bad });
    const { summary, left } = await importText(json);
    expect(summary).toMatchObject({ imported: 0, refused: 1, reasons: { unknown_hash: 1 } });
    expect(left).toMatchObject([{ place: 1, text: expect.stringContaining(why) }]);
    expect(JSON.stringify(left)).not.toContain(bad);
  },
);

test('it is recorded, with the users who are superusers now', async () => {
  await importText(`email,is_superuser\nroot@audit.example.com,1\nuser@audit.example.com,0\n`);
  const [root, user] = await usersLike('%audit.example.com');
  const event = await server.deps.database.db
    .selectFrom('audit_events')
    .selectAll()
    .where('kind', '=', 'users.imported')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect([event.actor_name, JSON.parse(event.details)]).toEqual([
    'test',
    {
      ...{ count: 2, user_ids: [root?.id, user?.id], superuser_ids: [root?.id] },
      authenticator_apps: 0,
    },
  ]);
});

const djangoUser = (pk: number, fields: object, model = 'auth.user') => ({
  model,
  pk,
  fields: {
    ...{ password: hash, last_login: null, is_superuser: false, is_staff: true, is_active: true },
    ...{ first_name: '', date_joined: '2019-05-05T10:00:00.123Z', groups: [1], ...fields },
  },
});

test("Django's dumpdata unchanged: its users, and nothing else", async () => {
  const dump = [
    { model: 'sessions.session', pk: 'x', fields: { session_data: '{"[' } },
    djangoUser(7, { username: 'fox', email: 'fox@django.example.com' }),
    djangoUser(8, { username: 'owl', email: 'owl@django.example.com', password: '!unusable' }),
    djangoUser(9, { username: 'cat', email: '' }),
    { model: 'shop.contact', pk: 1, fields: { email: 'contact@django.example.com' } },
  ];
  const { summary, left } = await importText(JSON.stringify(dump, null, 2));
  expect(summary).toMatchObject({ rows: 3, imported: 2, withoutPassword: 1, refused: 1 });
  expect(left).toMatchObject([{ place: 4, text: 'email: This field may not be blank.' }]);
  expect((await logIn('fox@django.example.com')).status).toBe(200);
  expect(await usersLike('fox@django%')).toMatchObject([
    { username: 'fox', created_at_ms: Date.parse('2019-05-05T10:00:00.123Z') },
  ]);
});

test('JSON lines, and one model of several', async () => {
  const lines = [
    { email: 'one@lines.example.com', password_hash: hash, created_at: 1_500_000_000_000 },
    { email: 'two@lines.example.com', passwrod_hash: hash },
    djangoUser(1, { email: 'three@lines.example.com' }, 'accounts.User'),
    djangoUser(2, { email: 'four@lines.example.com' }, 'legacy.user'),
  ];
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnonsense\n`;
  const { summary, left } = await importText(text, { model: 'accounts.user' });
  expect(summary).toMatchObject({ rows: 4, imported: 2, refused: 2 });
  expect(left).toMatchObject([
    { place: 2, reason: 'unreadable', text: expect.stringContaining('Not known: passwrod_hash.') },
    { place: 5, reason: 'unreadable' },
  ]);
});

const sample = { email: 'ünï@encodings.example.com', username: 'müller', password_hash: hash };

test.each([
  ['UTF-16 with its mark', 'utf16le', '\ufeff'],
  ['UTF-16 without', 'utf16le', ''],
  ['UTF-16, big-endian', 'utf16be', '\ufeff'],
  ['UTF-8 with a mark', 'utf8', '\ufeff'],
] as const)('a file of %s is read', async (name, encoding, mark) => {
  const email = `${randomBytes(4).toString('hex')}@encodings.example.com`;
  const username = `ü${email.slice(0, 6)}`;
  const text = `${mark}${JSON.stringify([{ ...sample, email, username }])}`;
  const bytes = Buffer.from(text, encoding === 'utf8' ? 'utf8' : 'utf16le');
  const { summary } = await importText(encoding === 'utf16be' ? bytes.swap16() : bytes);
  expect([name, summary.imported]).toEqual([name, 1]);
  expect(await usersLike(email)).toMatchObject([{ username }]);
});

test('a file of another encoding is refused, and the message says what to do', async () => {
  const latin1 = Buffer.from(JSON.stringify(sample), 'latin1');
  await expect(importText(latin1)).rejects.toThrow(/neither UTF-8 nor UTF-16.*iconv -f latin1/);
});

test('numbers are times in seconds or in milliseconds, and blanks around a value do not belong to it', async () => {
  const seconds = 1_577_836_800;
  const moments = [seconds, seconds * 1000, `${seconds}`, seconds + 0.5, '2020-01-01 00:00:00 '];
  const rows = moments.map((created_at, index) => ({
    ...{ email: `m${index}@moments.example.com  `, is_active: 'true   ', created_at },
    password_hash: `${hash}${' '.repeat(68)}`,
  }));
  const { summary } = await importText(rows.map((row) => JSON.stringify(row)).join('\n'));
  expect(summary).toMatchObject({ imported: rows.length, refused: 0 });
  const stored = await usersLike('m_@moments.example.com');
  expect(stored.map((user) => user.created_at_ms - seconds * 1000)).toEqual([0, 0, 0, 500, 0]);
  expect((await logIn('m0@moments.example.com')).status).toBe(200);
});

test('a bcrypt hash stays until a password signs in that bcrypt reads to its end', async () => {
  const start = 'a'.repeat(72);
  const email = 'long@bcrypt.example.com';
  // Of the 72 letters; so of every password that begins with them.
  const password_hash = await bcryptHash(start, { cost: 4 });
  await importText(JSON.stringify({ email, password_hash }));
  const tryPassword = async (word: string) =>
    (await server.send('POST', '/api/login/', { json: { email, password: word } })).status;
  const stored = async () => (await usersLike(email))[0]?.password_hash;
  expect(await tryPassword(`${start}TAIL-two`)).toBe(200);
  expect(await stored()).toBe(password_hash);
  expect(await tryPassword(`${start}TAIL-one`)).toBe(200);
  expect(await tryPassword(start)).toBe(200);
  expect(await stored()).toMatch(/^\$argon2id/);
  expect(await tryPassword(`${start}TAIL-one`)).toBe(401);
});

test.each([
  ['email,passwd\na@b.cc,x\n', 'columns by other names'],
  ['mail\n', 'columns by other names'],
  ['username\n', 'no column "email"'],
  ['  \n', 'is empty'],
  ['[1]', 'no JSON list of objects'],
])('a file that is none: %j', async (text, message) => {
  await expect(importText(text)).rejects.toThrow(message);
});

test('ids that are kept are those of old tokens, and are never given to anybody else', async () => {
  await using fresh = await startServer();
  const rows = [
    [900, 'old@ids.example.com'],
    [3, 'low@ids.example.com'],
    [1, 'first@ids.example.com'],
  ];
  const { id: nativeId } = await fresh.signUp();
  expect(nativeId).toBe(1);
  const text = `id,email,password_hash\n${rows.map(([id, email]) => `${id},${email},${hash}\n`).join('')}`;
  const looked = await importText(text, { keepIds: true, dryRun: true }, fresh);
  const { summary, left } = await importText(text, { keepIds: true }, fresh);
  expect(looked).toEqual({ summary, left });
  expect(summary).toMatchObject({ imported: 2, reasons: { id_taken: 1 } });

  // A token of the previous system, signed with the same secret, which names no session.
  const sign = createSigner({ key: testSecret });
  const token = sign({ user_id: 900, exp: Math.floor(Date.now() / 1000) + 60 });
  const me = await fresh.send('GET', '/api/me/', { token });
  expect([me.status, me.body.email]).toEqual([200, 'old@ids.example.com']);
  expect((await fresh.signUp()).id).toBe(901);

  // Broken off before its last row, and repeated: what was reserved for the file is still its own.
  const { db } = fresh.deps.database;
  await sql`delete from users where id = 3`.execute(db);
  const again = await importText(text, { keepIds: true }, fresh);
  expect(again.summary).toMatchObject({ imported: 1, alreadyPresent: 1 });
  // But what somebody had who registered here is never given again.
  await sql`delete from users where id in (1, 901)`.execute(db);
  const others = await importText(
    'id,email\n1,x@ids.example.com\n901,y@ids.example.com\n',
    { keepIds: true },
    fresh,
  );
  expect(others.summary.reasons).toEqual({ id_used_before: 2 });
  const moved = await importText(
    'id,email\n5,old@ids.example.com\nx,z@ids.example.com\n',
    { keepIds: true },
    fresh,
  );
  expect(moved.summary.reasons).toEqual({ email_taken: 1, invalid_fields: 1 });
});

test('while clients register the same emails and refresh: one account each, and nobody is refused', async () => {
  const count = 3_000;
  const email = (index: number) => `person${index}@race.example.com`;
  const text = `email\n${Array.from({ length: count }, (_row, index) => email(index)).join('\n')}\n`;
  const { refresh_token: first } = await server.signUp();
  let refreshToken = first;
  let isDone = false;
  const importing = importText(text).finally(() => {
    isDone = true;
  });
  let registered = 0;
  for (let index = count - 1; index > 0 && !isDone; index -= 100) {
    const json = { email: email(index), password: 'correct horse battery' };
    const { status } = await server.send('POST', '/api/register/', { json });
    expect([201, 400]).toContain(status);
    if (status === 201) registered += 1;
    const refreshed = await server.send('POST', '/api/refresh/', {
      json: { refresh_token: refreshToken },
    });
    expect(refreshed.status).toBe(200);
    refreshToken = refreshed.body.refresh_token;
  }
  const { summary } = await importing;
  expect(summary.imported + summary.alreadyPresent).toBe(count);
  expect(summary.alreadyPresent).toBe(registered);
  expect(await usersLike('person%@race.example.com')).toHaveLength(count);
});
