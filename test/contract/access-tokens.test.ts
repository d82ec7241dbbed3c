import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deleteAccount, updateUser } from '../../src/features/identity/users/index.ts';
import { endUserSessions } from '../../src/features/sign-in/sessions/index.ts';
import {
  goodPassword,
  type SignedUp,
  startServer,
  type TestServer,
  testSecret,
} from '../harness.ts';
import { type HeaderLine, sendRaw } from '../raw-http.ts';
import { expectProblem, unauthorized } from './problem.ts';

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

const me = (authorization: string, on = server) =>
  on.send('GET', '/api/me/', { headers: { authorization } });
const meRaw = (...headers: HeaderLine[]) => sendRaw(server.origin, { target: '/api/me/', headers });
const nowSeconds = (of = server) => Math.floor(of.clock.nowMs() / 1000);

const notProvided = unauthorized(
  'not_authenticated',
  'Authentication credentials were not provided.',
);
const badHeader = (what: string) =>
  unauthorized('invalid_token_header', `Invalid token header. ${what}`);
const noCredentials = badHeader('No credentials provided.');
const spaces = badHeader('Token string should not contain spaces.');
const invalidCharacters = badHeader('Token string should not contain invalid characters.');
const ended = (cause: string) => unauthorized(cause, 'Invalid token.');
const invalid = ended('invalid_token');
const inactive = unauthorized('user_inactive', 'User inactive or deleted.');

interface Forgery {
  readonly header?: object;
  /** JSON, for numbers as they stand. */
  readonly payload: string;
  readonly secret?: string;
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
  readonly signature?: string;
}

/** A token as any program could make it, right or wrong. */
function forge({ header, payload, secret = testSecret, hash = 'sha256', signature }: Forgery) {
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  const input = `${encode(JSON.stringify(header ?? { typ: 'JWT', alg: 'HS256' }))}.${encode(payload)}`;
  return `${input}.${signature ?? createHmac(hash, secret).update(input).digest('base64url')}`;
}

const later = (of = server) => nowSeconds(of) + 60;

describe('the Authorization header', () => {
  test.each<[string, string, ReturnType<typeof unauthorized>]>([
    ['none', '', notProvided],
    ['another scheme', 'Token abc', notProvided],
    ['Basic', 'Basic YTpi', notProvided],
    ['a longer scheme', 'Bearers abc', notProvided],
    ['a scheme stuck to its token', 'Bearer:abc', notProvided],
    ['the token alone', 'abc', notProvided],
    ['Bearer alone', 'Bearer', noCredentials],
    ['bearer alone', 'bearer', noCredentials],
    ['Bearer and spaces', 'Bearer   ', noCredentials],
    ['a token with a space', 'Bearer abc def', spaces],
    ['three parts', 'Bearer a b c', spaces],
    ['a token with a tab', 'BEARER abc\tdef', spaces],
    ['no JWT', 'Bearer abc', invalid],
    ['dots', 'Bearer ..', invalid],
    ['two parts', 'Bearer a.b', invalid],
    ['a refresh token', 'Bearer 0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11', invalid],
    ['5,000 characters', `Bearer ${'a'.repeat(5_000)}`, invalid],
  ])('%s', async (_name, value, problem) => {
    expectProblem(await me(value), problem);
  });

  test('may be missing', async () => {
    expectProblem(await server.send('GET', '/api/me/'), notProvided);
  });

  test.each<[string, number[], ReturnType<typeof unauthorized>]>([
    ['a lone byte', [0xff], invalidCharacters],
    ['a cut sequence', [0x61, 0xc3], invalidCharacters],
    ['an encoded surrogate', [0xed, 0xa0, 0x80], invalidCharacters],
    ['an overlong form', [0xc0, 0xaf], invalidCharacters],
    ['UTF-8 beyond ASCII', [0xc3, 0xa9], invalid],
    ['bad UTF-8 with a space: spaces come first', [0xff, 0x20, 0x61], spaces],
    ['a no-break space within', [0x61, 0xc2, 0xa0, 0x62], invalid],
  ])('with bytes: %s', async (_name, bytes, problem) => {
    const value = Buffer.concat([Buffer.from('Bearer '), Buffer.from(bytes)]);
    expectProblem(await meRaw(['Authorization', value]), problem);
  });

  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('takes the scheme as %s', async (scheme) => {
    expect((await me(`${scheme} ${user.access_token}`)).status).toBe(200);
    expect((await me(`${scheme} \t ${user.access_token}`)).status).toBe(200);
  });

  test('counts once: of two the first', async () => {
    const good: HeaderLine = ['Authorization', `Bearer ${user.access_token}`];
    expect((await meRaw(good, ['Authorization', 'Bearer x'])).status).toBe(200);
    expectProblem(await meRaw(['Authorization', 'Bearer x'], good), invalid);
  });
});

