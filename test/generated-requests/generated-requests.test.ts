import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { description, operationsOf } from '../description/description.ts';
import { type Answer, startServer, type TestServer } from '../harness.ts';
import { isLong } from '../long.ts';
import { type GeneratedRequest, requestsOf } from './requests.ts';

/**
 * Every operation gets requests that are made from its description, good ones and some that are one step from
 * good, by everybody who may send some. `send` holds each answer against the description.
 */

/** For each operation and persona. */
const requestCount = isLong ? 80 : 2;
/** How many are sent at once. */
const atOnce = 8;
/** After this many requests a persona signs in again: some requests end the session, or the account. */
const perSignIn = 20;
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000_000);

const day = 86_400;
let server: TestServer;

beforeAll(async () => {
  server = await startServer({
    pinned: {
      RATE_LIMITS_ENABLED: false,
      ACCESS_TOKEN_LIFETIME: day,
      ACCESS_TOKEN_ALGORITHM: 'ES256', // so that there are keys to rotate
      MAINTENANCE_MODE: false,
      REAUTHENTICATION_AGE: 3_600,
      PASSWORD_BREACH_CHECK: false,
      PASSWORD_HASH_LANES: 1,
    },
  });
  await fillServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Something for ids to name. */
async function fillServer(): Promise<void> {
  const { access_token: token } = await server.signUpAdmin('superuser');
  for (const name of ['support', 'sales', 'empty']) {
    await server.send('POST', '/api/admin/roles/', { token, json: { name } });
  }
  for (const value of [100, 200, 300]) {
    const json = { value, reason: 'a test' };
    await server.send('PUT', '/api/admin/settings/REFRESH_GRACE_PERIOD/', { token, json });
  }
}

/** The sender of requests: gives the access token. */
const personas: Readonly<Record<string, () => Promise<string | undefined>>> = {
  anonymous: async () => undefined,
  user: async () => (await server.signUp()).access_token,
  'administrator with few permissions': async () =>
    (await server.signUpAdmin(['users.view', 'users.change', 'audit.view'])).access_token,
  superuser: async () => (await server.signUpAdmin('superuser')).access_token,
  'superuser who signed in long ago': async () => {
    const { id, access_token } = await server.signUpAdmin('superuser');
    const { db } = server.deps.database;
    const authenticated_at_ms = server.clock.nowMs() - 2 * day * 1_000;
    await db
      .updateTable('sessions')
      .set({ authenticated_at_ms })
      .where('user_id', '=', id)
      .execute();
    return access_token;
  },
};

const operations = operationsOf(description);
const statuses = new Map<number, number>();

async function sendGenerated(
  { method, path, headers, body }: GeneratedRequest,
  token: string | undefined,
): Promise<Answer> {
  // As bytes: a text would get a Content-Type of its own.
  const bytes =
    body === undefined || method === 'GET' ? {} : { body: new TextEncoder().encode(body) };
  const own = headers.authorization === undefined && token !== undefined ? { token } : {};
  return server.send(method, path, { headers, ...bytes, ...own });
}

async function sendAll(
  requests: readonly GeneratedRequest[],
  signIn: () => Promise<string | undefined>,
): Promise<void> {
  for (let start = 0; start < requests.length; start += perSignIn) {
    const token = await signIn();
    const waiting = requests.slice(start, start + perSignIn);
    const sendNext = async () => {
      for (let request = waiting.shift(); request; request = waiting.shift()) {
        try {
          const { status } = await sendGenerated(request, token);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          expect(status, 'an error of the server').not.toBe(500);
        } catch (error) {
          throw new Error(`TEST_SEED=${seed}, ${JSON.stringify(request)}`, { cause: error });
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, sendNext));
  }
}

const cases = Object.entries(personas)
  .flatMap(([persona, signIn]) =>
    operations.map((described) => ({ persona, signIn, described, name: described.name })),
  )
  .map((each, number) => ({ ...each, number }));

test.each(cases)('$persona: $name', async ({ described, signIn, number }) => {
  const own = { numRuns: requestCount, seed: seed + number };
  const requests = fc.sample(requestsOf(described), own);
  await sendAll(requests, signIn);
});

test('they were worth sending: some did something, most were refused', () => {
  const count = (low: number) =>
    [...statuses].reduce(
      (sum, [status, n]) => (status >= low && status < low + 100 ? sum + n : sum),
      0,
    );
  console.info(
    `${count(200) + count(300) + count(400) + count(500)} requests:`,
    Object.fromEntries([...statuses].sort()),
  );
  expect(count(200)).toBeGreaterThan(operations.length);
  expect(count(400)).toBeGreaterThan(count(200) / 2);
});
