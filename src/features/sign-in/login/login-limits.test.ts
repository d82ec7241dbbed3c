import { afterAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  goodPassword,
  type RequestOptions,
  send,
  startServer,
} from '../../../../test/harness.ts';
import { buildApp } from '../../../app.ts';
import { createMetrics } from '../../../http/metrics.ts';
import { createUser } from '../../identity/users/index.ts';

/** Nobody is guessed, and nobody is locked out: the limits of failed logins. */

const allowed = 3;
const allowedByNetwork = 5;

const server = await startServer({
  trustedProxies: ['loopback'],
  pinned: {
    REGISTRATIONS_PER_NETWORK: 0,
    LOGIN_FAILURES_PER_ACCOUNT: allowed,
    LOGIN_FAILURES_PER_DEVICE: allowed,
    LOGIN_FAILURES_PER_NETWORK: allowedByNetwork,
  },
});
afterAll(() => server[Symbol.asyncDispose]());

const dayMs = 86_400_000;

let numbers = 0;
const unique = () => {
  numbers += 1;
  return numbers;
};
/** An IP that nothing has come from. */
const stranger = () => {
  const n = unique();
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
};

interface Attempt extends RequestOptions {
  readonly from?: string;
  readonly origin?: string;
}

function login(email: string, password: string, attempt: Attempt = {}): Promise<Answer> {
  const { from = stranger(), origin = server.origin, headers, ...rest } = attempt;
  return send(origin, 'POST', '/api/login/', {
    json: { email, password },
    headers: { 'x-forwarded-for': from, ...headers },
    ...rest,
  });
}

const guess = (email: string, attempt?: Attempt) => login(email, 'wrong', attempt);

/** How many of each status there are. */
function countStatuses(answers: readonly Answer[]): Record<number, number> {
  const byStatus = Map.groupBy(answers, ({ status }) => status);
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, of.length]));
}

/** Makes an account that was signed in to once, from `home`. */
async function newUser() {
  const email = `owner${unique()}@example.com`;
  const home = stranger();
  const json = { email, password: goodPassword };
  const { id } = (await server.send('POST', '/api/register/', { json })).body;
  const { body } = await login(email, goodPassword, { from: home });
  return { id, email, home, accessToken: body.access_token, refreshToken: body.refresh_token };
}

/** Uses up what strangers may fail, and shows that they did. */
async function flood(email: string, clients = allowed + 1): Promise<void> {
  const answers = await Promise.all(Array.from({ length: clients }, () => guess(email)));
  expect(countStatuses(answers)).toEqual({ 401: allowed, 429: clients - allowed });
  expect((await login(email, goodPassword)).status).toBe(429); // not even with the right one
}

describe('a hundred clients that fail', () => {
  test('stop strangers, and not the owner: from a known network, or with a token', async () => {
    const owner = await newUser();
    await flood(owner.email, 100);

    expect((await login(owner.email, goodPassword, { from: owner.home })).status).toBe(200);
    for (const token of [owner.refreshToken, owner.accessToken]) {
      expect((await login(owner.email, goodPassword, { token })).status).toBe(200);
    }
    // The owner's sign-ins do not open a way in for the others.
    expect((await login(owner.email, goodPassword)).status).toBe(429);
    server.clock.advance(15 * 60_000);
    expect((await login(owner.email, goodPassword)).status).toBe(200);
  });
});

test('a sign-in from a new place does not clear the count of strangers', async () => {
  const owner = await newUser();
  for (let i = 1; i < allowed; i += 1) expect((await guess(owner.email)).status).toBe(401);
  expect((await login(owner.email, goodPassword)).status).toBe(200);
  expect((await guess(owner.email)).status).toBe(401);
  expect((await guess(owner.email)).status).toBe(429);
});

describe('a token in a login', () => {
  test('is known however old it is, as long as it was ours and is of this account', async () => {
    const owner = await newUser();
    const other = await newUser();
    await server.send('POST', '/api/logout/', { json: { refresh_token: owner.refreshToken } });
    server.clock.advance(dayMs);
    await flood(owner.email);
    const { accessToken, refreshToken } = owner;
    const forged = `${accessToken.slice(0, -4)}AAAA`;
    for (const [token, status] of [
      [accessToken, 200],
      [refreshToken.toUpperCase(), 200],
      [forged, 429],
      [other.accessToken, 429],
      [other.refreshToken, 429],
      ['0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11', 429],
      ['x', 429],
    ]) {
      const answer = await login(owner.email, goodPassword, { token: String(token) });
      expect([token, answer.status]).toEqual([token, status]);
    }
    const headers = { authorization: `Basic ${refreshToken}` };
    expect((await login(owner.email, goodPassword, { headers })).status).toBe(429);
  });

  test('does not allow guessing', async () => {
    const owner = await newUser();
    const token = owner.accessToken;
    for (let i = 0; i < allowed; i += 1) {
      expect((await guess(owner.email, { token })).status).toBe(401);
    }
    expect((await login(owner.email, goodPassword, { token })).status).toBe(429);
    expect((await login(owner.email, goodPassword, { from: owner.home })).status).toBe(200);
    expect((await login(owner.email, goodPassword)).status).toBe(200);
  });

  test('lets the owner in where the network has reached its limit', async () => {
    const owner = await newUser();
    const shared = stranger();
    await login(owner.email, goodPassword, { from: shared });
    for (let i = 0; i < allowedByNetwork; i += 1) {
      const answer = await guess(`sprayed${unique()}@example.com`, { from: shared });
      expect(answer.status).toBe(401);
    }
    expect((await login(owner.email, goodPassword, { from: shared })).status).toBe(429);
    const { accessToken: token } = owner;
    expect((await login(owner.email, goodPassword, { from: shared, token })).status).toBe(200);
  });
});

