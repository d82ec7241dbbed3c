import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { goodPassword, startServer } from '../../test/harness.ts';
import { sendBytes } from '../../test/raw-http.ts';

/** What answers of every kind have in common. */

const server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
afterAll(() => server[Symbol.asyncDispose]());
const { access_token: token } = await server.signUpAdmin('superuser');
const { refresh_token } = await server.signUp();

describe('nobody stores an answer about a person', () => {
  test.each([
    ['GET', '/api/me/'],
    ['GET', '/api/sessions/'],
    ['GET', '/api/me/permissions/'],
    ['GET', '/api/me/export/'],
    ['POST', '/api/register/'],
    ['POST', '/api/logout/'],
    ['GET', '/api/admin/users/'],
    ['GET', '/api/admin/users/1/'],
    ['GET', '/api/admin/audit/'],
    ['GET', '/api/admin/users/export/'],
    ['GET', '/api/admin/settings/'],
    ['GET', '/api/unknown/'],
  ])('%s %s', async (method, path) => {
    const json =
      path === '/api/register/'
        ? { email: 'kept@example.com', password: goodPassword }
        : { refresh_token: path === '/api/logout/' ? refresh_token : '' };
    const answer = await server.send(method, path, {
      token,
      ...(method === 'POST' && { json }),
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('the Host header', () => {
  const ask = (head: string) => sendBytes(server.origin, Buffer.from(`${head}\r\n\r\n`));
  const paths = ['/api/me/', '/healthz', '/openapi.json', '/unknown', '/admin/'];

  test.each<[string, string]>([
    ['missing', ''],
    ['twice', 'Host: a.example\r\nHost: a.example\r\n'],
    ['twice, in other letters', 'Host: a.example\r\nHOST: b.example\r\n'],
    ['empty', 'Host:\r\n'],
    ['with a space', 'Host: a b\r\n'],
    ['with a path', 'Host: a.example/x\r\n'],
    ['with a user', 'Host: user@a.example\r\n'],
    ['with a scheme', 'Host: http://a.example\r\n'],
    ['with a port that is none', 'Host: a.example:x\r\n'],
    ['of two hosts', 'Host: a.example, b.example\r\n'],
    ['in brackets', 'Host: [a.example]\r\n'],
    ['too long', `Host: ${'a'.repeat(300)}\r\n`],
  ])('that is %s is refused on every path', async (_name, lines) => {
    for (const path of paths) {
      const answer = await ask(`GET ${path} HTTP/1.1\r\n${lines}Connection: close`);
      expect([answer.status, answer.body.code]).toEqual([400, 'malformed_request']);
    }
  });

  test.each([
    'localhost',
    'a.example:8000',
    '127.0.0.1',
    '[::1]:8000',
    'a_b.example',
    'a.example:',
  ])('may be %s', async (host) => {
    const answer = await ask(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close`);
    expect(answer.status).toBe(200);
  });

  test('may be missing from HTTP/1.0', async () => {
    expect((await ask('GET /healthz HTTP/1.0')).status).toBe(200);
  });
});

describe('an answer on the bare socket', () => {
  test.each<[string, string, number, string | null]>([
    ['of the parser', 'NONSENSE\r\n\r\n', 400, null],
    ['to too many headers', `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431, null],
    [
      'to CONNECT',
      'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n',
      405,
      'GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS',
    ],
  ])('%s has the headers of any other', async (_name, bytes, status, allow) => {
    const answer = await sendBytes(server.origin, Buffer.from(bytes));
    expect(answer.status).toBe(status);
    expect(Date.parse(answer.headers.get('date') ?? '')).not.toBeNaN();
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('allow')).toBe(allow);
  });
});

test('an answer that made something says where it is', async () => {
  const made = async (path: string, json: object) => {
    const answer = await server.send('POST', path, { token, json });
    expect(answer.status).toBe(201);
    const { pathname } = new URL(answer.headers.get('location') ?? '', `${server.origin}${path}`);
    return [pathname, answer.body.id];
  };
  const [user, id] = await made('/api/admin/users/', { email: 'made@example.com' });
  expect(user).toBe(`/api/admin/users/${id}/`);
  const [role, roleId] = await made('/api/admin/roles/', { name: 'made' });
  expect(role).toBe(`/api/admin/roles/${roleId}/`);
  const [profile] = await made('/api/register/', {
    email: 'own@example.com',
    password: goodPassword,
  });
  expect(profile).toBe('/api/me/');
});

test('OPTIONS needs no token anywhere', async () => {
  for (const path of ['/api/admin/users/', '/api/admin/users/1/', '/api/sessions/', '/api/me/']) {
    const answer = await server.send('OPTIONS', path);
    expect([path, answer.status]).toEqual([path, 200]);
    expect(answer.headers.get('allow')).toContain('OPTIONS');
  }
});

describe('a list', () => {
  const list = async (accepted?: string) => {
    const answer = await server.app.http.inject({
      url: '/api/admin/settings/',
      headers: {
        ...{ host: 'localhost', authorization: `Bearer ${token}` },
        ...(accepted !== undefined && { 'accept-encoding': accepted }),
      },
    });
    expect([answer.statusCode, answer.headers.vary]).toEqual([200, 'accept-encoding']);
    return answer;
  };

  test.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('is compressed by %s for a client that takes it', async (coding, decompress) => {
    const plain = await list();
    const answer = await list(coding);
    expect([plain.headers['content-encoding'], answer.headers['content-encoding']]).toEqual([
      undefined,
      coding,
    ]);
    expect(decompress(answer.rawPayload).toString()).toBe(plain.payload);
    expect(answer.rawPayload.length).toBeLessThan(plain.rawPayload.length / 3);
  });

  test.each([
    ['br;q=0.1, gzip;q=0.9', 'gzip'],
    ['gzip, br', 'br'],
    ['br;q=0, identity', undefined],
    ['identity;q=1, gzip;q=0.5', undefined],
    ['*;q=0.5', 'br'],
    ['zstd', undefined],
  ])('is coded by the weights of "%s": %s', async (accepted, coding) => {
    expect((await list(accepted)).headers['content-encoding']).toBe(coding);
  });
});

test.each([
  ['*/*', 'application/json'],
  ['text/html, */*;q=0.8', 'text/html'],
  ['text/html;q=0.2, application/json', 'application/json'],
  ['text/html;q=0', 'application/json'],
  ['image/png', 'application/json'],
])('with Accept "%s" a problem is explained as %s', async (accept, type) => {
  const { headers } = await server.send('GET', '/problems/not_found', { headers: { accept } });
  expect(headers.get('content-type')).toMatch(new RegExp(`^${type}`));
});

test('If-None-Match is a list, and each of its tags counts as a whole', async () => {
  const etag = (await server.send('GET', '/openapi.json')).headers.get('etag') ?? '';
  const statusOf = async (value: string) =>
    (await server.send('GET', '/openapi.json', { headers: { 'if-none-match': value } })).status;
  expect(await statusOf(`"other", ${etag}`)).toBe(304);
  expect(await statusOf(etag.replace('W/', ''))).toBe(304);
  expect(await statusOf('*')).toBe(304);
  expect(await statusOf('"other"')).toBe(200);
  expect(await statusOf(`"x${etag.slice(3)}`)).toBe(200);
});
