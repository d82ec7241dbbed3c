import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findUserById } from '../../src/features/identity/users/index.ts';
import { goodPassword, type SignedUp, startServer, type TestServer } from '../harness.ts';
import { badField, expectProblem } from './problem.ts';

/** What the server says beyond the contract, which allows more members. */
const unproven = { email_verified: false, locale: null };

let server: TestServer;
let user: SignedUp;
const signUp = async () => {
  user = await server.signUp();
};
beforeAll(async () => {
  server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
  await signUp();
});
afterAll(() => server[Symbol.asyncDispose]());

const read = async () => (await server.send('GET', '/api/me/', { token: user.access_token })).body;
const change = (json: unknown, method = 'PUT') =>
  server.send(method, '/api/me/', { json, token: user.access_token });
const changeText = (body: string) =>
  server.send('PUT', '/api/me/', {
    body,
    token: user.access_token,
    headers: { 'content-type': 'application/json' },
  });

const blank = 'This field may not be blank.';
const isNull = 'This field may not be null.';
const notText = 'Not a valid string.';
const malformed = 'Enter a valid email address.';
const badName =
  'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.';
const nul = 'Null characters are not allowed.';
const surrogate = (code: string) => `Surrogate characters are not allowed: U+${code}.`;
const tooLong = (limit: number) => `Ensure this field has no more than ${limit} characters.`;
const emailTaken = 'user with this email address already exists.';
const nameTaken = 'A user with that username already exists.';

test('GET gives id, username and email, and nothing else', async () => {
  const answer = await server.send('GET', '/api/me/', { token: user.access_token });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(answer.body).toEqual({ ...unproven, id: user.id, username: '', email: user.email });
});

describe.each(['PUT', 'PATCH'])('%s changes what it names', (method) => {
  beforeEach(signUp);

  test('a username', async () => {
    const answer = await change({ username: `name${user.id}` }, method);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...unproven,
      id: user.id,
      username: `name${user.id}`,
      email: user.email,
    });
    expect(await read()).toEqual(answer.body);
  });

  test('an email, which then signs in, and the old one does not', async () => {
    const email = `New${user.id}@example.com`;
    expect((await change({ email }, method)).body).toEqual({
      ...unproven,
      id: user.id,
      username: '',
      email,
    });
    const login = (address: string) =>
      server.send('POST', '/api/login/', { json: { email: address, password: goodPassword } });
    expect((await login(email.toLowerCase())).status).toBe(200);
    expect((await login(user.email)).status).toBe(401);
  });

  test('both', async () => {
    const both = { username: `u${user.id}`, email: `b${user.id}@example.com` };
    expect((await change(both, method)).body).toEqual({ ...unproven, id: user.id, ...both });
    expect(await read()).toEqual({ ...unproven, id: user.id, ...both });
  });

  test.each<[string, unknown]>([
    ['an empty object', {}],
    ['id', { id: 4711 }],
    ['password', { password: 'another password' }],
    ['a bad password', { password: null }],
    ['unknown members', { is_superuser: true, is_active: false, toString: 1 }],
    ['members in other letter case', { Username: 'x', EMAIL: 'x' }],
  ])('and nothing for %s', async (_name, body) => {
    const before = await findUserById(server.deps.database.db, user.id);
    const answer = await change(body, method);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...unproven, id: user.id, username: '', email: user.email });
    expect(await findUserById(server.deps.database.db, user.id)).toEqual(before);
    const credentials = { email: user.email, password: goodPassword };
    expect((await server.send('POST', '/api/login/', { json: credentials })).status).toBe(200);
  });

  test('and nothing for an empty body', async () => {
    const answer = await server.send(method, '/api/me/', { token: user.access_token });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...unproven, id: user.id, username: '', email: user.email });
  });
});

