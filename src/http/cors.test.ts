import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startServer, type TestServer } from '../../test/harness.ts';

const app = 'https://app.example.com';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ corsOrigins: [app, 'http://localhost:5173'] });
});
afterAll(() => server[Symbol.asyncDispose]());

const preflight = (path: string, origin: string, method = 'PATCH') =>
  server.send('OPTIONS', path, {
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type',
    },
  });
const corsOf = ({ headers }: Answer) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

test('headers that are named may be sent beside the usual ones', async () => {
  await using other = await startServer({
    corsOrigins: [app],
    corsHeaders: ['sentry-trace', 'baggage'],
  });
  const answer = await other.send('OPTIONS', '/api/me/', {
    headers: { origin: app, 'access-control-request-method': 'GET' },
  });
  expect(answer.headers.get('access-control-allow-headers')).toBe(
    'Authorization, Content-Type, Idempotency-Key, sentry-trace, baggage',
  );
});

describe('an origin that is named', () => {
  test('is let in before there is a token, by the method and the headers that clients send', async () => {
    const answer = await preflight('/api/me/', app);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(corsOf(answer)).toEqual({
      'access-control-allow-origin': app,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key',
      'access-control-max-age': '600',
    });
    expect(answer.headers.get('vary')).toBe('Origin');
  });

  test('may read answers and errors, and never with cookies', async () => {
    const { access_token: token } = await server.signUp();
    const headers = { origin: 'http://localhost:5173' };
    const good = await server.send('GET', '/api/me/', { token, headers });
    const refused = await server.send('GET', '/api/me/', { headers });
    const missing = await server.send('GET', '/api/unknown/', { headers });
    expect([good.status, refused.status, missing.status]).toEqual([200, 401, 404]);
    for (const answer of [good, refused, missing]) {
      expect(corsOf(answer)).toEqual({
        'access-control-allow-origin': 'http://localhost:5173',
        'access-control-expose-headers': expect.stringContaining('Retry-After'),
      });
      expect(answer.headers.get('vary')).toBe('Origin');
    }
  });

  test('is not let in elsewhere', async () => {
    for (const path of ['/healthz', '/docs', '/openapi.json', '/problems/invalid_token']) {
      const headers = { origin: app };
      expect(corsOf(await server.send('GET', path, { headers }))).toEqual({});
      expect(corsOf(await preflight(path, app))).toEqual({});
    }
  });
});

test.each([
  'https://app.example.com.evil.example',
  'https://evil.example',
  'http://app.example.com',
  'https://APP.example.com',
  'https://app.example.com:8443',
  'null',
])('%s is another origin', async (origin) => {
  const answer = await server.send('GET', '/api/me/', { headers: { origin } });
  expect([answer.status, corsOf(answer)]).toEqual([401, {}]);
  const asked = await preflight('/api/login/', origin);
  expect([asked.status, corsOf(asked)]).toEqual([200, {}]); // as OPTIONS of any client
  expect(answer.headers.get('vary')).toBe('Origin');
});

test('by default no origin is allowed, and no header mentions origins', async () => {
  await using closed = await startServer();
  const answer = await closed.send('GET', '/api/me/', { headers: { origin: app } });
  expect([corsOf(answer), answer.headers.get('vary')]).toEqual([{}, null]);
});
