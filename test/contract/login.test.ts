import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { updateUser } from '../../src/features/identity/users/index.ts';
import { goodPassword, startServer, type TestServer, testSecret } from '../harness.ts';
import { expectProblem, invalidCredentials } from './problem.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const login = (json: unknown) => server.send('POST', '/api/login/', { json });
const register = (email: string, password: string) =>
  server.send('POST', '/api/register/', { json: { email, password } });

describe('a good login', () => {
  test('gives a pair of tokens and nothing else', async () => {
    const { id, email } = await server.signUp();
    const answer = await login({ email, password: goodPassword });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh_token: expect.stringMatching(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    });
    // As another implementation of JWT sees it.
    const { payload, protectedHeader } = await jwtVerify(
      answer.body.access_token,
      Buffer.from(testSecret),
      { algorithms: ['HS256'] },
    );
    expect(protectedHeader.alg).toBe('HS256');
    expect(payload.user_id).toBe(id);
    expect(Number.isInteger(payload.exp)).toBe(true);
    const lifetime = (payload.exp as number) - server.clock.nowMs() / 1000;
    expect(lifetime).toBeGreaterThan(28);
    expect(lifetime).toBeLessThanOrEqual(30);
  });

  test.each([
    ['in capitals', 'CASE@EXAMPLE.COM'],
    ['in small letters', 'case@example.com'],
    ['as typed', 'Case@Example.com'],
    ['with white space', '\u0085 \tcase@example.com\n'],
  ])('with the email %s', async (_name, email) => {
    await register('Case@Example.com', goodPassword);
    expect((await login({ email, password: goodPassword })).status).toBe(200);
  });

  test.each([
    ['bücher.example', 'BÜCHER.EXAMPLE'],
    ['οδος.example', 'ΟΔΟΣ.EXAMPLE'],
    ['οδοσ-2.example', 'ΟΔΟΣ-2.EXAMPLE'],
    ['straße.example', 'STRASSE.EXAMPLE'],
    ['ПОЧТА.example', 'почта.EXAMPLE'],
  ])('with a domain of any script in any letter case: %s', async (domain, other) => {
    await register(`x@${domain}`, goodPassword);
    expect((await login({ email: `X@${other}`, password: goodPassword })).status).toBe(200);
    expect((await register(`X@${other}`, 'x')).status).toBe(400);
  });

  test('with white space around the password, as at registration', async () => {
    await register('trimmed@example.com', '\u001c secret words\u3000');
    for (const password of ['secret words', ' secret words\n', '\u0085secret words']) {
      expect((await login({ email: 'trimmed@example.com', password })).status).toBe(200);
    }
    const inner = { email: 'trimmed@example.com', password: 'secret  words' };
    expectProblem(await login(inner), invalidCredentials);
  });

  test('starts a session of its own each time', async () => {
    const { email } = await server.signUp();
    const [first, second] = [
      await login({ email, password: goodPassword }),
      await login({ email, password: goodPassword }),
    ];
    expect(first.body.refresh_token).not.toBe(second.body.refresh_token);
    expect(decodeJwt(first.body.access_token).sid).not.toBe(
      decodeJwt(second.body.access_token).sid,
    );
    expect(decodeProtectedHeader(first.body.access_token).alg).toBe('HS256');
  });
});

describe('every failure gets the same answer', () => {
  const email = 'known@example.com';
  beforeAll(async () => {
    await register(email, goodPassword);
    await register('replacement@example.com', 'a\ufffdb');
  });

  test.each<[string, unknown]>([
    ['a wrong password', { email, password: 'wrong' }],
    ['a password in another letter case', { email, password: goodPassword.toUpperCase() }],
    ['an unknown email', { email: 'unknown@example.com', password: goodPassword }],
    ['a malformed email', { email: 'known', password: goodPassword }],
    ['one that folds to a good one', { email: 'ｋnown@example.com', password: goodPassword }],
    ['one with a wide @', { email: 'known＠example.com', password: goodPassword }],
    ['an email that is too long', { email: `${'x'.repeat(1000)}@b.co`, password: goodPassword }],
    ['NUL in the email', { email: `${email}\0`, password: goodPassword }],
    ['NUL in the password', { email, password: `${goodPassword}\0` }],
    ['a lone surrogate in the email', { email: '\ud800@example.com', password: goodPassword }],
    [
      'a lone surrogate for a character that stands for it',
      { email: 'replacement@example.com', password: 'a\ud800b' },
    ],
    ['a password that is too long', { email, password: 'p'.repeat(100_000) }],
    ['no email', { password: goodPassword }],
    ['no password', { email }],
    ['neither', {}],
    ['a blank email', { email: ' ', password: goodPassword }],
    ['a blank password', { email, password: '' }],
    ['null', { email: null, password: null }],
    ['booleans', { email: true, password: false }],
    ['lists', { email: [email], password: [goodPassword] }],
    ['objects', { email: { email }, password: {} }],
    ['numbers', { email: 1, password: 2 }],
    ['a list of members', [{ email, password: goodPassword }]],
    ['an empty list', []],
    ['a list with the members of an object', [email, goodPassword]],
    ['null itself', null],
    ['a text', 'x'],
    ['a number', 1],
    ['a fraction', 1.5],
    ['true', true],
  ])('%s', async (_name, body) => {
    expectProblem(await login(body), invalidCredentials);
  });

  test('a deactivated user', async () => {
    const { id, email: theirs } = await server.signUp();
    await updateUser(server.deps.database.db, id, { isActive: 0, updatedAtMs: 0 });
    expectProblem(await login({ email: theirs, password: goodPassword }), invalidCredentials);
    expectProblem(await login({ email: theirs, password: 'wrong' }), invalidCredentials);
  });
});