describe('a username', () => {
  beforeAll(signUp);

  test.each([
    ['letters and digits', 'Ada1815'],
    ['all the signs', '@.+-_'],
    ['Cyrillic', 'Ада'],
    ['Chinese', '愛達'],
    ['Arabic', 'آدا'],
    ['Arabic digits', '١٢٣'],
    ['a fraction and a Roman numeral', '½Ⅷ'],
    ['accented letters', 'Ádá'],
    ['letters beyond the basic plane', '𝒜𐐀'],
    ['150 characters', 'u'.repeat(150)],
    ['150 code points beyond the basic plane', '𐐀'.repeat(150)],
  ])('of %s is taken', async (_name, username) => {
    const answer = await change({ username });
    expect(answer.status).toBe(200);
    expect(answer.body.username).toBe(username);
    await change({ username: `free${user.id}` });
  });

  test.each([
    ['spaces', '  ada\t', 'ada'],
    ['next line', '\u0085ada\u001d', 'ada'],
  ])('is trimmed: %s', async (_name, username, stored) => {
    expect((await change({ username })).body.username).toBe(stored);
    await change({ username: `free${user.id}` });
  });

  test.each([
    ['5', '5'],
    ['12345678901234567890', '12345678901234567890'],
    ['1.0', '1.0'],
    ['1e16', '1e+16'],
    ['-0', '0'],
    ['-1.5', '-1.5'],
  ])('may be a number: %s', async (source, text) => {
    const answer = await changeText(`{"username": ${source}}`);
    expect(answer.body.username).toBe(text);
    await change({ username: `free${user.id}` });
  });

  test.each([
    ['a space', 'a b'],
    ['an exclamation mark', 'ada!'],
    ['a slash', 'a/b'],
    ['a combining accent', 'a\u0301'],
    ['an emoji', '😀'],
    ['a zero width space', 'a\u200bb'],
    ['a byte order mark', '\ufeffada'],
    ['a line end inside', 'a\nb'],
  ])('with %s is refused', async (_name, username) => {
    expectProblem(await change({ username }), badField({ username: [badName] }));
  });

  test('that somebody else has is refused, and in another letter case is not', async () => {
    await change({ username: 'Grace' });
    const other = await server.signUp();
    const take = (username: string) =>
      server.send('PUT', '/api/me/', { json: { username }, token: other.access_token });
    expectProblem(await take('Grace'), badField({ username: [nameTaken] }));
    expectProblem(await take(' Grace '), badField({ username: [nameTaken] }));
    expect((await take('grace')).status).toBe(200);
  });

  test('and an email of one’s own may be sent again', async () => {
    await change({ username: 'own' });
    const answer = await change({ username: 'own', email: user.email.toUpperCase() });
    expect(answer.status).toBe(200);
    const [name = '', domain = ''] = user.email.split('@');
    expect(answer.body.email).toBe(`${name.toUpperCase()}@${domain}`);
  });

  test('that many want at once is one’s alone', async () => {
    const users = await Promise.all(Array.from({ length: 10 }, () => server.signUp()));
    const answers = await Promise.all(
      users.map(({ access_token: token }) =>
        server.send('PUT', '/api/me/', { json: { username: 'wanted' }, token }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status !== 200) expectProblem(answer, badField({ username: [nameTaken] }));
    }
  });
});

describe('one bad field, and nothing is stored', () => {
  beforeAll(signUp);

  test.each<[string, Record<string, unknown>, Record<string, string[]>]>([
    ['a bad username', { username: 'a b', email: 'fine@example.com' }, { username: [badName] }],
    ['a bad email', { username: 'fine', email: 'x' }, { email: [malformed] }],
    ['a blank email', { username: 'fine', email: '' }, { email: [blank] }],
    ['white space', { username: 'fine', email: '\u0085' }, { email: [blank] }],
    ['null', { username: null, email: null }, { username: [isNull], email: [isNull] }],
    ['true', { username: true, email: true }, { username: [notText], email: [malformed] }],
    ['a list', { username: [], email: [] }, { username: [notText], email: [malformed] }],
    ['an object', { username: {}, email: {} }, { username: [notText], email: [malformed] }],
    ['151 characters', { username: 'u'.repeat(151) }, { username: [tooLong(150)] }],
    ['form, then length', { username: '!'.repeat(151) }, { username: [badName, tooLong(150)] }],
    ['form, then NUL', { username: 'a\0' }, { username: [badName, nul] }],
    [
      'form, length, NUL',
      { username: `${'u'.repeat(150)}\0` },
      { username: [badName, tooLong(150), nul] },
    ],
    ['form, then surrogate', { username: 'a\udfff' }, { username: [badName, surrogate('DFFF')] }],
    ['email: NUL, then form', { email: '\0' }, { email: [nul, malformed] }],
    [
      'email: length',
      { email: `${'l'.repeat(64)}@${'d'.repeat(62)}.${'e'.repeat(62)}.${'f'.repeat(61)}.co` },
      { email: [tooLong(254)] },
    ],
  ])('%s', async (_name, body, members) => {
    expectProblem(await change(body), badField(members));
    expect(await read()).toEqual({ ...unproven, id: user.id, username: '', email: user.email });
  });

  test('an email that is taken, in any letter case', async () => {
    const other = await server.signUp();
    const body = { username: 'untouched', email: other.email.toUpperCase() };
    expectProblem(await change(body), badField({ email: [emailTaken] }));
    expect((await read()).username).toBe('');
  });

  test('an email and a username that are both taken', async () => {
    const other = await server.signUp();
    const both = { username: `taken${other.id}`, email: other.email };
    await server.send('PUT', '/api/me/', { json: both, token: other.access_token });
    expectProblem(await change(both), badField({ username: [nameTaken], email: [emailTaken] }));
  });
});
