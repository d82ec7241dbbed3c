import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type SignedUp, startServer, type TestServer } from '../harness.ts';
import { sendRaw } from '../raw-http.ts';
import {
  badField,
  type ExpectedProblem,
  expectProblem,
  invalidCredentials,
  invalidRefreshToken,
} from './problem.ts';
import { type Body, sendBody as send } from './send-body.ts';

let server: TestServer;
let user: SignedUp;
beforeAll(async () => {
  server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
  user = await server.signUp();
});
afterAll(() => server[Symbol.asyncDispose]());

const json = 'application/json';
const urlEncoded = 'application/x-www-form-urlencoded';
const boundary = 'a-Boundary_7';
const multipart = `multipart/form-data; boundary=${boundary}`;

/** The five endpoints that take a body, and what an object without a member is answered with. */
const required = 'This field is required.';
const endpoints: readonly [method: string, path: string, forEmpty: ExpectedProblem | undefined][] =
  [
    ['POST', '/api/register/', badField({ email: [required], password: [required] })],
    ['POST', '/api/login/', invalidCredentials],
    ['POST', '/api/refresh/', invalidRefreshToken],
    ['POST', '/api/logout/', invalidRefreshToken],
    ['PUT', '/api/me/', undefined],
    ['PATCH', '/api/me/', undefined],
  ];

function sendBody(method: string, path: string, body: Body, contentType?: string): Promise<Answer> {
  const token = path === '/api/me/' && user.access_token;
  return send(server, { method, path, token }, body, contentType);
}

function expectEmptyObject(answer: Answer, problem: ExpectedProblem | undefined): void {
  if (problem) {
    expectProblem(answer, problem);
    return;
  }
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ id: user.id });
}

const unsupported = (contentType: string): ExpectedProblem => ({
  status: 415,
  code: 'unsupported_media_type',
  members: { detail: `Unsupported media type "${contentType}" in request.` },
});

const jsonProblem: ExpectedProblem = {
  status: 400,
  code: 'malformed_body',
  members: { detail: expect.stringMatching(/^JSON parse error - ./) },
};

const wrongKind = (message: string): ExpectedProblem => ({
  status: 400,
  code: 'invalid_body',
  members: { non_field_errors: [message] },
});

describe.each(endpoints)('%s %s', (method, path, forEmpty) => {
  test.each<[string, Body]>([
    ['nothing but a brace', '{'],
    ['a trailing comma', '{"email": "x",}'],
    ['single quotes', "{'email': 'x'}"],
    ['a bare word', 'email'],
    ['two values', '{} {}'],
    ['NaN', 'NaN'],
    ['NaN within', '{"email": NaN}'],
    ['Infinity', '{"email": Infinity}'],
    ['minus Infinity', '-Infinity'],
    ['a number with a leading zero', '{"email": 01}'],
    ['a comment', '{} // all'],
    ['a line end in a text', '{"email": "a\nb"}'],
    ['a space alone', ' '],
    ['white space alone', ' \t\r\n'],
    ['NUL alone', '\0'],
    ['a byte order mark', '\ufeff{}'],
    ['a form', 'email=x&password=y'],
    ['bad UTF-8 in a text', Uint8Array.of(0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d)],
    ['an encoded surrogate', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['a cut sequence', Uint8Array.of(0x22, 0xc3, 0x22)],
    ['Latin-1', Uint8Array.of(0x22, 0xe9, 0x22)],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00)],
  ])('broken JSON: %s', async (_name, body) => {
    expectProblem(await sendBody(method, path, body, json), jsonProblem);
  });

  test('what is wrong with JSON is told without what stands in it', async () => {
    const answer = await sendBody(method, path, '{"password": "hunter2" "x"}', json);
    expectProblem(answer, jsonProblem);
    expect(answer.text).not.toContain('hunter2');
  });

  test.each([
    'text/plain',
    'text/plain; charset=utf-8',
    'Text/Plain',
    'text/json',
    'application/xml',
    'application/jsonp',
    'application/problem+json',
    'application/*',
    '*/*',
    'json',
    'application/json, text/plain',
    'multipart/mixed; boundary=x',
    '; charset=utf-8',
    'application/octet-stream',
  ])('a body of the type %s', async (contentType) => {
    expectProblem(await sendBody(method, path, '{}', contentType), unsupported(contentType));
    expectProblem(await sendBody(method, path, ' ', contentType), unsupported(contentType));
    expectEmptyObject(await sendBody(method, path, '', contentType), forEmpty);
  });

  test('a body without a type, or with an empty one', async () => {
    expectProblem(await sendBody(method, path, '{}'), unsupported(''));
    expectProblem(await sendBody(method, path, '{}', ''), unsupported(''));
  });

  test.each([undefined, '', json, urlEncoded, multipart, 'multipart/form-data', 'text/plain', 'x'])(
    'an empty body of the type %s is an empty object',
    async (contentType) => {
      const headers: [string, string][] =
        path === '/api/me/' ? [['Authorization', `Bearer ${user.access_token}`]] : [];
      if (contentType !== undefined) headers.push(['Content-Type', contentType]);
      const send = (more: [string, string][], body?: string) =>
        sendRaw(server.origin, {
          method,
          target: path,
          headers: [...headers, ...more],
          ...(body !== undefined && { body }),
        });
      expectEmptyObject(await send([]), forEmpty);
      expectEmptyObject(await send([], ''), forEmpty);
      expectEmptyObject(await send([['Transfer-Encoding', 'chunked']], '0\r\n\r\n'), forEmpty);
    },
  );

  test.each([json, `${json}; charset=utf-8`, `${json};x=y`, `${json} ;`, 'Application/JSON'])(
    'a body of the type %s is JSON',
    async (contentType) => {
      expectEmptyObject(await sendBody(method, path, '{}', contentType), forEmpty);
      expectEmptyObject(await sendBody(method, path, ' {"x": 1}\n', contentType), forEmpty);
    },
  );

  test('a chunked body is read', async () => {
    const headers: [string, string][] = [
      ['Content-Type', json],
      ['Transfer-Encoding', 'chunked'],
    ];
    if (path === '/api/me/') headers.push(['Authorization', `Bearer ${user.access_token}`]);
    const body = '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n';
    expectEmptyObject(
      await sendRaw(server.origin, { method, target: path, headers, body }),
      forEmpty,
    );
  });

  test('a body over the limit', async () => {
    const tooLarge: ExpectedProblem = {
      status: 413,
      code: 'body_too_large',
      members: { detail: expect.any(String) },
    };
    const body = ' '.repeat(1024 * 1024 - 2);
    expectEmptyObject(await sendBody(method, path, `${body}{}`, json), forEmpty);
    expectProblem(await sendBody(method, path, `${body}{} `, json), tooLarge);
    const headers: [string, string][] = [
      ['Content-Type', json],
      ['Transfer-Encoding', 'chunked'],
    ];
    if (path === '/api/me/') headers.push(['Authorization', `Bearer ${user.access_token}`]);
    const size = (body.length + 3).toString(16);
    const chunked = await sendRaw(server.origin, {
      method,
      target: path,
      headers,
      body: `${size}\r\n${body}{} \r\n0\r\n\r\n`,
    });
    expectProblem(chunked, tooLarge);
  });

  test('forms: one field too many', async () => {
    const form = (fields: number) => `${'x=1&'.repeat(fields - 1)}y=1`;
    expectEmptyObject(await sendBody(method, path, form(1_000), urlEncoded), forEmpty);
    expectProblem(await sendBody(method, path, form(1_001), urlEncoded), {
      status: 400,
      code: 'malformed_body',
      members: { detail: 'Form parse error - more than 1000 fields' },
    });
  });

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; charset=utf-8',
    `multipart/form-data; boundary=${'b'.repeat(202)}`,
  ])('multipart without a boundary: %s', async (contentType) => {
    expectProblem(await sendBody(method, path, '--\r\n', contentType), {
      status: 400,
      code: 'malformed_body',
      members: { detail: expect.stringMatching(/^Multipart form parse error - ./) },
    });
  });
});