describe('a token of the previous system, signed with the same secret', () => {
  test.each([
    ['user_id and exp alone', () => `{"user_id": ${user.id}, "exp": ${later()}}`],
    [
      'other claims',
      () =>
        `{"user_id": ${user.id}, "exp": ${later()}, "iat": ${nowSeconds()}, "token_type": "access", "jti": "x"}`,
    ],
    [
      'nbf in the past',
      () => `{"user_id": ${user.id}, "exp": ${later()}, "nbf": ${nowSeconds() - 1}}`,
    ],
    [
      'nbf with a fraction',
      () => `{"user_id": ${user.id}, "exp": ${later()}, "nbf": ${nowSeconds() - 1}.5}`,
    ],
    ['an expiry far ahead', () => `{"user_id": ${user.id}, "exp": 123456789012345678901}`],
    [
      'repeated claims, of which the last counts',
      () => `{"user_id": 1.5, "user_id": ${user.id}, "exp": ${later()}}`,
    ],
  ])('is good: %s', async (_name, payload) => {
    const answer = await me(`Bearer ${forge({ payload: payload() })}`);
    expect(answer.status).toBe(200);
    expect(answer.body.id).toBe(user.id);
  });

  test('in any order of its header, and with a kid', async () => {
    const payload = `{"exp": ${later()}, "user_id": ${user.id}}`;
    for (const header of [{ alg: 'HS256' }, { alg: 'HS256', typ: 'JWT', kid: 'old' }]) {
      expect((await me(`Bearer ${forge({ header, payload })}`)).status).toBe(200);
    }
  });

  test('is good until it expires', async () => {
    await using own = await startServer();
    const { id } = await own.signUp();
    const payload = `{"user_id": ${id}, "exp": ${Math.floor(own.clock.nowMs() / 1000) + 10}}`;
    const token = forge({ payload });
    expect((await me(`Bearer ${token}`, own)).status).toBe(200);
    own.clock.advance(11_000);
    expectProblem(await me(`Bearer ${token}`, own), invalid);
  });

  test('changes a profile too', async () => {
    const token = forge({ payload: `{"user_id": ${user.id}, "exp": ${later()}}` });
    const json = { username: `legacy${user.id}` };
    expect((await server.send('PUT', '/api/me/', { json, token })).status).toBe(200);
  });
});

