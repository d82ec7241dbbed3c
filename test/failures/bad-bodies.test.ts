import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anyCharacter } from '../any-character.ts';
import { startServer, type TestServer } from '../harness.ts';
import { runs } from '../long.ts';
import { processorMs } from '../processor-time.ts';
import { expectAlive, expectProblem, post, request, sendRaw } from './raw-client.ts';

/** Bodies of every wrong kind: each is refused, soon, and the server stays up. */

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const paths = ['/api/register/', '/api/login/', '/api/refresh/', '/api/logout/'];
const types = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
];

test('a byte more than the limit: 413, whether its length is told or not', async () => {
  const body = JSON.stringify({ email: 'a'.repeat(1024 * 1024) });
  for (const path of paths) {
    const told = await sendRaw(server.origin, post(path, 'application/json', body));
    expectProblem(told.answers[0], 413, 'body_too_large');
  }
  const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
  const headers = 'content-type: application/json\r\ntransfer-encoding: chunked\r\n';
  const untold = await sendRaw(
    server.origin,
    request('POST /api/login/', headers, `${chunk.repeat(17)}0\r\n\r\n`),
  );
  expectProblem(untold.answers[0], 413, 'body_too_large');
  await expectAlive(server);
});

test('a length past the limit is refused before the body is there', async () => {
  const headers = 'content-type: application/json\r\ncontent-length: 99999999\r\n';
  const { answers, isClosed } = await sendRaw(server.origin, request('POST /api/login/', headers));
  expectProblem(answers[0], 413, 'body_too_large');
  expect(isClosed).toBe(true);
});

test('a body at the limit is read', async () => {
  const body = `{"email":"a@b.co","password":"${'a'.repeat(1024 * 1024 - 32)}"}`;
  expect(body.length).toBe(1024 * 1024);
  const answer = await server.send('POST', '/api/login/', {
    body,
    headers: { 'content-type': 'application/json' },
  });
  expectProblem(answer, 401, 'invalid_credentials');
});

const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
const manyKeys = `{${Array.from({ length: 60_000 }, (_key, n) => `"key${n}":${n}`).join(',')}}`;

test.each([
  ['deep lists', deep],
  ['deep lists that are left open', '['.repeat(1_000_000)],
  ['deep objects', `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`],
  [
    'deep lists beside a number where a text belongs',
    `{"email":5,"password":6,"x":${deep.slice(1, -1)}}`,
  ],
  ['many members', manyKeys],
  ['many members beside a number', `{"email":1.0,${manyKeys.slice(1)}`],
  ['an endless number', `{"email":${'9'.repeat(1_000_000)}}`],
  ['an endless fraction', `{"email":0.${'1'.repeat(1_000_000)}e-5}`],
  ['a huge exponent', '{"email":1e999999999,"password":-1e999999999}'],
])('%s: refused, soon, and not as an error of the server', async (_name, body) => {
  for (const path of paths) {
    const tookMs = await processorMs(async () => {
      const headers = { 'content-type': 'application/json' };
      const answer = await server.send('POST', path, { body, headers });
      expect([400, 401]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toContain('problem+json');
    });
    expect(tookMs).toBeLessThan(15_000);
  }
});

test('the names of prototypes are harmless as members', async () => {
  for (const json of [
    '{"__proto__":{"email":"a@b.co","password":"long enough for it"}}',
    '{"constructor":{"prototype":{"email":"a@b.co"}}}',
    '{"email":{"toString":1},"password":{"__proto__":null}}',
    '{"__proto__":null,"hasOwnProperty":1}',
  ]) {
    for (const path of paths) {
      const body = { body: json, headers: { 'content-type': 'application/json' } };
      expect([400, 401]).toContain((await server.send('POST', path, body)).status);
    }
  }
  const form = await server.send('POST', '/api/register/', {
    form: { __proto__: 'x', 'constructor[prototype][email]': 'a@b.co' },
  });
  expectProblem(form, 400, 'invalid_fields');
  expect(({} as Record<string, unknown>).email).toBeUndefined();
});

test.each([
  ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['UTF-16', Buffer.from('{"email":"a@b.co"}', 'utf16le')],
  ['with a byte order mark', Buffer.from('\ufeff{}')],
  ['NUL bytes', Buffer.alloc(10)],
  ['compressed', Buffer.from('1f8b0800000000000003ab56ca4dccd15250b2520002', 'hex')],
  ['white space', Buffer.from(' \n\t ')],
])('JSON that is %s: 400', async (_name, bytes) => {
  const answer = await server.send('POST', '/api/login/', {
    body: Uint8Array.from(bytes),
    headers: { 'content-type': 'application/json' },
  });
  expectProblem(answer, 400, 'malformed_body');
});

test('a body that is not text, in every form, at every path', async () => {
  for (const path of paths) {
    for (const type of types) {
      const answer = await server.send('POST', path, {
        body: Uint8Array.from([0xff, 0xfe, 0, 0x80, 0x0d, 0x0a]),
        headers: { 'content-type': type },
      });
      expect([400, 401]).toContain(answer.status);
    }
  }
});

test('a form whose file breaks off: as without the file, and the server stays up', async () => {
  const answer = await server.send('POST', '/api/login/', {
    body: '--x\r\ncontent-disposition: form-data; name="a"; filename="f"\r\n\r\nabc',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });
  expectProblem(answer, 401, 'invalid_credentials');
  await expectAlive(server);
});

test.each([
  '',
  ';;;',
  'application/json/x',
  'text/plain',
  'multipart/mixed; boundary=x',
  '__proto__',
])('the type %j: 415', async (type) => {
  const bytes = request('POST /api/login/', `content-type: ${type}\r\ncontent-length: 2\r\n`, '{}');
  expectProblem((await sendRaw(server.origin, bytes)).answers[0], 415, 'unsupported_media_type');
});

test('any JSON at all, at every path', async () => {
  const { access_token } = await server.signUp();
  const member = fc.constantFrom(
    'email',
    'password',
    'username',
    'refresh_token',
    '__proto__',
    'x',
  );
  const value = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: anyCharacter }),
    fc.double(),
    fc.bigInt(),
  );
  const body = fc.oneof(fc.dictionary(member, value), fc.jsonValue());
  const write = (_key: string, v: unknown) => (typeof v === 'bigint' ? Number(v) : v);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths, '/api/me/'), body, async (path, json) => {
      const answer = await server.send(path === '/api/me/' ? 'PUT' : 'POST', path, {
        body: JSON.stringify(json, write) ?? 'null',
        headers: { 'content-type': 'application/json' },
        token: access_token,
      });
      expect(answer.status).toBeLessThan(500);
    }),
    { numRuns: runs(300) },
  );
});
