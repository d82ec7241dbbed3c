import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deleteAccount, updateUser } from '../../src/features/identity/users/index.ts';
import { setSetting } from '../../src/settings/change-settings.ts';
import { goodPassword, startServer, type TestServer } from '../harness.ts';
import { expectProblem, invalidRefreshToken, unauthorized } from './problem.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const refresh = (token: unknown, on = server) =>
  on.send('POST', '/api/refresh/', { json: { refresh_token: token } });
const logOut = (token: unknown) =>
  server.send('POST', '/api/logout/', { json: { refresh_token: token } });
const me = (token: string) => server.send('GET', '/api/me/', { token });
const ended = (code: string) => ({ ...invalidRefreshToken, code });

describe('a refresh', () => {
  test('gives a new pair; both access tokens are good, the old refresh token is not', async () => {
    const { access_token, refresh_token } = await server.signUp();
    const answer = await refresh(refresh_token);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
    });
    expect(answer.body.refresh_token).not.toBe(refresh_token);
    expect(answer.body.access_token).not.toBe(access_token);
    expect((await me(access_token)).status).toBe(200);
    expect((await me(answer.body.access_token)).status).toBe(200);
    expectProblem(await refresh(refresh_token), invalidRefreshToken);
  });

  test('presented again right away does its successor no harm', async () => {
    const { refresh_token: first } = await server.signUp();
    const { refresh_token: second } = (await refresh(first)).body;
    expectProblem(await refresh(first), invalidRefreshToken);
    expectProblem(await logOut(first), invalidRefreshToken);
    const { status, body } = await refresh(second);
    expect(status).toBe(200);
    expect((await me(body.access_token)).status).toBe(200);
  });

  test.each([
    ['upper case', (token: string) => token.toUpperCase()],
    ['mixed case', (token: string) => token.replace(/[a-f]/, (letter) => letter.toUpperCase())],
    ['no hyphens', (token: string) => token.replaceAll('-', '')],
    ['braces', (token: string) => `{${token}}`],
    ['a URN', (token: string) => `urn:uuid:${token}`],
  ])('takes the UUID in %s', async (_name, spell) => {
    const { refresh_token } = await server.signUp();
    expect((await refresh(spell(refresh_token))).status).toBe(200);
  });

  test('starts the lifetime again, and a token that is too old is refused', async () => {
    await using own = await startServer({ pinned: { REFRESH_TOKEN_LIFETIME: 100 } });
    let { refresh_token: token } = await own.signUp();
    for (let times = 0; times < 3; times += 1) {
      own.clock.advance(99_000);
      const answer = await refresh(token, own);
      expect(answer.status).toBe(200);
      token = answer.body.refresh_token;
    }
    own.clock.advance(100_000);
    expectProblem(await refresh(token, own), ended('session_expired'));
    const out = await own.send('POST', '/api/logout/', { json: { refresh_token: token } });
    expectProblem(out, ended('session_expired'));
  });

  test('by default lives 30 days', async () => {
    await using own = await startServer();
    const { refresh_token: first } = await own.signUp();
    own.clock.advance(2_592_000_000 - 5_000);
    const { refresh_token: second } = (await refresh(first, own)).body;
    own.clock.advance(2_592_000_000);
    expectProblem(await refresh(second, own), ended('session_expired'));
  });

  test('of 64 at once with one token exactly one succeeds, and the session lives', async () => {
    const { refresh_token } = await server.signUp();
    const answers = await Promise.all(Array.from({ length: 64 }, () => refresh(refresh_token)));
    const [winner, ...others] = answers.filter((answer) => answer.status === 200);
    expect(others).toEqual([]);
    for (const answer of answers) {
      if (answer !== winner) expectProblem(answer, invalidRefreshToken);
    }
    expect((await me(winner?.body.access_token)).status).toBe(200);
    expect((await refresh(winner?.body.refresh_token)).status).toBe(200);
  });

  test('with a token older than the last ends the session: two parties hold it', async () => {
    const { access_token, refresh_token: first } = await server.signUp();
    const { refresh_token: second } = (await refresh(first)).body;
    const { refresh_token: third } = (await refresh(second)).body;
    expectProblem(await refresh(first), ended('refresh_token_reused'));
    expectProblem(await refresh(third), ended('refresh_token_reused'));
    expectProblem(await me(access_token), unauthorized('refresh_token_reused', 'Invalid token.'));
  });

  test('does not touch other sessions of the user when one ends', async () => {
    const { email, refresh_token: first } = await server.signUp();
    const other = await server.send('POST', '/api/login/', {
      json: { email, password: goodPassword },
    });
    const { refresh_token: second } = (await refresh(first)).body;
    await refresh(second);
    expectProblem(await refresh(first), ended('refresh_token_reused'));
    expect((await refresh(other.body.refresh_token)).status).toBe(200);
  });

  test('of a deactivated user is refused, and of a deleted one', async () => {
    const { db } = server.deps.database;
    const one = await server.signUp();
    await updateUser(db, one.id, { isActive: 0, updatedAtMs: 0 });
    expectProblem(await refresh(one.refresh_token), ended('user_deactivated'));
    const two = await server.signUp();
    await deleteAccount(db, two, 0);
    expectProblem(await refresh(two.refresh_token), invalidRefreshToken);
    expectProblem(await logOut(two.refresh_token), invalidRefreshToken);
  });
});

