import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashPool } from '../../src/features/identity/passwords/index.ts';
import { startServer, type TestServer } from '../harness.ts';
import { runs } from '../long.ts';
import { expectAlive, expectProblem, post, request, sendRaw } from './raw-client.ts';

/** Whatever is sent, the server answers with a problem document of less than 500, and stays up. */

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

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
    const { answers, isClosed } = await sendRaw(server.origin, bytes);
    expect(answers).toHaveLength(1);
    expectProblem(answers[0], 400, 'malformed_request');
    expect(isClosed).toBe(true);
    await expectAlive(server);
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
      { numRuns: runs(100) },
    );
    await expectAlive(server);
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

  test('a body of a method that has none is not read as one', async () => {
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

  test('CONNECT behind a request: its answer comes after that of the request', async () => {
    const hashing = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const hashPool: HashPool = {
      maxWaiting: 1,
      async run() {
        asked.resolve();
        await hashing.promise;
        return { isRight: false, isUsable: true, newHash: undefined };
      },
      close: async () => undefined,
    };
    await using slow = await startServer({ hashPool });
    const tunnelled = new Promise((resolve) => slow.app.http.server.once('connect', resolve));
    const login = post('/api/login/', 'application/json', '{"email":"a@b.co","password":"x"}');
    const exchange = sendRaw(slow.origin, [login, request('CONNECT a.b:443')], { answers: 2 });
    await Promise.all([asked.promise, tunnelled]);
    hashing.resolve();
    const { answers, isClosed } = await exchange;
    expect(answers.map(({ status }) => status)).toEqual([401, 405]);
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

  test('malformed bytes behind them do not overtake their answers', async () => {
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
    await expectAlive(server);
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
    { numRuns: runs(50) },
  );
});
