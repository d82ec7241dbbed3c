import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorTable } from '../../src/errors.ts';
import { type Answer, startServer, type TestServer } from '../harness.ts';
import { type RawAnswer, sendRaw } from './raw-client.ts';

/** Whatever is sent, the server answers with a problem document of less than 500, and stays up. */

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function expectProblem(answer: Answer | RawAnswer | undefined, status: number, code: string): void {
  expect(answer?.status).toBe(status);
  expect(answer?.headers.get('content-type')).toContain('application/problem+json');
  expect(answer?.body).toMatchObject({
    type: `/problems/${code}`,
    title: expect.any(String),
    status,
    code,
    request_id: expect.any(String),
  });
  expect(code in errorTable).toBe(true);
}

async function expectAlive(): Promise<void> {
  expect((await server.send('OPTIONS', '/api/login/')).status).toBe(200);
}

const host = 'Host: x\r\n';

function request(line: string, headers = '', body = ''): string {
  return `${line} HTTP/1.1\r\n${host}${headers}\r\n${body}`;
}

function post(path: string, type: string, body: string): string {
  const length = Buffer.byteLength(body);
  return request(`POST ${path}`, `content-type: ${type}\r\ncontent-length: ${length}\r\n`, body);
}

describe('requests that are not HTTP', () => {
  test.each([
    ['an unknown method', request('BREW /api/me/')],
    ['a method in small letters', request('get /api/me/')],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no version', 'GET /api/me/ FTP/1.1\r\n\r\n'],
    ['TLS', Buffer.from('160301020001000001fc0303', 'hex')],
    ['noise', Buffer.from([0, 1, 2, 3, 255, 254, 13, 10, 13, 10])],
    ['a NUL in the path', request('GET /api/me/\0')],
    ['bytes past ASCII in the path', Buffer.from(request('GET /é'))],
    ['a NUL in a header', request('GET /api/me/', 'x: a\0b\r\n')],
    ['a space before the colon', request('GET /api/me/', 'x : a\r\n')],
    ['a folded header', request('GET /api/me/', 'x: a\r\n b\r\n\x00')],
    [
      'two lengths',
      request('POST /api/login/', 'content-length: 2\r\ncontent-length: 3\r\n', '{} '),
    ],
    ['a length below zero', request('POST /api/login/', 'content-length: -2\r\n', '{}')],
    [
      'a length past all bounds',
      request('POST /api/login/', 'content-length: 99999999999999999999\r\n'),
    ],
    [
      'a length and chunks',
      request(
        'POST /api/login/',
        'content-length: 5\r\ntransfer-encoding: chunked\r\n',
        '0\r\n\r\n',
      ),
    ],
    [
      'an unknown transfer coding',
      request('POST /api/login/', 'transfer-encoding: gzip\r\n', '{}'),
    ],
    [
      'a chunk without a length',
      request('POST /api/login/', 'transfer-encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n'),
    ],
    [
      'a chunk with an endless extension',
      request(
        'POST /api/login/',
        'transfer-encoding: chunked\r\n',
        `2;${'a'.repeat(20_000)}\r\n{}`,
      ),
    ],
  ])('%s: 400', async (_name, bytes) => {
    const { answers, isClosed } = await sendRaw(server.origin, bytes, { limitMs: 2_000 });
    expect(answers).toHaveLength(1);
    expectProblem(answers[0], 400, 'malformed_request');
    expect(isClosed).toBe(true);
    await expectAlive();
  });

  test('no host: 400, and HTTP/1.0 needs none', async () => {
    const missing = await sendRaw(server.origin, 'GET /api/me/ HTTP/1.1\r\n\r\n');
    expectProblem(missing.answers[0], 400, 'malformed_request');
    const old = await sendRaw(server.origin, 'GET /api/me/ HTTP/1.0\r\n\r\n');
    expectProblem(old.answers[0], 401, 'not_authenticated');
  });

  test.each([
    ['a path', request(`GET /${'a'.repeat(20_000)}`)],
    ['a query', request(`GET /api/me/?${'a=b&'.repeat(5_000)}`)],
    ['one header', request('GET /api/me/', `x: ${'a'.repeat(20_000)}\r\n`)],
    ['a name', request('GET /api/me/', `${'a'.repeat(20_000)}: x\r\n`)],
    ['all headers', request('GET /api/me/', 'x-header: value\r\n'.repeat(2_000))],
    ['a token', request('GET /api/me/', `authorization: Bearer ${'a'.repeat(20_000)}\r\n`)],
  ])('%s that is too long: 431', async (_name, bytes) => {
    const { answers, isClosed } = await sendRaw(server.origin, bytes);
    expectProblem(answers[0], 431, 'headers_too_large');
    expect(isClosed).toBe(true);
  });

  test('headers within the limit are fine, however many', async () => {
    const bytes = request('GET /api/me/', 'a:b\r\n'.repeat(900));
    expectProblem((await sendRaw(server.origin, bytes)).answers[0], 401, 'not_authenticated');
  });

  test('any bytes at all', async () => {
    const start = fc.constantFrom(
      '',
      'GET ',
      'POST /api/login/ HTTP/1.1\r\n',
      request('GET /api/me/'),
    );
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 200 }), async (prefix, bytes) => {
        const end = Buffer.from('\r\n\r\n');
        const whole = Buffer.concat([Buffer.from(prefix), bytes, end]);
        const { answers } = await sendRaw(server.origin, whole, { limitMs: 50 });
        for (const answer of answers) expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
    await expectAlive();
  });
});

