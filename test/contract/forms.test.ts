import { afterAll, describe, expect, test } from 'vitest';
import { anyPassword, goodPassword, startServer } from '../harness.ts';
import { badField, expectProblem } from './problem.ts';
import { type Body, sendBody as send } from './send-body.ts';

const server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600, ...anyPassword } });
const user = await server.signUp();
afterAll(() => server[Symbol.asyncDispose]());

const urlEncoded = 'application/x-www-form-urlencoded';
const boundary = 'a-Boundary_7';
const multipart = `multipart/form-data; boundary=${boundary}`;
const required = 'This field is required.';

function sendBody(method: string, path: string, body: Body, contentType: string) {
  const token = path === '/api/me/' && user.access_token;
  return send(server, { method, path, token }, body, contentType);
}

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
      'a file as email',
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
