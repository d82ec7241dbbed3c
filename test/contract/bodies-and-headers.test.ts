import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  goodPassword,
  type RequestOptions,
  type SignedUp,
  startServer,
  type TestServer,
} from '../harness.ts';
import { sendRaw } from '../raw-http.ts';
import {
  badField,
  type ExpectedProblem,
  expectProblem,
  invalidCredentials,
  invalidRefreshToken,
} from './problem.ts';

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

type Body = string | Uint8Array<ArrayBuffer>;

/** Sends bytes as they are; a text would be given a Content-Type by `fetch`. */
function sendBody(method: string, path: string, body: Body, contentType?: string): Promise<Answer> {
  const options: RequestOptions = {
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    headers: contentType === undefined ? {} : { 'content-type': contentType },
    ...(path === '/api/me/' && { token: user.access_token }),
  };
  return server.send(method, path, options);
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

const jsonFault: ExpectedProblem = {
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
    expectProblem(await sendBody(method, path, body, json), jsonFault);
  });

  test('what is wrong with JSON is told without what stands in it', async () => {
    const answer = await sendBody(method, path, '{"password": "hunter2" "x"}', json);
    expectProblem(answer, jsonFault);
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

  test('null is no data', async () => {
    expectProblem(await sendBody(method, path, 'null', json), wrongKind('No data provided'));
  });
});