describe('methods', () => {
  const odd = ['PROPFIND', 'QUERY', 'LOCK', 'M-SEARCH', 'PURGE', 'TRACE', 'DELETE', 'SOURCE'];

  test.each(odd)('%s: 405 on a path that is there, 404 on one that is not', async (method) => {
    const { answers } = await sendRaw(server.origin, request(`${method} /api/login/`));
    expectProblem(answers[0], 405, 'method_not_allowed');
    expect(answers[0]?.headers.get('allow')).toBe('POST, OPTIONS');
    expect(answers[0]?.body.detail).toBe(`Method "${method}" not allowed.`);
    const missing = await sendRaw(server.origin, request(`${method} /nowhere`));
    expectProblem(missing.answers[0], 404, 'not_found');
    // Where a token is needed, it is asked for first.
    const guarded = await sendRaw(server.origin, request(`${method} /api/me/`));
    expectProblem(guarded.answers[0], 401, 'not_authenticated');
  });

  test('a body of a method that takes none is not read as one', async () => {
    const { answers } = await sendRaw(
      server.origin,
      request('DELETE /api/login/', 'content-type: text/x\r\ncontent-length: 2\r\n', '{]'),
    );
    expectProblem(answers[0], 405, 'method_not_allowed');
  });

  test('CONNECT: 405, and the connection ends', async () => {
    const { answers, isClosed } = await sendRaw(server.origin, request('CONNECT a.b:443'));
    expectProblem(answers[0], 405, 'method_not_allowed');
    expect(isClosed).toBe(true);
  });

  test('an upgrade that we do not offer is ignored', async () => {
    const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\n';
    const { answers } = await sendRaw(server.origin, request('GET /api/me/', upgrade));
    expectProblem(answers[0], 401, 'not_authenticated');
  });

  test('an expectation that we do not know is ignored', async () => {
    const headers = 'expect: tea\r\ncontent-type: application/json\r\ncontent-length: 2\r\n';
    const { answers } = await sendRaw(server.origin, request('POST /api/login/', headers, '{}'));
    expectProblem(answers[0], 401, 'invalid_credentials');
  });
});

