import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findUserByEmail } from '../../src/features/identity/users/index.ts';
import { anyPassword, goodPassword, startServer, type TestServer } from '../harness.ts';
import { badField, expectProblem } from './problem.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ pinned: anyPassword });
});
afterAll(() => server[Symbol.asyncDispose]());

const register = (json: unknown) => server.send('POST', '/api/register/', { json });
/** A body whose numbers, surrogates and repeated keys stay as they are written. */
const registerText = (body: string) =>
  server.send('POST', '/api/register/', { body, headers: { 'content-type': 'application/json' } });

const required = 'This field is required.';
const blank = 'This field may not be blank.';
const isNull = 'This field may not be null.';
const notText = 'Not a valid string.';
const malformed = 'Enter a valid email address.';
const nul = 'Null characters are not allowed.';
const surrogate = (code: string) => `Surrogate characters are not allowed: U+${code}.`;
const tooLong = (limit: number) => `Ensure this field has no more than ${limit} characters.`;
const taken = 'user with this email address already exists.';

describe('a good registration', () => {
  test('is answered with the profile, without a token and without the password', async () => {
    const answer = await register({ email: 'Ada@Example.com', password: goodPassword });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.body).toEqual({
      id: expect.any(Number),
      username: '',
      email: 'Ada@example.com',
    });
    expect(Number.isSafeInteger(answer.body.id)).toBe(true);
    expect(answer.text).not.toContain(goodPassword);
  });

  test('ignores unknown members, id and username among them', async () => {
    const answer = await register({
      email: 'extra@example.com',
      password: goodPassword,
      id: 4711,
      username: 'chosen',
      is_superuser: true,
      is_active: false,
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ username: '', email: 'extra@example.com' });
    expect(answer.body.id).not.toBe(4711);
    const user = await findUserByEmail(server.deps.database.db, 'extra@example.com');
    expect(user).toMatchObject({ isSuperuser: 0, isActive: 1, username: '' });
  });

  test.each([
    ['spaces', '  trim1@example.com ', 'trim1@example.com'],
    ['tabs and line ends', '\t\r\ntrim2@example.com\n', 'trim2@example.com'],
    ['no-break space', '\u00a0trim3@example.com\u00a0', 'trim3@example.com'],
    ['next line U+0085', '\u0085trim4@example.com\u0085', 'trim4@example.com'],
    ['file separator U+001C', '\u001ctrim5@example.com\u001f', 'trim5@example.com'],
    ['ideographic space', '\u3000trim6@example.com\u3000', 'trim6@example.com'],
    ['line separator', '\u2028trim7@example.com\u2029', 'trim7@example.com'],
  ])('trims the email: %s', async (_name, email, stored) => {
    const answer = await register({ email, password: goodPassword });
    expect(answer.status).toBe(201);
    expect(answer.body.email).toBe(stored);
  });

  test.each([
    [
      'the longest email',
      `${'l'.repeat(64)}@${'d'.repeat(62)}.${'e'.repeat(62)}.${'f'.repeat(60)}.co`,
    ],
    ['quoted local part', '"a@b..c"@example.com'],
    ['quoted space', '"a\\ b"@example.com'],
    ['localhost', 'ada@localhost'],
    ['IPv4 literal', 'ada@[127.0.0.1]'],
    ['IPv6 literal', 'ada@[2001:db8::1]'],
    ['internationalised domain', 'ada@bücher.example'],
    ['its ASCII form', 'ada@xn--bcher2-kva.example'],
    ['plus sign', "o'neil+tag@sub.example.co.uk"],
  ])('takes %s', async (_name, email) => {
    const answer = await register({ email, password: goodPassword });
    expect(answer.status).toBe(201);
    expect(answer.body.email).toBe(email);
  });

  test.each([
    ['one character', 'x'],
    ['128 characters', 'p'.repeat(128)],
    ['128 code points beyond the basic plane', '😀'.repeat(128)],
    ['128 and white space around them', ` ${'q'.repeat(128)}\u3000`],
    ['digits alone', '12345678'],
  ])('takes a password of %s', async (name, password) => {
    const email = `${name.replace(/\W/g, '')}@example.com`;
    expect((await register({ email, password })).status).toBe(201);
    const login = await server.send('POST', '/api/login/', { json: { email, password } });
    expect(login.status).toBe(200);
  });
});

