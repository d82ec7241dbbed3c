import { METHODS } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goodPassword, type SignedUp, startServer, type TestServer } from '../harness.ts';
import { sendRaw } from '../raw-http.ts';
import { type ExpectedProblem, expectProblem, unauthorized } from './problem.ts';

let server: TestServer;
let user: SignedUp;
beforeAll(async () => {
  server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
  user = await server.signUp();
});
afterAll(() => server[Symbol.asyncDispose]());

const publicPaths = ['/api/register/', '/api/login/', '/api/refresh/', '/api/logout/'];
const publicMethods = ['POST', 'OPTIONS'];
const ownMethods = ['GET', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'];
const everyMethod = METHODS.filter((method) => method !== 'CONNECT');

const notAllowed = (method: string): ExpectedProblem => ({
  status: 405,
  code: 'method_not_allowed',
  members: { detail: `Method "${method}" not allowed.` },
});
const notFound: ExpectedProblem = {
  status: 404,
  code: 'not_found',
  members: { detail: 'Not found.' },
};
const notProvided = unauthorized(
  'not_authenticated',
  'Authentication credentials were not provided.',
);

const ask = (method: string, target: string, headers: [string, string][] = [], body?: string) =>
  sendRaw(server.origin, { method, target, headers, ...(body !== undefined && { body }) });
const bearer = (): [string, string] => ['Authorization', `Bearer ${user.access_token}`];

describe.each([...publicPaths, ...publicPaths.map((path) => path.slice(0, -1))])('%s', (path) => {
  test.each(everyMethod.filter((method) => !publicMethods.includes(method) && method !== 'HEAD'))(
    'refuses %s, whatever its body is',
    async (method) => {
      for (const body of [undefined, '{', '{}']) {
        const answer = await ask(method, path, [['Content-Type', 'text/plain']], body);
        expectProblem(answer, notAllowed(method));
        expect(answer.headers.get('allow')).toBe('POST, OPTIONS');
      }
    },
  );

  test('refuses HEAD without a body', async () => {
    const answer = await ask('HEAD', path);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS');
    expect(answer.text).toBe('');
  });

  test('tells OPTIONS its methods, whatever its body is', async () => {
    for (const body of [undefined, '{', 'x'.repeat(1_048_577)]) {
      const answer = await ask('OPTIONS', path, [['Content-Type', 'text/plain']], body);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('allow')).toBe('POST, OPTIONS');
    }
  });
});

describe.each(['/api/me/', '/api/me'])('%s', (path) => {
  const others = everyMethod.filter((method) => !ownMethods.includes(method));

  test.each(others)('refuses %s', async (method) => {
    for (const body of ['{', 'x'.repeat(1_048_577)]) {
      const answer = await ask(method, path, [bearer()], body);
      expectProblem(answer, notAllowed(method));
      expect(answer.headers.get('allow')).toBe('GET, PUT, PATCH, HEAD, OPTIONS');
    }
  });

  test.each([...others, 'GET', 'PUT', 'PATCH'])('asks for a token first: %s', async (method) => {
    expectProblem(await ask(method, path), notProvided);
    const stale = await ask(method, path, [['Authorization', 'Bearer x']], '{');
    expectProblem(stale, unauthorized('invalid_token', 'Invalid token.'));
  });

  test('tells OPTIONS its methods, with or without a token', async () => {
    const headerLines: [string, string][][] = [[bearer()], [], [['Authorization', 'Bearer x']]];
    for (const headers of headerLines) {
      const answer = await ask('OPTIONS', path, headers);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('allow')).toBe('GET, PUT, PATCH, HEAD, OPTIONS');
    }
  });

  test('answers HEAD as GET, without the body', async () => {
    const get = await ask('GET', path, [bearer()]);
    const head = await ask('HEAD', path, [bearer()]);
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    for (const name of ['content-type', 'content-length']) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
    const refused = await ask('HEAD', path);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect(refused.text).toBe('');
  });
});

test('with and without the slash at the end, never by a redirect, all of it works', async () => {
  for (const slash of ['', '/']) {
    const credentials = { email: `slash${slash.length}@example.com`, password: goodPassword };
    const post = (path: string, json: object) => server.send('POST', `${path}${slash}`, { json });
    expect((await post('/api/register', credentials)).status).toBe(201);
    const pair = await post('/api/login', credentials);
    expect(pair.status).toBe(200);
    const own = { token: pair.body.access_token };
    expect((await server.send('GET', `/api/me${slash}`, own)).status).toBe(200);
    const change = { ...own, json: { username: `slash${slash.length}` } };
    expect((await server.send('PUT', `/api/me${slash}`, change)).status).toBe(200);
    expect((await server.send('PATCH', `/api/me${slash}`, change)).status).toBe(200);
    const next = await post('/api/refresh', { refresh_token: pair.body.refresh_token });
    expect(next.status).toBe(200);
    expect((await post('/api/logout', { refresh_token: next.body.refresh_token })).status).toBe(
      200,
    );
  }
});

describe('what stands in the request line', () => {
  test.each([
    '/api/me/?x=1',
    '/api/me?',
    '/api/me/?next=/&next=//',
    '/api/me/#fragment',
    '/api/m%65/',
    'http://other.example/api/me/',
  ])('%s is the profile', async (target) => {
    expect((await ask('GET', target, [bearer()])).status).toBe(200);
    expect((await ask('OPTIONS', target)).status).toBe(200);
    expectProblem(await ask('TRACE', target), notProvided);
    expectProblem(await ask('TRACE', target, [bearer()]), notAllowed('TRACE'));
  });

  test.each([
    '/',
    '/api',
    '/api/',
    '/api/unknown/',
    '/api/me/x',
    '/api/me//',
    '//api/me/',
    '/API/ME/',
    '/api/Me/',
    '/api/me%2F',
    '/api/me;x=1',
    '/api/me.json',
    '/api/register/1/',
    '/api/%zz/',
    '/api/%',
    '/api/me/%ff',
    '/api/me/%00',
    '/api/../api/unknown/',
    '/api/v1/me/',
    '/%',
    `/${'x'.repeat(8_000)}`,
    '/__proto__',
    '/*',
  ])('%s is not found, by whatever method', async (target) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE']) {
      for (const body of [undefined, '{', 'x'.repeat(2_000)]) {
        const headers: [string, string][] = [['Content-Type', 'text/plain'], bearer()];
        expectProblem(await ask(method, target, headers, body), notFound);
      }
    }
    const head = await ask('HEAD', target);
    expect([head.status, head.text]).toEqual([404, '']);
  });
});