describe.each([
  ['POST', '/api/register/'],
  ['PUT', '/api/me/'],
  ['PATCH', '/api/me/'],
])('%s %s wants an object', (method, path) => {
  test.each([
    ['[]', 'list'],
    ['[{"email": "a@b.co"}]', 'list'],
    ['1', 'int'],
    ['-0', 'int'],
    ['12345678901234567890', 'int'],
    [' 7\n', 'int'],
    ['1.0', 'float'],
    ['1e3', 'float'],
    ['1E400', 'float'],
    ['-0.0', 'float'],
    ['""', 'str'],
    ['"{}"', 'str'],
    ['true', 'bool'],
    ['false', 'bool'],
  ])('%s is a %s', async (body, kind) => {
    const message = `Invalid data. Expected a dictionary, but got ${kind}.`;
    expectProblem(await sendBody(method, path, body, json), wrongKind(message));
  });

  test('null means that there is no data', async () => {
    expectProblem(await sendBody(method, path, 'null', json), wrongKind('No data provided'));
  });
});

describe('the token is checked before the body', () => {
  test.each<[string, Body, string | undefined]>([
    ['broken JSON', '{', json],
    ['another type', 'x', 'text/plain'],
    ['no type', 'x', undefined],
    ['a body over the limit', ' '.repeat(1024 * 1024 + 1), json],
    ['a bad field', '{"email": "x"}', json],
  ])('%s', async (_name, body, contentType) => {
    for (const method of ['PUT', 'PATCH']) {
      for (const authorization of ['', 'Bearer x', 'Basic x']) {
        const answer = await server.send(method, '/api/me/', {
          body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
          headers: {
            authorization,
            ...(contentType !== undefined && { 'content-type': contentType }),
          },
        });
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b/);
      }
    }
  });
});

test('GET with a body, of whatever type, reads the profile', async () => {
  for (const contentType of [json, 'text/plain', 'x', '']) {
    const answer = await sendRaw(server.origin, {
      target: '/api/me/',
      headers: [
        ['Authorization', `Bearer ${user.access_token}`],
        ['Content-Type', contentType],
      ],
      body: '{',
    });
    expect(answer.status).toBe(200);
    expect(answer.body.id).toBe(user.id);
  }
});