describe('a bad token', () => {
  const good = () => `{"user_id": ${user.id}, "exp": ${later()}}`;

  test.each<[string, () => string]>([
    ['alg none', () => forge({ header: { alg: 'none' }, payload: good(), signature: '' })],
    ['alg None', () => forge({ header: { alg: 'None' }, payload: good(), signature: '' })],
    ['alg none with a signature', () => forge({ header: { alg: 'none' }, payload: good() })],
    ['no alg', () => forge({ header: { typ: 'JWT' }, payload: good() })],
    ['alg hs256', () => forge({ header: { alg: 'hs256' }, payload: good() })],
    ['alg a list', () => forge({ header: { alg: ['HS256'] }, payload: good() })],
    ['HS512', () => forge({ header: { alg: 'HS512' }, payload: good(), hash: 'sha512' })],
    ['HS384', () => forge({ header: { alg: 'HS384' }, payload: good(), hash: 'sha384' })],
    ['HS512 that says HS256', () => forge({ payload: good(), hash: 'sha512' })],
    ['RS256 with the secret', () => forge({ header: { alg: 'RS256' }, payload: good() })],
    ['another secret', () => forge({ payload: good(), secret: `${testSecret}!` })],
    ['no signature', () => forge({ payload: good(), signature: '' })],
    ['half a signature', () => forge({ payload: good() }).slice(0, -20)],
    ['no exp', () => forge({ payload: `{"user_id": ${user.id}}` })],
    ['exp now', () => forge({ payload: `{"user_id": ${user.id}, "exp": ${nowSeconds()}}` })],
    ['exp in the past', () => forge({ payload: `{"user_id": ${user.id}, "exp": 1}` })],
    ['exp zero', () => forge({ payload: `{"user_id": ${user.id}, "exp": 0}` })],
    ['exp negative', () => forge({ payload: `{"user_id": ${user.id}, "exp": -1}` })],
    ['exp null', () => forge({ payload: `{"user_id": ${user.id}, "exp": null}` })],
    ['exp true', () => forge({ payload: `{"user_id": ${user.id}, "exp": true}` })],
    ['exp a text', () => forge({ payload: `{"user_id": ${user.id}, "exp": "${later()}"}` })],
    ['exp a fraction', () => forge({ payload: `{"user_id": ${user.id}, "exp": ${later()}.5}` })],
    [
      'exp a whole fraction',
      () => forge({ payload: `{"user_id": ${user.id}, "exp": ${later()}.0}` }),
    ],
    ['exp with an exponent', () => forge({ payload: `{"user_id": ${user.id}, "exp": 1e20}` })],
    ['exp a list', () => forge({ payload: `{"user_id": ${user.id}, "exp": [${later()}]}` })],
    ['no user_id', () => forge({ payload: `{"exp": ${later()}}` })],
    ['user_id null', () => forge({ payload: `{"user_id": null, "exp": ${later()}}` })],
    ['user_id a text', () => forge({ payload: `{"user_id": "${user.id}", "exp": ${later()}}` })],
    [
      'user_id a fraction',
      () => forge({ payload: `{"user_id": ${user.id}.5, "exp": ${later()}}` }),
    ],
    [
      'user_id a whole fraction',
      () => forge({ payload: `{"user_id": ${user.id}.0, "exp": ${later()}}` }),
    ],
    [
      'user_id with an exponent',
      () => forge({ payload: `{"user_id": ${user.id}e0, "exp": ${later()}}` }),
    ],
    ['user_id true', () => forge({ payload: `{"user_id": true, "exp": ${later()}}` })],
    ['user_id a list', () => forge({ payload: `{"user_id": [${user.id}], "exp": ${later()}}` })],
    [
      'user_id deeper',
      () => forge({ payload: `{"x": {"user_id": ${user.id}}, "exp": ${later()}}` }),
    ],
    [
      'nbf in the future',
      () =>
        forge({
          payload: `{"user_id": ${user.id}, "exp": ${later()}, "nbf": ${nowSeconds() + 30}}`,
        }),
    ],
    [
      'nbf a text',
      () => forge({ payload: `{"user_id": ${user.id}, "exp": ${later()}, "nbf": "soon"}` }),
    ],
    [
      'an audience that is not we',
      () => forge({ payload: `{"user_id": ${user.id}, "exp": ${later()}, "aud": "other"}` }),
    ],
    ['crit', () => forge({ header: { alg: 'HS256', crit: ['exp'], exp: 1 }, payload: good() })],
    [
      'crit of an unknown extension',
      () => forge({ header: { alg: 'HS256', crit: ['b64'], b64: false }, payload: good() }),
    ],
    ['crit null', () => forge({ header: { alg: 'HS256', crit: null }, payload: good() })],
    ['crit empty', () => forge({ header: { alg: 'HS256', crit: [] }, payload: good() })],
    ['a payload that is no object', () => forge({ payload: '[1]' })],
    ['a payload that is no JSON', () => forge({ payload: 'x' })],
    [
      'a header that is no JSON',
      () => `eA.${forge({ payload: good() }).split('.').slice(1).join('.')}`,
    ],
    [
      'a session that is no text',
      () => forge({ payload: `{"user_id": ${user.id}, "exp": ${later()}, "sid": 1}` }),
    ],
    [
      'a session of nobody',
      () => forge({ payload: `{"user_id": ${user.id}, "exp": ${later()}, "sid": "x"}` }),
    ],
    ['four parts', () => `${forge({ payload: good() })}.x`],
    ['padding', () => `${forge({ payload: good() })}=`],
  ])('%s', async (_name, token) => {
    expectProblem(await me(`Bearer ${token()}`), invalid);
  });

  test('with a changed character anywhere', async () => {
    const { access_token: token } = user;
    expect((await me(`Bearer ${token}`)).status).toBe(200);
    for (let i = 0; i < token.length; i += 7) {
      const other = token[i] === 'A' ? 'B' : 'A';
      expectProblem(await me(`Bearer ${token.slice(0, i)}${other}${token.slice(i + 1)}`), invalid);
    }
  });

  test('with the payload of another', async () => {
    const other = await server.signUp();
    const [header, , signature] = user.access_token.split('.');
    const payload = other.access_token.split('.')[1];
    expectProblem(await me(`Bearer ${header}.${payload}.${signature}`), invalid);
  });

  test('for the session of somebody else', async () => {
    const other = await server.signUp();
    const claims = Buffer.from(other.access_token.split('.')[1] ?? '', 'base64url').toString();
    const payload = JSON.stringify({ ...JSON.parse(claims), user_id: user.id });
    expectProblem(await me(`Bearer ${forge({ payload })}`), invalid);
  });

  describe('of a user who is not there', () => {
    let empty: TestServer;
    beforeAll(async () => {
      empty = await startServer();
    });
    afterAll(() => empty[Symbol.asyncDispose]());

    test.each(['1', '2147483648', '9007199254740993', '123456789012345678901234567890', '0', '-1'])(
      '%s',
      async (id) => {
        const payload = `{"user_id": ${id}, "exp": ${later(empty)}}`;
        expectProblem(await me(`Bearer ${forge({ payload })}`, empty), inactive);
      },
    );
  });
});

