import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endCauseTable, errorTable } from '../../src/errors/index.ts';
import { anyCharacter } from '../any-character.ts';
import {
  type Answer,
  anyPassword,
  type SignedUp,
  startServer,
  type TestServer,
} from '../harness.ts';
import { runs } from '../long.ts';
import { type HeaderLine, sendRaw } from '../raw-http.ts';

/** Whatever a client sends: a status that the contract knows, a problem document, and never an error of the server. */

let server: TestServer;
let user: SignedUp;
beforeAll(async () => {
  server = await startServer({
    pinned: { ACCESS_TOKEN_LIFETIME: 3_600, RATE_LIMITS_ENABLED: false, ...anyPassword },
  });
  user = await server.signUp();
});
afterAll(() => server[Symbol.asyncDispose]());

const codes = new Set([...Object.keys(errorTable), ...Object.keys(endCauseTable)]);

interface Endpoint {
  readonly method: string;
  readonly path: string;
  /** The statuses that any JSON value may be answered with. */
  readonly forJson: readonly number[];
}

const endpoints: readonly Endpoint[] = [
  { method: 'POST', path: '/api/register/', forJson: [201, 400] },
  { method: 'POST', path: '/api/login/', forJson: [401] },
  { method: 'POST', path: '/api/refresh/', forJson: [400] },
  { method: 'POST', path: '/api/logout/', forJson: [400] },
  { method: 'PUT', path: '/api/me/', forJson: [200, 400] },
  { method: 'PATCH', path: '/api/me/', forJson: [200, 400] },
];

const authorization = (): HeaderLine => ['Authorization', `Bearer ${user.access_token}`];

function send(
  { method, path }: Endpoint,
  body: string | Uint8Array,
  contentType: string,
): Promise<Answer> {
  return sendRaw(server.origin, {
    method,
    target: path,
    headers: [['Content-Type', contentType], ...(path === '/api/me/' ? [authorization()] : [])],
    body,
  });
}

function expectSound(answer: Answer, statuses: readonly number[]): void {
  expect(statuses).toContain(answer.status);
  if (answer.status < 400) return;
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const { type, title, status, code, request_id } = answer.body;
  expect([status, request_id]).toEqual([answer.status, answer.headers.get('x-request-id')]);
  expect(codes).toContain(code);
  expect([type, typeof title]).toEqual([`/problems/${code}`, 'string']);
}

/** Texts with what is hard: lone surrogates, NUL, white space of every kind, any script. */
const text = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom(
      '\ud800',
      '\udfff',
      '\0',
      '\u0085',
      '\u001c',
      '\ufeff',
      '😀',
      '@',
      '.',
      'é',
      'a',
    ),
  }),
  fc.emailAddress(),
  fc.uuid(),
);
const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(10n ** 400n), max: 10n ** 400n }).map(String),
  fc.constantFrom('-0', '-0.0', '1e400', '-1E+999', '1e-999', '1.0', '0.1e1'),
);
const value = fc.oneof(
  { weight: 4, arbitrary: text.map((each) => JSON.stringify(each)) },
  { weight: 2, arbitrary: numberText },
  { weight: 2, arbitrary: fc.json({ stringUnit: 'binary' }) },
);
const name = fc.oneof(
  fc.constantFrom(
    'email',
    'password',
    'username',
    'refresh_token',
    'id',
    '__proto__',
    'constructor',
  ),
  text,
);
const json = fc.oneof(
  { weight: 1, arbitrary: value },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.tuple(name, value), { maxLength: 6 })
      .map((members) => `{${members.map(([key, each]) => `${JSON.stringify(key)}: ${each}`)}}`),
  },
);

describe.each(endpoints)('$method $path', (endpoint) => {
  test('any JSON value', async () => {
    const check = async (body: string) => {
      expectSound(await send(endpoint, body, 'application/json'), endpoint.forJson);
    };
    await fc.assert(fc.asyncProperty(json, check), { numRuns: runs(200) });
  });

  test('any bytes of any type', async () => {
    const types = [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=b',
      'text/plain',
    ];
    const pieces = fc.constantFrom(
      ...[
        '--b',
        '\r\n',
        '\r\n\r\n',
        '--',
        'Content-Disposition: form-data; name="email"',
        '"',
        ';',
      ],
      ...['email', 'password', '=', '&', '%', '%ff', '+', '{', '}', '[', ':', ',', 'filename', '*'],
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(
          fc.oneof(
            pieces.map((piece) => Buffer.from(piece)),
            fc.uint8Array({ maxLength: 3 }),
          ),
        )
        .map((chunks) => Buffer.concat(chunks)),
    );
    const check = async (body: Uint8Array, contentType: string) => {
      const answer = await send(endpoint, body, contentType);
      expectSound(answer, [...endpoint.forJson, 400, 415]);
    };
    const property = fc.asyncProperty(bytes, fc.constantFrom(...types), check);
    await fc.assert(property, { numRuns: runs(200) });
  });
});