describe('a bad field', () => {
  const good = { email: 'free@example.com', password: goodPassword };

  test.each<[string, Record<string, unknown>, Record<string, string[]>]>([
    ['nothing', {}, { email: [required], password: [required] }],
    ['no email', { password: goodPassword }, { email: [required] }],
    ['no password', { email: good.email }, { password: [required] }],
    ['members of another name', { Email: 'a@b.co' }, { email: [required], password: [required] }],
    ['blank', { email: '', password: '' }, { email: [blank], password: [blank] }],
    ['white space', { email: ' \t ', password: '\n ' }, { email: [blank], password: [blank] }],
    [
      'Unicode white space',
      { email: '\u0085\u001c', password: '\u2003\u00a0' },
      { email: [blank], password: [blank] },
    ],
    ['null', { email: null, password: null }, { email: [isNull], password: [isNull] }],
    ['true', { email: true, password: true }, { email: [malformed], password: [notText] }],
    ['false', { email: false, password: false }, { email: [malformed], password: [notText] }],
    ['a list', { email: [], password: ['x'] }, { email: [malformed], password: [notText] }],
    ['an object', { email: {}, password: { a: 1 } }, { email: [malformed], password: [notText] }],
    ['a number as email', { ...good, email: 12 }, { email: [malformed] }],
    ['no at sign', { ...good, email: 'ada' }, { email: [malformed] }],
    ['no local part', { ...good, email: '@example.com' }, { email: [malformed] }],
    ['no domain', { ...good, email: 'ada@' }, { email: [malformed] }],
    ['one label', { ...good, email: 'ada@example' }, { email: [malformed] }],
    ['a dot first', { ...good, email: '.ada@example.com' }, { email: [malformed] }],
    ['two dots', { ...good, email: 'a..b@example.com' }, { email: [malformed] }],
    ['a space inside', { ...good, email: 'a b@example.com' }, { email: [malformed] }],
    ['a bare space in quotes', { ...good, email: '"a b"@example.com' }, { email: [malformed] }],
    ['two at signs', { ...good, email: 'a@b@example.com' }, { email: [malformed] }],
    ['a top label of one letter', { ...good, email: 'ada@example.c' }, { email: [malformed] }],
    ['a label of 64', { ...good, email: `ada@${'d'.repeat(64)}.com` }, { email: [malformed] }],
    ['a bad IPv4 literal', { ...good, email: 'ada@[127.0.0.256]' }, { email: [malformed] }],
    ['a host with a path', { ...good, email: 'ada@bücher.com/path' }, { email: [malformed] }],
    ['a host with a port', { ...good, email: 'ada@bücher.com:80' }, { email: [malformed] }],
    [
      '255 characters',
      {
        ...good,
        email: `${'l'.repeat(64)}@${'d'.repeat(62)}.${'e'.repeat(62)}.${'f'.repeat(61)}.co`,
      },
      { email: [tooLong(254)] },
    ],
    ['password of 129', { ...good, password: 'p'.repeat(129) }, { password: [tooLong(128)] }],
    [
      'password of 129 beyond the basic plane',
      { ...good, password: '😀'.repeat(129) },
      { password: [tooLong(128)] },
    ],
    ['NUL in the password', { ...good, password: 'a\0b' }, { password: [nul] }],
    ['NUL alone', { ...good, password: '\0' }, { password: [nul] }],
    ['both at once', { email: 'x', password: '' }, { email: [malformed], password: [blank] }],
  ])('%s', async (_name, body, members) => {
    expectProblem(await register(body), badField(members));
  });

  test.each<[string, string, Record<string, string[]>]>([
    [
      'a lone high surrogate',
      String.raw`{"email": "a\ud800@b.co", "password": "x\uDBFF"}`,
      { email: [surrogate('D800'), malformed], password: [surrogate('DBFF')] },
    ],
    [
      'a lone low surrogate',
      String.raw`{"email": "free@b.co", "password": "\udc00\ud800"}`,
      { password: [surrogate('DC00')] },
    ],
    [
      'a pair the wrong way round',
      String.raw`{"email": "free@b.co", "password": "\ude00\ud83d"}`,
      { password: [surrogate('DE00')] },
    ],
    [
      'email: NUL, then length, then form',
      `{"email": "${'e'.repeat(254)}\\u0000", "password": "x"}`,
      { email: [nul, tooLong(254), malformed] },
    ],
    [
      'email: length, then form',
      `{"email": "${'e'.repeat(255)}", "password": "x"}`,
      { email: [tooLong(254), malformed] },
    ],
    [
      'email: NUL, then form',
      String.raw`{"email": "a\u0000@b.co", "password": "x"}`,
      { email: [nul, malformed] },
    ],
    [
      'password: length, then NUL',
      `{"email": "free@b.co", "password": "${'p'.repeat(128)}\\u0000"}`,
      { password: [tooLong(128), nul] },
    ],
    [
      'password: length, NUL, surrogate',
      String.raw`{"email": "free@b.co", "password": "\u0000\ud800${'p'.repeat(127)}"}`,
      { password: [tooLong(128), nul, surrogate('D800')] },
    ],
    [
      'of a repeated member the last counts',
      '{"email": "good@b.co", "email": "bad", "password": "x"}',
      { email: [malformed] },
    ],
    [
      'a number too long for a password',
      `{"email": "free@b.co", "password": ${'9'.repeat(129)}}`,
      { password: [tooLong(128)] },
    ],
    [
      'a number too long for an email',
      `{"email": ${'9'.repeat(255)}, "password": "x"}`,
      { email: [tooLong(254), malformed] },
    ],
    [
      'members of the prototype are none',
      '{"__proto__": {"email": "a@b.co"}, "constructor": 1}',
      { email: [required], password: [required] },
    ],
    [
      'nesting, however deep',
      `{"email": 1, "x": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      { email: [malformed], password: [required] },
    ],
  ])('%s', async (_name, body, members) => {
    expectProblem(await registerText(body), badField(members));
  });

  test('stores nothing', async () => {
    await register({ email: 'nothing@example.com', password: '' });
    const { db } = server.deps.database;
    expect(await findUserByEmail(db, 'nothing@example.com')).toBeUndefined();
  });
});

describe('a taken email', () => {
  test.each([
    ['the same', 'Taken@Example.com'],
    ['in small letters', 'taken@example.com'],
    ['in capitals', 'TAKEN@EXAMPLE.COM'],
    ['with white space', ' taken@example.com\u0085'],
  ])('%s', async (_name, email) => {
    await register({ email: 'Taken@Example.com', password: goodPassword });
    expectProblem(await register({ email, password: 'x' }), badField({ email: [taken] }));
  });

  test('beyond ASCII too', async () => {
    await register({ email: 'x@bücher.example', password: goodPassword });
    const answer = await register({ email: 'X@BÜCHER.EXAMPLE', password: 'x' });
    expectProblem(answer, badField({ email: [taken] }));
  });

  test('is told together with what is wrong with the password', async () => {
    await register({ email: 'both@example.com', password: goodPassword });
    const answer = await register({ email: 'both@example.com', password: '' });
    expectProblem(answer, badField({ email: [taken], password: [blank] }));
  });
});

describe('a number for a text is its decimal text', () => {
  test.each([
    ['12345678', '12345678'],
    ['-5', '-5'],
    ['12345678901234567890', '12345678901234567890'],
    ['-0', '0'],
    ['-0.0', '-0.0'],
    ['1.0', '1.0'],
    ['1e3', '1000.0'],
    ['1e16', '1e+16'],
    ['1E-5', '1e-05'],
    ['0.0001', '0.0001'],
    ['0.1', '0.1'],
    ['1e400', 'inf'],
  ])('password %s', async (source, text) => {
    const email = `number${source}@example.com`;
    const answer = await registerText(`{"email": "${email}", "password": ${source}}`);
    expect(answer.status).toBe(201);
    for (const json of [`"${text}"`, source]) {
      const login = await server.send('POST', '/api/login/', {
        body: `{"email": "${email}", "password": ${json}}`,
        headers: { 'content-type': 'application/json' },
      });
      expect(login.status).toBe(200);
    }
  });
});

test('of fifty registrations of one email at once exactly one succeeds', async () => {
  const { db } = server.deps.database;
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      register({
        email: index % 2 ? 'Race@Example.com' : 'race@example.COM',
        password: `password ${index}`,
      }),
    ),
  );
  const created = answers.filter((answer) => answer.status === 201);
  expect(created).toHaveLength(1);
  const refused = answers.filter((answer) => answer.status !== 201);
  expect(refused).toHaveLength(49);
  for (const answer of refused) expectProblem(answer, badField({ email: [taken] }));
  const rows = await db
    .selectFrom('users')
    .select('id')
    .where('email_normalized', '=', 'race@example.com')
    .execute();
  expect(rows).toEqual([{ id: created[0]?.body.id }]);
});