describe('a good token is refused on the very next request', () => {
  const change = (options: object = {}) =>
    server.send('PUT', '/api/me/', { token: user.access_token, ...options });

  beforeEach(async () => {
    await signUp();
    expect((await me(`Bearer ${user.access_token}`)).status).toBe(200);
  });

  test('after its user was deactivated', async () => {
    const { db } = server.deps.database;
    await updateUser(db, user.id, { isActive: 0, updatedAtMs: 0 });
    expectProblem(await me(`Bearer ${user.access_token}`), inactive);
    expectProblem(await change({ json: { username: 'ghost' } }), inactive);
    const legacy = forge({ payload: `{"user_id": ${user.id}, "exp": ${later()}}` });
    expectProblem(await me(`Bearer ${legacy}`), inactive);
    await updateUser(db, user.id, { isActive: 1, updatedAtMs: 0 });
    expect((await me(`Bearer ${user.access_token}`)).status).toBe(200);
  });

  test('after its user was deleted', async () => {
    await deleteAccount(server.deps.database.db, user, 0);
    expectProblem(await me(`Bearer ${user.access_token}`), inactive);
    expectProblem(await change(), inactive);
  });

  test('after its session ended', async () => {
    const json = { refresh_token: user.refresh_token };
    expect((await server.send('POST', '/api/logout/', { json })).status).toBe(200);
    expectProblem(await me(`Bearer ${user.access_token}`), ended('logged_out'));
  });

  test('after another process ended its session, or deactivated its user', async () => {
    const other = server.openDatabase();
    const nowMs = server.clock.nowMs();
    const by = { actor: { kind: 'system' }, nowMs } as const;
    await other.transact((trx) => endUserSessions(trx, user.id, 'session_revoked', by));
    expectProblem(await me(`Bearer ${user.access_token}`), ended('session_revoked'));
    await updateUser(other.db, user.id, { isActive: 0, updatedAtMs: nowMs });
    expectProblem(await me(`Bearer ${user.access_token}`), inactive);
    await deleteAccount(other.db, user, 0);
    expectProblem(await me(`Bearer ${user.access_token}`), inactive);
    await other.close();
  });

  test('after it expired', async () => {
    await using own = await startServer();
    const { access_token } = await own.signUp();
    expect((await me(`Bearer ${access_token}`, own)).status).toBe(200);
    own.clock.advance(30_000);
    expectProblem(await me(`Bearer ${access_token}`, own), invalid);
  });
});

test('every one of many sessions is refused as soon as it ends', async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, () => server.signUp()));
  for (const { access_token, refresh_token } of tokens) {
    expect((await me(`Bearer ${access_token}`)).status).toBe(200);
    const json = { refresh_token };
    await server.send('POST', '/api/logout/', { json });
    expect((await me(`Bearer ${access_token}`)).status).toBe(401);
  }
});

describe('on a public endpoint an Authorization header does no harm', () => {
  beforeEach(signUp);

  test.each([
    ['a stale token', () => `Bearer ${forge({ payload: `{"user_id": ${user.id}, "exp": 1}` })}`],
    ['a foreign token', () => `Bearer ${forge({ payload: '{}', secret: 'x' })}`],
    ['a broken one', () => 'Bearer'],
    ['one with spaces', () => 'Bearer a b c'],
    ['Basic', () => 'Basic YTpi'],
    ['another scheme', () => 'Negotiate !'],
  ])('%s', async (_name, authorization) => {
    const headers = { authorization: authorization() };
    const credentials = { email: `public${user.id}@example.com`, password: goodPassword };
    const post = (path: string, json: unknown) => server.send('POST', path, { json, headers });
    const registered = await post('/api/register/', credentials);
    expect(registered.status).toBe(201);
    const pair = await post('/api/login/', credentials);
    expect(pair.status).toBe(200);
    const next = await post('/api/refresh/', { refresh_token: pair.body.refresh_token });
    expect(next.status).toBe(200);
    const out = await post('/api/logout/', { refresh_token: next.body.refresh_token });
    expect(out.status).toBe(200);
    const unread = await sendRaw(server.origin, {
      method: 'POST',
      target: '/api/login/',
      headers: [
        ['Authorization', Buffer.from([0x42, 0xff, 0x20, 0xfe])],
        ['Content-Type', 'application/json'],
      ],
      body: JSON.stringify(credentials),
    });
    expect(unread.status).toBe(200);
  });
});