test('any text in any header', async () => {
  const names = [
    ...['Authorization', 'Content-Type', 'Accept', 'Accept-Encoding', 'Cookie', 'Expect', 'Range'],
    ...['Host', 'X-Request-Id', 'X-Forwarded-For', 'Forwarded', 'Origin', 'Upgrade', 'TE', 'Via'],
    ...['If-None-Match', 'If-Modified-Since', 'Idempotency-Key', 'User-Agent', 'Content-Encoding'],
  ];
  // Any byte but those that end a header, or that no HTTP parser lets through.
  const byte = fc.integer({ min: 0x20, max: 0xff }).filter((each) => each !== 0x7f);
  const bytes = fc.array(fc.oneof(byte, fc.constantFrom(0x09, 0x20, 0x2c, 0x3b)), {
    maxLength: 60,
  });
  const header = fc.tuple(
    fc.constantFrom(...names),
    fc.oneof(
      bytes.map((each) => Buffer.from(each)),
      fc.constantFrom('Bearer', 'Bearer x', 'Basic eDp5', 'gzip', 'chunked', '100-continue', 'h2c'),
    ),
  );
  const check = async (headers: HeaderLine[], endpoint: Endpoint) => {
    const answer = await sendRaw(server.origin, {
      method: endpoint.method,
      target: endpoint.path,
      headers,
      body: '{}',
    });
    expectSound(answer, [400, 401, 415]);
  };
  const endpoint = fc.constantFrom(...endpoints);
  const property = fc.asyncProperty(fc.array(header, { maxLength: 5 }), endpoint, check);
  await fc.assert(property, { numRuns: runs(500) });
});

test('any method on any path', async () => {
  const segment = fc.oneof(
    fc.constantFrom(
      'api',
      'me',
      'login',
      'register',
      'sessions',
      '..',
      '.',
      '%2e',
      '%',
      '*',
      ':id',
    ),
    fc.webSegment(),
  );
  const path = fc
    .tuple(fc.array(segment, { maxLength: 5 }), fc.constantFrom('', '/', '//', '?', '?x=%', '#'))
    .map(([segments, end]) => `/${segments.join('/')}${end}`);
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY');
  const check = async (each: string, target: string) => {
    const headers: HeaderLine[] = [['Content-Type', 'text/plain']];
    const answer = await sendRaw(server.origin, { method: each, target, headers, body: 'x' });
    expectSound(answer, [200, 401, 404, 405, 415]);
  };
  await fc.assert(fc.asyncProperty(method, path, check), { numRuns: runs(500) });
});

test('any password that registers signs in, with any white space around it', async () => {
  const space = fc.string({
    unit: fc.constantFrom(' ', '\t', '\n', '\u0085', '\u00a0', '\u001c', '\u2003', '\u3000'),
    maxLength: 3,
  });
  const password = fc.oneof(
    fc.string({ unit: anyCharacter, minLength: 1, maxLength: 128 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  );
  let count = 0;
  const check = async (word: string, [before, after]: [string, string]) => {
    count += 1;
    const email = `round-trip${count}@example.com`;
    const registered = await server.send('POST', '/api/register/', {
      json: { email, password: word },
    });
    expectSound(registered, [201, 400]);
    const login = await server.send('POST', '/api/login/', {
      json: { email: ` ${email.toUpperCase()}`, password: `${before}${word}${after}` },
    });
    expect(login.status).toBe(registered.status === 201 ? 200 : 401);
  };
  const property = fc.asyncProperty(password, fc.tuple(space, space), check);
  await fc.assert(property, { numRuns: runs(25) });
});

test('any email that registers signs in, in any letter case', async () => {
  const label = fc.string({
    unit: fc.constantFrom(...'abzéßςσΣøЖжıİǅﬁａ漢-09'),
    minLength: 1,
    maxLength: 8,
  });
  const email = fc.oneof(
    fc.tuple(fc.emailAddress(), label).map(([address, more]) => `${address}.${more}.co`),
    fc.tuple(fc.uuid(), label).map(([local, more]) => `${local}@${more}.example`),
  );
  const check = async (address: string) => {
    const json = { email: address, password: 'x' };
    const registered = await server.send('POST', '/api/register/', { json });
    expectSound(registered, [201, 400]);
    if (registered.status !== 201) return;
    for (const other of [address.toUpperCase(), address.toLowerCase()]) {
      const credentials = { json: { email: other, password: 'x' } };
      expect((await server.send('POST', '/api/login/', credentials)).status).toBe(200);
      const again = await server.send('POST', '/api/register/', credentials);
      expect(again.status).toBe(400);
    }
  };
  await fc.assert(fc.asyncProperty(email, check), { numRuns: runs(25) });
});
