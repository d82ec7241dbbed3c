import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import {
  type Answer,
  goodPassword,
  type RequestOptions,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { resetSetting, setSetting } from '../../../settings/change-settings.ts';
import type { SettingName, SettingValues } from '../../../settings/registry.ts';
import { findUserByEmail } from '../../identity/users/index.ts';
import { limitNames, limitWindows } from './limit-windows.ts';

const allowed = 3;
/** What stands before another limit allows more, so that the other is reached. */
const allowedBy = (limit: (typeof limitNames)[number]) =>
  /^(SECURITY_)?CHANGES_/.test(limit) ? 12 : allowed;
const server = await startServer({
  trustedProxies: ['loopback'],
  pinned: {
    ...Object.fromEntries(limitNames.map((name) => [name, allowedBy(name)])),
    ACCESS_TOKEN_LIFETIME: 86_400,
    REAUTHENTICATION_AGE: 86_400,
  },
});
afterAll(() => server[Symbol.asyncDispose]());

let ips = 0;
/** An IP that nothing has come from. */
function newIp(): string {
  ips += 1;
  return `198.51.${ips >> 8}.${ips & 255}`;
}

let emails = 0;
function newEmail(): string {
  emails += 1;
  return `limited${emails}@example.com`;
}

function post(path: string, json: object, ip: string, options: RequestOptions = {}) {
  const headers = { 'x-forwarded-for': ip, ...options.headers };
  return server.send('POST', path, { json, ...options, headers });
}

/** Makes a user who has signed in from an IP of their own. */
async function newUser(email = newEmail()) {
  const credentials = { email, password: goodPassword };
  const ip = newIp();
  const { id } = (await post('/api/register/', credentials, ip)).body;
  const pair = (await post('/api/login/', credentials, ip)).body;
  return { id, email, ip, ...pair };
}

/** Each limit, and how one key is counted again and again while every other one is new. */
interface Row {
  readonly limit: (typeof limitNames)[number];
  /** What one event is answered with, within the limit. */
  readonly status: number;
  prepare(): Promise<() => Promise<Answer>>;
  /** The difference that the event over the limit makes. There should be none. */
  effect?(): Promise<unknown>;
}

const wrong = (email: string) => ({ email, password: 'wrong' });
const rightOf = (email: string) => ({ email, password: goodPassword });
/** A code that is wrong. */
const notThe = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const change = (token: string, ip: string) =>
  post('/api/me/password/', { current_password: 'wrong', new_password: 'never to be seen' }, ip, {
    token,
  });

const rows: Row[] = [
  {
    limit: 'LOGIN_FAILURES_PER_ACCOUNT',
    status: 401,
    async prepare() {
      const { email } = await newUser();
      return () => post('/api/login/', wrong(email), newIp());
    },
  },
  {
    limit: 'LOGIN_FAILURES_PER_DEVICE',
    status: 401,
    async prepare() {
      const { email, refresh_token: token } = await newUser();
      return () => post('/api/login/', wrong(email), newIp(), { token });
    },
  },
  {
    limit: 'LOGIN_FAILURES_PER_NETWORK',
    status: 401,
    async prepare() {
      const ip = newIp();
      return () => post('/api/login/', wrong(newEmail()), ip);
    },
  },
  {
    limit: 'LOGINS_PER_ACCOUNT',
    status: 200,
    async prepare() {
      const { email, refresh_token: token } = await newUser();
      const right = { email, password: goodPassword };
      return () => post('/api/login/', right, newIp(), { token });
    },
  },
  {
    limit: 'LOGINS_PER_NETWORK',
    status: 200,
    async prepare() {
      const { email } = await newUser();
      const ip = newIp();
      return () => post('/api/login/', { email, password: goodPassword }, ip);
    },
  },
  {
    limit: 'REGISTRATIONS_PER_ACCOUNT',
    status: 400,
    async prepare() {
      const email = newEmail();
      return () => post('/api/register/', { email: email.toUpperCase() }, newIp());
    },
  },
  {
    limit: 'REGISTRATIONS_PER_NETWORK',
    status: 201,
    async prepare() {
      const ip = newIp();
      return () => post('/api/register/', { email: newEmail(), password: goodPassword }, ip);
    },
    effect: () => findUserByEmail(server.deps.database.db, `limited${emails}@example.com`),
  },
  {
    limit: 'REFRESHES_PER_SESSION',
    status: 200,
    async prepare() {
      let { refresh_token } = await newUser();
      return async () => {
        const answer = await post('/api/refresh/', { refresh_token }, newIp());
        // An event over the limit does not use up the token.
        if (answer.status === 200) refresh_token = answer.body.refresh_token;
        return answer;
      };
    },
  },
  {
    limit: 'REFRESHES_PER_NETWORK',
    status: 400,
    async prepare() {
      const ip = newIp();
      return () => post('/api/refresh/', { refresh_token: randomUUID() }, ip);
    },
  },
  {
    limit: 'REAUTHENTICATION_FAILURES_PER_SESSION',
    status: 400,
    async prepare() {
      const { access_token: token } = await newUser();
      const remove = (ip: string) => {
        const headers = { 'x-forwarded-for': ip };
        return server.send('DELETE', '/api/me/', { json: { password: 'wrong' }, headers, token });
      };
      let isChange = false;
      return () => {
        isChange = !isChange;
        return isChange ? change(token, newIp()) : remove(newIp());
      };
    },
  },
  {
    limit: 'REAUTHENTICATION_FAILURES_PER_NETWORK',
    status: 400,
    async prepare() {
      const ip = newIp();
      const { email } = await newUser();
      const sessions = await Promise.all(
        [0, 1, 2, 3, 4, 5].map(() =>
          post('/api/login/', { email, password: goodPassword }, newIp()),
        ),
      );
      return () => change(sessions.pop()?.body.access_token, ip);
    },
  },
  {
    limit: 'LINK_TOKEN_FAILURES_PER_NETWORK',
    status: 400,
    async prepare() {
      const ip = newIp();
      const password = goodPassword;
      return () => post('/api/invitation/', { token: randomUUID(), password }, ip);
    },
  },
  {
    limit: 'FACTOR_FAILURES_PER_FACTOR',
    status: 400,
    async prepare() {
      const user = await newUser();
      const { secret } = await addApp(server, user);
      return async () => {
        const { flow } = (await post('/api/login/', rightOf(user.email), newIp())).body;
        const code = notThe(shownCode(server, secret));
        return post('/api/login/second-factor/', { flow, code }, newIp());
      };
    },
  },
  {
    limit: 'FACTOR_FAILURES_PER_NETWORK',
    status: 400,
    async prepare() {
      const ip = newIp();
      const json = { flow: 'x'.repeat(43), code: '123456' };
      return () => post('/api/login/second-factor/', json, ip);
    },
  },
  {
    limit: 'CHANGES_PER_USER',
    status: 200,
    async prepare() {
      const { access_token: token } = await newUser();
      return () => server.send('PATCH', '/api/me/', { json: {}, token });
    },
  },
  {
    limit: 'SECURITY_CHANGES_PER_SESSION',
    status: 404,
    async prepare() {
      const { access_token: token } = await newUser();
      return () => server.send('DELETE', '/api/sessions/999999/', { token });
    },
  },
  {
    limit: 'CHANGES_PER_ADMINISTRATOR',
    status: 404,
    async prepare() {
      const { id, access_token: token } = await newUser();
      const { db } = server.deps.database;
      await db.updateTable('users').set({ is_superuser: 1 }).where('id', '=', id).execute();
      return () => server.send('DELETE', '/api/admin/users/999999/sessions/', { token });
    },
  },
  {
    limit: 'EXPORTS_PER_USER',
    status: 200,
    async prepare() {
      const { email, access_token } = await newUser();
      const login = { email, password: goodPassword };
      const second = (await post('/api/login/', login, newIp())).body.access_token;
      let [token, next] = [access_token, second];
      return () => {
        [token, next] = [next, token];
        const headers = { 'x-forwarded-for': newIp() };
        return server.send('GET', '/api/me/export/', { token, headers });
      };
    },
    // A refused event leaves nothing that the next one would have to return.
    effect: () =>
      server.deps.database.db
        .selectFrom('audit_events')
        .select('id')
        .where('kind', '=', 'user.exported')
        .orderBy('id')
        .offset(allowed)
        .limit(1)
        .executeTakeFirst(),
  },
];

/** A mail that is over a limit is not sent, and the answer is the same: see the tests of the outbox. */
const ofMail = limitNames.filter((name) => /^(MAILS|NOTICES)_/.test(name));

test('every limit has its row', () => {
  expect([...rows.map(({ limit }) => limit), ...ofMail]).toEqual(limitNames);
});

describe.each(rows)('$limit', ({ limit, status, prepare, effect }) => {
  test('lets through what it allows, and refuses one more until the window is over', async () => {
    const windowSeconds = limitWindows[limit];
    const event = await prepare();
    const other = await prepare();
    for (let i = 0; i < allowedBy(limit); i += 1) expect((await event()).status).toBe(status);
    server.clock.advance((windowSeconds - 10) * 1000);

    const refused = await event();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(10);
    expect(refused.body).toMatchObject({
      type: '/problems/rate_limited',
      status: 429,
      code: 'rate_limited',
      detail: expect.stringMatching(`^Too many requests. Try again in ${seconds} seconds?.$`),
    });
    const policy = `"${limit.toLowerCase()}"`;
    expect(refused.headers.get('ratelimit-policy')).toBe(
      `${policy};q=${allowedBy(limit)};w=${windowSeconds}`,
    );
    expect(refused.headers.get('ratelimit')).toBe(`${policy};r=0;t=${seconds}`);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect(await effect?.()).toBeUndefined();

    expect((await other()).status).toBe(status);
    server.clock.advance(10_000);
    expect((await event()).status).toBe(status);
  });
});

test('IPv6 is counted by its /64', async () => {
  const attempt = (ip: string) => post('/api/login/', wrong(newEmail()), ip);
  for (let i = 0; i < allowed; i += 1) {
    expect((await attempt(`2001:db8:5:6:${i}::1`)).status).toBe(401);
  }
  expect((await attempt('2001:db8:5:6:ffff::')).status).toBe(429);
  expect((await attempt('2001:db8:5:7::1')).status).toBe(401);
});

describe('a change of the settings', () => {
  const email = 'live@example.com';
  const guess = (on: TestServer) => on.send('POST', '/api/login/', { json: wrong(email) });
  const set = async (on: TestServer, name: SettingName, value: SettingValues[SettingName]) => {
    await setSetting(on.deps, name, value, { actor: 'a test', reason: '' });
  };

  test('holds from the next request on: more, fewer, any number, none at all', async () => {
    await using live = await startServer();
    await set(live, 'LOGIN_FAILURES_PER_ACCOUNT', 1);
    expect((await guess(live)).status).toBe(401);
    expect((await guess(live)).status).toBe(429);
    await set(live, 'LOGIN_FAILURES_PER_ACCOUNT', 2);
    expect((await guess(live)).status).toBe(401);
    expect((await guess(live)).status).toBe(429);
    await set(live, 'LOGIN_FAILURES_PER_ACCOUNT', 0);
    expect((await guess(live)).status).toBe(401);
    await set(live, 'LOGIN_FAILURES_PER_ACCOUNT', 1);
    expect((await guess(live)).status).toBe(429);
    await set(live, 'RATE_LIMITS_ENABLED', false);
    expect((await guess(live)).status).toBe(401);
    await resetSetting(live.deps, 'RATE_LIMITS_ENABLED', { actor: 'a test', reason: '' });
    expect((await guess(live)).status).toBe(429);
  });
});

test('refusals are counted by limit, and the log names the limit but nobody', async () => {
  const lines: string[] = [];
  await using watched = await startServer({
    pinned: { LOGIN_FAILURES_PER_ACCOUNT: 1 },
    log: pino({}, { write: (line) => lines.push(line) }),
  });
  const email = 'nobody.to.know@example.com';
  const guess = () => watched.send('POST', '/api/login/', { json: wrong(email) });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i += 1) statuses.push((await guess()).status);
  watched.clock.advance(60_000);
  statuses.push((await guess()).status);
  expect(statuses).toEqual([401, 429, 429, 429, 429, 429]);

  const text = (await watched.app.operations.inject({ url: '/metrics' })).body;
  const counted = (limit: string) =>
    new RegExp(`^latchkey_rate_limited_total\\{limit="${limit}"\\} (\\d+)$`, 'm').exec(text)?.[1];
  expect(counted('LOGIN_FAILURES_PER_ACCOUNT')).toBe('5');
  expect(counted('REFRESHES_PER_SESSION')).toBe('0');

  const said = lines.map((line) => JSON.parse(line)).filter(({ limit }) => limit !== undefined);
  expect(said).toMatchObject([
    { limit: 'LOGIN_FAILURES_PER_ACCOUNT', refused: 1, msg: 'a rate limit is reached' },
    { limit: 'LOGIN_FAILURES_PER_ACCOUNT', refused: 4 },
  ]);
  expect(lines.join('')).not.toMatch(/nobody\.to\.know|127\.0\.0\.1/);
});