describe('paths', () => {
  test.each([
    '/',
    '/api',
    '/api/',
    '/api//login/',
    '/api/login//',
    '/api/me/..%2f',
    '/API/LOGIN/',
    '/api/%zz',
    '/%',
    '/%c0%af',
    '/api/login/%ff',
    '/api/me/%00',
    '/api/me;x=1',
    '/__proto__',
    '/constructor/',
    '/*',
    `/${'a'.repeat(12_000)}`,
    `/${'a/'.repeat(6_000)}`,
    `/${'%41'.repeat(4_000)}`,
  ])('%s: 404', async (path) => {
    const line = (method: string) => request(`${method} ${path}`);
    for (const bytes of [line('GET'), line('QUERY'), line('PUT'), post(path, 'text/x', '{]')]) {
      const { answers } = await sendRaw(server.origin, bytes);
      expectProblem(answers[0], 404, 'not_found');
      expect(answers[0]?.headers.get('x-request-id')).toBe(answers[0]?.body.request_id);
    }
  });

  test.each(['/api/me/?a=%ff&b[]=__proto__', '/api/me?%zz', 'http://x/api/me/', '/api/me/#x'])(
    '%s: as without what is odd in it',
    async (path) => {
      const { answers } = await sendRaw(server.origin, request(`GET ${path}`));
      expectProblem(answers[0], 401, 'not_authenticated');
    },
  );

  test('OPTIONS *: 404', async () => {
    const { answers } = await sendRaw(server.origin, request('OPTIONS *'));
    expectProblem(answers[0], 404, 'not_found');
  });
});

describe('several requests on one connection', () => {
  const login = post('/api/login/', 'application/json', '{"email":"a@b.co","password":"wrong"}');

  test('are answered in their order', async () => {
    const bytes = [request('GET /api/me/'), login, request('GET /nowhere')].join('');
    const { answers } = await sendRaw(server.origin, bytes, { answers: 3 });
    expect(answers.map((answer) => answer.body.code)).toEqual([
      'not_authenticated',
      'invalid_credentials',
      'not_found',
    ]);
  });

  test('what is no request behind them does not overtake their answers', async () => {
    const bytes = `${login}${login}\r\nGARBAGE\r\n\r\n`;
    const { answers, isClosed } = await sendRaw(server.origin, bytes, { answers: 3 });
    expect(answers.map((answer) => answer.body.code)).toEqual([
      'invalid_credentials',
      'invalid_credentials',
      'malformed_request',
    ]);
    expect(isClosed).toBe(true);
  });

  test('a client that leaves before its answers harms nobody', async () => {
    await sendRaw(server.origin, `${login}${login}GARBAGE\r\n\r\n`, { answers: 9, limitMs: 5 });
    await expectAlive();
  });
});

describe('bodies', () => {
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
    await expectAlive();
  });

  test('a length past the limit is refused before the body is there', async () => {
    const headers = 'content-type: application/json\r\ncontent-length: 99999999\r\n';
    const { answers, isClosed } = await sendRaw(
      server.origin,
      request('POST /api/login/', headers),
    );
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
  ])('%s: refused, soon, and not as a fault of ours', async (_name, body) => {
    for (const path of paths) {
      const startedAt = performance.now();
      const answer = await server.send('POST', path, {
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect([400, 401]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toContain('problem+json');
      expect(performance.now() - startedAt).toBeLessThan(15_000);
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

  test('a body that is no text, in every form, at every path', async () => {
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

  test('a form whose file breaks off: 400, and the server stays up', async () => {
    const answer = await server.send('POST', '/api/login/', {
      body: '--x\r\ncontent-disposition: form-data; name="a"; filename="f"\r\n\r\nabc',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    expectProblem(answer, 400, 'malformed_body');
    await expectAlive();
  });

  test.each([
    '',
    ';;;',
    'application/json/x',
    'text/plain',
    'multipart/mixed; boundary=x',
    '__proto__',
  ])('the type %j: 415', async (type) => {
    const bytes = request(
      'POST /api/login/',
      `content-type: ${type}\r\ncontent-length: 2\r\n`,
      '{}',
    );
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
    const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.double(), fc.bigInt());
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
      { numRuns: 300 },
    );
  });
});

test('headers that carry a token may hold anything', async () => {
  const header = fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((c) => String.fromCharCode(c)),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('', 'Bearer ', 'bearer\t', 'Basic '),
      header,
      async (scheme, text) => {
        const bytes = Buffer.from(
          request('GET /api/me/', `authorization: ${scheme}${text}\r\n`),
          'latin1',
        );
        const { answers } = await sendRaw(server.origin, bytes);
        expect([400, 401]).toContain(answers[0]?.status);
      },
    ),
    { numRuns: 50 },
  );
});