const part = (name: string, value: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const last = `--${boundary}--\r\n`;
const malformed = 'Enter a valid email address.';
const notText = 'Not a valid string.';

describe('a URL-encoded form', () => {
  let count = 0;
  const email = () => {
    count += 1;
    return `form${count}@example.com`;
  };
  const register = (body: Body, contentType = urlEncoded) =>
    sendBody('POST', '/api/register/', body, contentType);

  test('registers, signs in, refreshes and logs out', async () => {
    const address = email();
    const credentials = new URLSearchParams({ email: address, password: 'pässword & + %' });
    const send = (path: string, form: URLSearchParams) => server.send('POST', path, { form });
    expect((await send('/api/register/', credentials)).body).toMatchObject({ email: address });
    const pair = await send('/api/login/', credentials);
    expect(pair.status).toBe(200);
    const next = await send('/api/refresh/', new URLSearchParams(pair.body));
    expect(next.status).toBe(200);
    const out = await send('/api/logout/', new URLSearchParams(next.body));
    expect(out.body).toEqual({ success: 'User logged out.' });
  });

  test.each<[string, (address: string) => Body]>([
    ['a repeated key: the last counts', (a) => `email=x&password=&email=${a}&password=x`],
    ['empty pairs', (a) => `&&email=${a}&&password=x&`],
    ['a key without a value', (a) => `other&email=${a}&password=x`],
    ['a value with an equals sign', (a) => `email=${a}&password=a=b`],
    ['white space around', (a) => `email=+${a}%20&password=x%0A`],
    ['upper and lower case escapes', (a) => `email=${a.replace('@', '%40')}&pass%77ord=%c3%A9`],
    ['a line end at the end', (a) => `email=${a}&password=x\r\n`],
    ['__proto__ as a key', (a) => `__proto__=x&email=${a}&password=x`],
  ])('may have %s', async (_name, body) => {
    const address = email();
    const answer = await register(body(address));
    expect(answer.status).toBe(201);
    expect(answer.body.email).toBe(address);
  });

  test.each<[string, Body, Record<string, string[]>]>([
    [
      'a question mark in front is part of the key',
      '?email=a@b.co&password=x',
      { email: [required] },
    ],
    [
      'a semicolon does not separate',
      'email=a@b.co;password=x',
      { email: [malformed], password: [required] },
    ],
    [
      'a blank',
      'email=&password=+',
      { email: ['This field may not be blank.'], password: ['This field may not be blank.'] },
    ],
    ['a broken escape stays', 'email=a@%zz.co&password=x', { email: [malformed] }],
    ['NUL', 'email=a@b.co&password=%00', { password: ['Null characters are not allowed.'] }],
    ['JSON', '{"email": "a@b.co"}', { email: [required], password: [required] }],
    ['null is a text', 'email=null&password=x', { email: [malformed] }],
  ])('%s', async (_name, body, members) => {
    expectProblem(await register(body), badField(members));
  });

  test.each([
    ['UTF-8', [0xc3, 0xa9], 'é'],
    ['what is not UTF-8 is Latin-1', [0xe9], 'é'],
  ])('with bytes beyond ASCII: %s', async (_name, bytes, username) => {
    const body = Uint8Array.from([...Buffer.from('username='), ...bytes]);
    const answer = await sendBody('PUT', '/api/me/', body, urlEncoded);
    expect(answer.status).toBe(200);
    expect(answer.body.username).toBe(username);
  });

  test('may name a charset', async () => {
    const address = email();
    const answer = await register(`email=${address}&password=x`, `${urlEncoded}; charset=UTF-8`);
    expect(answer.status).toBe(201);
  });
});

describe('a multipart form', () => {
  let count = 0;
  const fresh = () => {
    count += 1;
    return `multipart${count}@example.com`;
  };
  const register = (body: Body, contentType = multipart) =>
    sendBody('POST', '/api/register/', body, contentType);
  const password = part('password', goodPassword);

  test('as a browser makes it registers, signs in, refreshes and logs out', async () => {
    const address = fresh();
    const post = (path: string, members: Record<string, string>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(members)) form.append(name, value);
      return server.send('POST', path, { body: form });
    };
    const credentials = { email: address, password: 'pässword\r\nof two lines' };
    expect((await post('/api/register/', credentials)).body).toMatchObject({ email: address });
    const pair = await post('/api/login/', credentials);
    expect(pair.status).toBe(200);
    const next = await post('/api/refresh/', pair.body);
    expect(next.status).toBe(200);
    expect((await post('/api/logout/', next.body)).status).toBe(200);
  });

  test.each<[string, (address: string) => string, string?]>([
    [
      'a repeated key: the last counts',
      (a) => part('email', 'x') + part('email', a) + password + last,
    ],
    ['a preamble and an epilogue', (a) => `hello\r\n${part('email', a)}${password}${last}bye\r\n`],
    ['no line end after the last boundary', (a) => part('email', a) + password + last.trimEnd()],
    ['no last boundary', (a) => part('email', a) + password],
    [
      'white space after a boundary',
      (a) =>
        `${part('email', a)}${password}`.replaceAll(`${boundary}\r`, `${boundary} \t\r`) + last,
    ],
    ['an unquoted name', (a) => part('email', a).replaceAll('"', '') + password + last],
    ['white space around a name', (a) => part(' email ', a) + password + last],
    [
      'header names in small letters',
      (a) =>
        part('email', a).toLowerCase().replaceAll(boundary.toLowerCase(), boundary) +
        password +
        last,
    ],
    [
      'a Content-Type of its own',
      (a) =>
        part('email', a).replace(
          '\r\n\r\n',
          '\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n',
        ) +
        password +
        last,
    ],
    [
      'application/octet-stream without a file name',
      (a) =>
        part('email', a).replace('\r\n\r\n', '\r\nContent-Type: application/octet-stream\r\n\r\n') +
        password +
        last,
    ],
    [
      'an empty file name',
      (a) => part('email', a).replace('"email"', '"email"; filename=""') + password + last,
    ],
    [
      'another disposition',
      (a) => part('email', a).replace('form-data', 'attachment') + password + last,
    ],
    [
      'base64',
      (a) =>
        part('email', Buffer.from(a).toString('base64')).replace(
          '\r\n\r\n',
          '\r\nContent-Transfer-Encoding: base64\r\n\r\n',
        ) +
        password +
        last,
    ],
    [
      'parts without a name, or without headers',
      (a) =>
        `--${boundary}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--${boundary}\r\n\r\nx\r\n${part('email', a)}${password}${last}`,
    ],
    ['a thousand fields', (a) => part('x', '1').repeat(998) + part('email', a) + password + last],
    [
      'a file that nobody reads',
      (a) =>
        part('photo', 'x').replace('"photo"', '"photo"; filename="a.png"') +
        part('email', a) +
        password +
        last,
    ],
    [
      'a quoted boundary',
      (a) => part('email', a) + password + last,
      `multipart/form-data; boundary="${boundary}"`,
    ],
    [
      'other parameters',
      (a) => part('email', a) + password + last,
      `Multipart/Form-Data; charset=utf-8; Boundary=${boundary}; x="a;b"`,
    ],
  ])('may have %s', async (_name, body, contentType) => {
    const address = fresh();
    const answer = await register(body(address), contentType);
    expect(answer.status).toBe(201);
    expect(answer.body.email).toBe(address);
  });

  test.each<[string, string, Record<string, string[]>]>([
    [
      'a file as password',
      part('email', 'free@example.com') +
        password.replace('"password"', '"password"; filename="a.txt"') +
        last,
      { password: [notText] },
    ],
    [
      'a file as address',
      part('email', 'a@b.co').replace('"email"', '"email"; filename="a"') + password + last,
      { email: [malformed] },
    ],
    [
      'a file with an extended name',
      part('email', 'a@b.co').replace('"email"', '"email"; filename*=UTF-8\'\'a') + password + last,
      { email: [malformed] },
    ],
    ['the last boundary alone', last, { email: [required], password: [required] }],
    ['no boundary at all', 'hello', { email: [required], password: [required] }],
    [
      'another boundary',
      `\r\n\r\n${part('email', 'a@b.co')}${password}`.replaceAll(boundary, 'other'),
      { email: [required], password: [required] },
    ],
    [
      'bare line feeds',
      `${part('email', 'a@b.co')}${password}${last}`.replaceAll('\r\n', '\n'),
      { email: [required], password: [required] },
    ],
    [
      'headers that are too long',
      part('email', 'a@b.co').replace('\r\n\r\n', `\r\nX: ${'x'.repeat(1024)}\r\n\r\n`) +
        password +
        last,
      { email: [required] },
    ],
    [
      'a file that is cut off',
      part('email', 'a@b.co').replace('"email"', '"email"; filename="a"'),
      { email: [required], password: [required] },
    ],
    [
      'blank fields',
      part('email', ' \r\n ') + part('password', '') + last,
      { email: ['This field may not be blank.'], password: ['This field may not be blank.'] },
    ],
    [
      'NUL',
      part('email', 'free@example.com') + part('password', '\0') + last,
      { password: ['Null characters are not allowed.'] },
    ],
  ])('%s', async (_name, body, members) => {
    expectProblem(await register(body), badField(members));
  });

  test('with one field too many', async () => {
    expectProblem(await register(part('x', '1').repeat(1_001) + last), {
      status: 400,
      code: 'malformed_body',
      members: { detail: 'Multipart form parse error - more than 1000 fields' },
    });
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
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
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