describe('a known network', () => {
  test('has its own count for the account, which its owner’s success clears', async () => {
    const owner = await newUser();
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < allowed - 1; i += 1) await guess(owner.email, { from: owner.home });
      expect((await login(owner.email, goodPassword, { from: owner.home })).status).toBe(200);
    }
    for (let i = 0; i < allowed; i += 1) await guess(owner.email, { from: owner.home });
    expect((await login(owner.email, goodPassword, { from: owner.home })).status).toBe(429);
    expect((await login(owner.email, goodPassword)).status).toBe(200);
  });

  test('is known to its own account alone', async () => {
    const owner = await newUser();
    const other = await newUser();
    const office = stranger();
    await login(other.email, goodPassword, { from: office });
    await flood(owner.email);
    expect((await login(owner.email, goodPassword, { from: office })).status).toBe(429);
  });

  test('stays known when the server starts again, until it was not used for too long', async () => {
    const owner = await newUser();
    const app = await buildApp({ ...server.deps, metrics: createMetrics() });
    const origin = await app.http.listen({ host: '127.0.0.1', port: 0 });
    for (let i = 0; i < allowed; i += 1) await guess(owner.email, { origin });
    const comeBack = () => login(owner.email, goodPassword, { from: owner.home, origin });
    expect((await login(owner.email, goodPassword, { origin })).status).toBe(429);
    expect((await comeBack()).status).toBe(200);
    await app.close();

    server.clock.advance(89 * dayMs);
    await flood(owner.email);
    expect((await login(owner.email, goodPassword, { from: owner.home })).status).toBe(200);
    server.clock.advance(91 * dayMs);
    await flood(owner.email);
    expect((await login(owner.email, goodPassword, { from: owner.home })).status).toBe(429);
  });

  test('of IPv6 is the /64 that it is in', async () => {
    const owner = await newUser();
    await login(owner.email, goodPassword, { from: '2001:db8:1:2::1' });
    const answers = await Promise.all(
      Array.from({ length: allowed + 1 }, (_, n) =>
        guess(owner.email, { from: `2001:db8:1:3::${n}` }),
      ),
    );
    expect(countStatuses(answers)).toEqual({ 401: allowed, 429: 1 });
    const from = (ip: string) => login(owner.email, goodPassword, { from: ip });
    expect((await from('2001:db8:1:2:ffff::2')).status).toBe(200);
    expect((await from('2001:db8:1:4::1')).status).toBe(429);
  });
});

describe('guesses at once', () => {
  /** How many passwords the server has hashed or checked so far. */
  const hashes = async () => {
    const { body } = await server.app.operations.inject({ url: '/metrics' });
    return Number(/^latchkey_password_hash_duration_seconds_count (\d+)$/m.exec(body)?.[1]);
  };

  test('cost no more hashes than may fail, and none once as many have failed', async () => {
    const owner = await newUser();
    const before = await hashes();
    const answers = await Promise.all(Array.from({ length: 20 }, () => guess(owner.email)));
    expect(countStatuses(answers)).toEqual({ 401: allowed, 429: 20 - allowed });
    expect((await guess(owner.email)).status).toBe(429);
    expect((await hashes()) - before).toBe(allowed);
  });

  test('are answered no more often than one after another', async () => {
    const owner = await newUser();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => login(owner.email, n === 10 ? goodPassword : `${n}`)),
    );
    const { 200: right = 0, 401: wrong = 0, 429: refused } = countStatuses(answers);
    expect(wrong).toBeLessThanOrEqual(allowed);
    expect(right + wrong + (refused ?? 0)).toBe(20);
  });

  test('do not stop as many right passwords at once', async () => {
    const owner = await newUser();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => login(owner.email, goodPassword)),
    );
    expect(countStatuses(answers)).toEqual({ 200: 20 });
  });
});

describe('an email without an account, or with a deactivated one, is refused like one with an account', () => {
  const told = ({ status, headers, body }: Answer) => ({
    status,
    policy: headers.get('ratelimit-policy'),
    ...body,
    request_id: undefined,
    detail: body.detail?.replace(/\d+/, 'N'),
  });

  test.each(['upper case', 'lower case'])('in %s', async (letters) => {
    const owner = await newUser();
    const inactive = await newUser();
    await server.deps.database.db
      .updateTable('users')
      .set({ is_active: 0 })
      .where('id', '=', inactive.id)
      .execute();
    const invited = `invited${unique()}@example.com`;
    await createUser(server.deps, { email: invited, passwordHash: null }, { kind: 'system' });
    const course = async (email: string, password = 'wrong') => {
      const answers: unknown[] = [];
      for (let i = 0; i < allowed + 2; i += 1) {
        const spelled = i % 2 && letters === 'upper case' ? email.toUpperCase() : email;
        answers.push(told(await login(spelled, password)));
      }
      return answers;
    };
    const expected = await course(owner.email);
    expect(expected.map((answer) => (answer as Answer).status)).toEqual([
      ...Array(allowed).fill(401),
      429,
      429,
    ]);
    expect(await course(`nobody${unique()}@example.com`)).toEqual(expected);
    expect(await course(`${'x'.repeat(300)}${unique()}@example.com`)).toEqual(expected);
    expect(await course(invited)).toEqual(expected);
    expect(await course(inactive.email, goodPassword)).toEqual(expected);
  });

  test('and what tests no password counts against nobody', async () => {
    const { email } = await newUser();
    for (let i = 0; i < allowed * 2; i += 1) {
      const answer = await server.send('POST', '/api/login/', { json: { email } });
      expect(answer.status).toBe(401);
    }
    expect((await login(email, goodPassword)).status).toBe(200);
  });
});
