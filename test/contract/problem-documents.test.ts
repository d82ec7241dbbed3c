import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type SignedUp, startServer, type TestServer } from '../harness.ts';
import { sendBytes, sendRaw } from '../raw-http.ts';

let server: TestServer;
let user: SignedUp;
beforeAll(async () => {
  server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
  user = await server.signUp();
});
afterAll(() => server[Symbol.asyncDispose]());

const jsonType = { 'content-type': 'application/json' };

/** One request for each kind of error that a client can cause, and the member of the contract in it. */
const errors: [status: number, code: string, member: string, () => Promise<Answer>][] = [
  [400, 'invalid_fields', 'email', () => server.send('POST', '/api/register/', { json: {} })],
  [
    400,
    'invalid_body',
    'non_field_errors',
    () => server.send('POST', '/api/register/', { json: [] }),
  ],
  [
    400,
    'malformed_body',
    'detail',
    () => server.send('POST', '/api/login/', { body: '{', headers: jsonType }),
  ],
  [400, 'invalid_refresh_token', 'error', () => server.send('POST', '/api/refresh/', { json: {} })],
  [401, 'invalid_credentials', 'error', () => server.send('POST', '/api/login/', { json: {} })],
  [401, 'not_authenticated', 'detail', () => server.send('GET', '/api/me/')],
  [
    401,
    'invalid_token_header',
    'detail',
    () => server.send('GET', '/api/me/', { headers: { authorization: 'Bearer' } }),
  ],
  [401, 'invalid_token', 'detail', () => server.send('GET', '/api/me/', { token: 'x' })],
  [404, 'not_found', 'detail', () => server.send('GET', '/nowhere/')],
  [405, 'method_not_allowed', 'detail', () => server.send('DELETE', '/api/login/')],
  [
    413,
    'body_too_large',
    'detail',
    () => server.send('POST', '/api/login/', { body: ' '.repeat(1_048_577), headers: jsonType }),
  ],
  [
    415,
    'unsupported_media_type',
    'detail',
    () => server.send('POST', '/api/login/', { body: 'x' }),
  ],
];

describe.each(errors)('%i %s', (status, code, member, cause) => {
  test('is a problem document with the member of the contract', async () => {
    const answer = await cause();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json(;|$)/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.body).toMatchObject({
      type: `/problems/${code}`,
      title: expect.stringMatching(/^[A-Z].*\.$/),
      status,
      code,
      request_id: answer.headers.get('x-request-id'),
      [member]: expect.anything(),
    });
    expect(answer.body.request_id).toMatch(/^[\w.-]{8,64}$/);
  });

  test('has the same title each time, and another request_id', async () => {
    const [first, second] = [await cause(), await cause()];
    expect(second.body.title).toBe(first.body.title);
    expect(second.body.request_id).not.toBe(first.body.request_id);
  });
});

describe('the request_id', () => {
  test.each([
    ['a UUID', '0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11', true],
    ['letters, digits, dots', 'proxy.request_42', true],
    ['too short', 'abc', false],
    ['too long', 'a'.repeat(65), false],
    ['markup', '<script>alert(1)</script>', false],
    ['spaces', 'one two three', false],
    ['empty', '', false],
  ])('is that of the proxy where it is harmless: %s', async (_name, sent, isKept) => {
    const answer = await server.send('GET', '/api/me/', { headers: { 'x-request-id': sent } });
    expect(answer.body.request_id === sent).toBe(isKept);
    expect(answer.headers.get('x-request-id')).toBe(answer.body.request_id);
  });
});

describe('bytes that are not an HTTP request are answered with a problem document too', () => {
  test.each<[string, string | Uint8Array, number, string]>([
    [
      'no Host header',
      'GET /api/me/ HTTP/1.1\r\nConnection: close\r\n\r\n',
      400,
      'malformed_request',
    ],
    ['garbage', 'hello\r\n\r\n', 400, 'malformed_request'],
    ['an unknown method', 'FOO /api/me/ HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
    ['an unknown version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
    [
      'a header without a colon',
      'GET / HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n',
      400,
      'malformed_request',
    ],
    ['NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n', 400, 'malformed_request'],
    [
      'a length that is no number',
      'POST /api/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'two lengths',
      'POST /api/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
      'malformed_request',
    ],
    [
      'a length and chunks',
      'POST /api/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
  ])('%s', async (_name, bytes, status, code) => {
    const answer = await sendBytes(server.origin, Buffer.from(bytes as string));
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ type: `/problems/${code}`, status, code });
    expect(answer.body.detail).toEqual(expect.any(String));
    expect(answer.body.request_id).toEqual(expect.any(String));
  });

  test('a malformed chunk', async () => {
    const answer = await sendRaw(server.origin, {
      method: 'POST',
      target: '/api/login/',
      headers: [
        ['Transfer-Encoding', 'chunked'],
        ['Content-Type', 'application/json'],
      ],
      body: 'zz\r\n',
    });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('malformed_request');
    expect((await server.send('GET', '/api/me/', { token: user.access_token })).status).toBe(200);
  });
});

test('HTTP/1.0 needs no Host header', async () => {
  const bytes = `GET /api/me/ HTTP/1.0\r\nAuthorization: Bearer ${user.access_token}\r\n\r\n`;
  expect((await sendBytes(server.origin, Buffer.from(bytes))).status).toBe(200);
});

test.each(['nonsense', '100-continue, more', '200-ok'])(
  'Expect: %s is ignored',
  async (expected) => {
    const answer = await sendRaw(server.origin, {
      target: '/api/me/',
      headers: [
        ['Expect', expected],
        ['Authorization', `Bearer ${user.access_token}`],
      ],
    });
    expect(answer.status).toBe(200);
  },
);