describe('a logout', () => {
  test('ends its session and needs no access token', async () => {
    const { access_token, refresh_token } = await server.signUp();
    expect((await me(access_token)).status).toBe(200);
    const answer = await logOut(refresh_token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ success: 'User logged out.' });
    expectProblem(await refresh(refresh_token), ended('logged_out'));
    expectProblem(await logOut(refresh_token), ended('logged_out'));
    expectProblem(await me(access_token), unauthorized('logged_out', 'Invalid token.'));
  });

  test('ends that session alone', async () => {
    const one = await server.signUp();
    const two = await server.send('POST', '/api/login/', {
      json: { email: one.email, password: goodPassword },
    });
    expect((await logOut(one.refresh_token)).status).toBe(200);
    expect((await me(two.body.access_token)).status).toBe(200);
    expect((await refresh(two.body.refresh_token)).status).toBe(200);
  });

  test('of 32 at once with one token exactly one succeeds', async () => {
    const { refresh_token } = await server.signUp();
    const answers = await Promise.all(Array.from({ length: 32 }, () => logOut(refresh_token)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status !== 200) expect(answer.body.error).toBe('Invalid refresh token');
    }
  });
});

describe.each(['/api/refresh/', '/api/logout/'])('%s refuses', (path) => {
  const foreign = '0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11';

  test.each<[string, unknown]>([
    ['nothing', {}],
    ['null', { refresh_token: null }],
    ['a blank', { refresh_token: '' }],
    ['a number', { refresh_token: 1 }],
    ['a big number', { refresh_token: 0x0b6f9e0c }],
    ['true', { refresh_token: true }],
    ['a list', { refresh_token: [foreign] }],
    ['an object', { refresh_token: { refresh_token: foreign } }],
    ['a text that is no UUID', { refresh_token: 'x' }],
    ['a UUID that nobody issued', { refresh_token: foreign }],
    ['the nil UUID', { refresh_token: '00000000-0000-0000-0000-000000000000' }],
    ['a UUID too short', { refresh_token: foreign.slice(1) }],
    ['a UUID too long', { refresh_token: `${foreign}0` }],
    ['a lone surrogate', { refresh_token: '\ud800' }],
    ['NUL', { refresh_token: '\0' }],
    ['a megabyte', { refresh_token: '-'.repeat(1_000_000) }],
    ['a list of members', [{ refresh_token: foreign }]],
    ['an empty list', []],
    ['a text', 'refresh_token'],
    ['an integer', 1],
    ['a fraction', 1.5],
    ['false', false],
    ['null itself', null],
  ])('%s', async (_name, json) => {
    expectProblem(await server.send('POST', path, { json }), invalidRefreshToken);
  });

  test.each([
    ['a space behind', (token: string) => `${token} `],
    ['a space in front', (token: string) => ` ${token}`],
    ['a line end behind', (token: string) => `${token}\n`],
    ['a no-break space in front', (token: string) => `\u00a0${token}`],
  ])('a token with %s: it is not trimmed', async (_name, spell) => {
    const { refresh_token } = await server.signUp();
    const json = { refresh_token: spell(refresh_token) };
    expectProblem(await server.send('POST', path, { json }), invalidRefreshToken);
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  test('an access token', async () => {
    const { access_token } = await server.signUp();
    const json = { refresh_token: access_token };
    expectProblem(await server.send('POST', path, { json }), invalidRefreshToken);
  });
});

test('a change of a setting by another process is in force at the next request', async () => {
  await using own = await startServer();
  const { refresh_token: first } = await own.signUp();
  const other = own.openDatabase();
  const origin = { actor: 'test', reason: 'test' };
  const otherDeps = { database: other, clock: own.clock };
  await setSetting(otherDeps, 'REFRESH_TOKEN_LIFETIME', 50, origin);
  await setSetting(otherDeps, 'ACCESS_TOKEN_LIFETIME', 7, origin);
  await own.catchUp();
  const { refresh_token: second, access_token } = (await refresh(first, own)).body;
  const get = () => own.send('GET', '/api/me/', { token: access_token });
  own.clock.advance(5_000);
  expect((await get()).status).toBe(200);
  own.clock.advance(3_000);
  expect((await get()).status).toBe(401);
  own.clock.advance(43_000);
  expectProblem(await refresh(second, own), ended('session_expired'));
  await other.close();
});
