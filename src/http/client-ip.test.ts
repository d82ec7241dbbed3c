import { pino } from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../test/harness.ts';

/** Where a request comes from, as a session shows it. */
async function seen(server: TestServer, forwarded?: string) {
  const { email } = await user(server);
  const { body } = await server.send('POST', '/api/login/', {
    json: { email, password: goodPassword },
    ...(forwarded !== undefined && { headers: { 'x-forwarded-for': forwarded } }),
  });
  const { sessions } = (await server.send('GET', '/api/sessions/', { token: body.access_token }))
    .body;
  return sessions.find((session: { is_current: boolean }) => session.is_current).ip;
}

const users = new WeakMap<TestServer, Promise<{ email: string }>>();
function user(server: TestServer): Promise<{ email: string }> {
  const known = users.get(server) ?? server.signUp();
  users.set(server, known);
  return known;
}

describe('behind trusted proxies', async () => {
  const server = await startServer({ trustedProxies: ['loopback', '10.0.0.0/8'] });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['192.0.2.66, 203.0.113.7', '203.0.113.7'], // the first was written by the client
    ['192.0.2.66, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['10.9.9.9, 203.0.113.7', '203.0.113.7'],
    ['10.1.2.3', '10.1.2.3'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['unknown', null],
    ['203.0.113.7, unknown', null], // not further left than what is trusted
    ['', '127.0.0.1'],
    [undefined, '127.0.0.1'],
  ])('X-Forwarded-For: %s is %s', async (forwarded, ip) => {
    expect(await seen(server, forwarded)).toBe(ip);
  });
});

test('from a peer that is not trusted the header is ignored, and the log says so once', async () => {
  const lines: string[] = [];
  await using server = await startServer({
    trustedProxies: ['10.0.0.0/8'],
    pinned: { LOGIN_FAILURES_PER_NETWORK: 2 },
    log: pino({}, { write: (line) => lines.push(line) }),
  });
  const warnings = () => lines.filter((line) => line.includes('LATCHKEY_TRUSTED_PROXIES'));
  expect(await seen(server)).toBe('127.0.0.1');
  expect(warnings()).toHaveLength(0);
  expect(await seen(server, '203.0.113.7')).toBe('127.0.0.1');
  const statuses: number[] = [];
  for (const i of [1, 2, 3]) {
    const { status } = await server.send('POST', '/api/login/', {
      json: { email: `nobody${i}@example.com`, password: 'x' },
      headers: { 'x-forwarded-for': `203.0.113.${i}` },
    });
    statuses.push(status);
  }
  expect(statuses).toEqual([401, 401, 429]);
  expect(warnings()).toHaveLength(1);
  expect(warnings()[0]).not.toMatch(/203\.0\.113|127\.0\.0/);
});
