import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sweepRateCounts } from '../../src/features/platform/limits/index.ts';
import { until } from '../eventually.ts';
import {
  type Answer,
  createTestDatabase,
  goodPassword,
  startServer,
  type TestServer,
} from '../harness.ts';

/** The rate limits of two nodes on one database. */

const allowed = 3;
const refreshesAllowed = 32;
/** A node tells of a key when it has counted a sixteenth of what is allowed. */
const toldFrom = refreshesAllowed / 16;

const stack = new AsyncDisposableStack();
let one: TestServer;
let other: TestServer;
beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  const options = {
    database,
    trustedProxies: ['loopback'],
    pinned: {
      LOGIN_FAILURES_PER_ACCOUNT: allowed,
      LOGIN_FAILURES_PER_DEVICE: allowed,
      REAUTHENTICATION_FAILURES_PER_SESSION: allowed,
      REFRESHES_PER_SESSION: refreshesAllowed,
      EXPORTS_PER_USER: allowed,
    },
  };
  one = stack.use(await startServer(options));
  other = stack.use(await startServer(options));
});
afterAll(() => stack.disposeAsync());

let ips = 0;
/** An IP that nothing has come from. */
function stranger(): string {
  ips += 1;
  return `10.9.${ips >> 8}.${ips & 255}`;
}

function login(node: TestServer, email: string, password: string, from = stranger()) {
  const headers = { 'x-forwarded-for': from };
  return node.send('POST', '/api/login/', { json: { email, password }, headers });
}

const guess = (node: TestServer, email: string) => login(node, email, 'wrong');

function statuses(answers: readonly Answer[]): Record<number, number> {
  const byStatus = Map.groupBy(answers, ({ status }) => status);
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, of.length]));
}

const counts = () => one.deps.database.db.selectFrom('rate_counts').selectAll().execute();
const forgetAll = () => one.deps.database.db.deleteFrom('rate_counts').execute();

/**
 * Asks again and again, and waits each time until the node has told what it has counted, and so has heard of the other.
 *
 * @returns how often it was let through until it was refused
 */
async function askUntilRefused(ask: () => Promise<number>): Promise<number> {
  const told = async () => (await counts()).reduce((sum, { events }) => sum + events, 0);
  for (let letThrough = 0; ; letThrough += 1) {
    const before = await told();
    const status = await ask();
    if (status === 429) return letThrough;
    expect(status).toBe(200);
    await until(async () => (await told()) > before);
  }
}

async function hashes(node: TestServer): Promise<number> {
  const { body } = await node.app.operations.inject({ url: '/metrics' });
  return Number(/^latchkey_password_hash_duration_seconds_count (\d+)$/m.exec(body)?.[1]);
}

describe('wrong passwords', () => {
  test.each(['of an account', 'of nobody'])('%s on one node count on the other', async (whose) => {
    const { email } = whose === 'of nobody' ? { email: 'nobody@example.com' } : await one.signUp();
    const answers: Answer[] = [];
    for (const node of [one, other, one, other, one]) answers.push(await guess(node, email));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429]);
    for (const { headers } of answers.slice(allowed)) {
      expect(headers.get('ratelimit-policy')).toBe(
        `"login_failures_per_account";q=${allowed};w=900`,
      );
      const seconds = Number(headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(800);
      expect(seconds).toBeLessThanOrEqual(900);
    }
  });

  test('keep the owner out of neither node, from a known network or with a token', async () => {
    const home = stranger();
    const owner = await one.signUp();
    expect((await login(one, owner.email, goodPassword, home)).status).toBe(200);
    for (const node of [one, other, one, other]) await guess(node, owner.email);
    for (const node of [one, other]) {
      expect((await login(node, owner.email, goodPassword)).status).toBe(429);
      expect((await login(node, owner.email, goodPassword, home)).status).toBe(200);
      const json = { email: owner.email, password: goodPassword };
      const headers = { 'x-forwarded-for': stranger() };
      const token = owner.access_token;
      expect((await node.send('POST', '/api/login/', { json, headers, token })).status).toBe(200);
    }
  });

  test('of a known device are cleared on both by its success on one', async () => {
    const home = stranger();
    const owner = await one.signUp();
    await login(one, owner.email, goodPassword, home);
    const fail = (node: TestServer) => login(node, owner.email, 'wrong', home);
    expect([(await fail(one)).status, (await fail(other)).status]).toEqual([401, 401]);
    expect((await login(other, owner.email, goodPassword, home)).status).toBe(200);
    const later = [];
    for (const node of [one, other, one, other]) later.push((await fail(node)).status);
    expect(later).toEqual([401, 401, 401, 429]);
  });

  test('at once on both are answered no more often than is allowed', async () => {
    const { email } = await one.signUp();
    const before = (await hashes(one)) + (await hashes(other));
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_guess, i) => guess(i % 2 ? one : other, email)),
    );
    expect(statuses(answers)).toEqual({ 401: allowed, 429: 40 - allowed });
    // Each node may have as many under way at once, and not one more.
    const spent = (await hashes(one)) + (await hashes(other)) - before;
    expect(spent).toBeLessThanOrEqual(2 * allowed);
    expect((await login(other, email, goodPassword)).status).toBe(429);
  });

  test('do not stop right ones at once, on either', async () => {
    const { email } = await one.signUp();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_login, i) => login(i % 2 ? one : other, email, goodPassword)),
    );
    expect(statuses(answers)).toEqual({ 200: 20 });
  });

  test('where it is asked for again count on both', async () => {
    const { access_token: token } = await one.signUp();
    const json = { password: 'wrong' };
    const answers = [];
    for (const node of [one, other, one, other]) {
      answers.push(await node.send('DELETE', '/api/me/', { json, token }));
    }
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 429]);
  });

  test('begin a new window when the old one is over', async () => {
    const { email } = await one.signUp();
    for (const node of [one, other, one]) await guess(node, email);
    expect((await guess(other, email)).status).toBe(429);
    await one.deps.database.db
      .updateTable('rate_counts')
      .set({ ends_at_ms: one.clock.nowMs() - 1 })
      .execute();
    expect((await guess(other, email)).status).toBe(401);
    expect(Math.max(...(await counts()).map(({ ends_at_ms: at }) => at))).toBeGreaterThan(
      one.clock.nowMs() + 800_000,
    );
  });
});

test('exports on one node count on the other a moment later', async () => {
  await forgetAll();
  const { access_token: token } = await one.signUp();
  const exportFrom = async (node: TestServer) =>
    (await node.send('GET', '/api/me/export/', { token })).status;
  for (let i = 0; i < allowed; i += 1) expect(await exportFrom(one)).toBe(200);
  expect(await exportFrom(one)).toBe(429);
  await until(async () => (await counts()).some(({ events }) => events === allowed));
  // The other has not asked yet, and lets through what it must count to ask.
  const letThrough = await askUntilRefused(() => exportFrom(other));
  expect(letThrough).toBeLessThan(allowed);
  const events = await one.deps.database.db
    .selectFrom('audit_events')
    .select('id')
    .where('kind', '=', 'user.exported')
    .execute();
  expect(events).toHaveLength(allowed + letThrough);
});

describe('refreshes', () => {
  async function session() {
    let { refresh_token } = await one.signUp();
    return async (node: TestServer) => {
      const answer = await node.send('POST', '/api/refresh/', { json: { refresh_token } });
      if (answer.status === 200) refresh_token = answer.body.refresh_token;
      return answer.status;
    };
  }
  const told = () => until(async () => (await counts()).length > 0);

  test('of clients that refresh as often as people do are reported to nobody', async () => {
    await forgetAll();
    const refresh = await session();
    for (let i = 1; i < toldFrom; i += 1) expect(await refresh(one)).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(await counts()).toEqual([]);
  });

  test('on one node count on the other a moment later', async () => {
    await forgetAll();
    const refresh = await session();
    for (let i = 0; i < refreshesAllowed - toldFrom; i += 1) expect(await refresh(one)).toBe(200);
    await told();
    for (let i = 0; i < toldFrom; i += 1) expect(await refresh(other)).toBe(200);
    await until(async () => (await counts())[0]?.events === refreshesAllowed);
    await askUntilRefused(() => refresh(other));
    // The first has not heard of what the other has counted since, and lets through what it must
    // count to ask.
    expect(await askUntilRefused(() => refresh(one))).toBeLessThanOrEqual(2 * toldFrom);
  });
});

test('what is stored tells of nobody, and is swept, and bounded', async () => {
  const { database, clock } = one.deps;
  await guess(one, 'somebody@example.com');
  const rows = await counts();
  expect(rows.length).toBeGreaterThan(1);
  for (const { key } of rows) expect(key).toMatch(/^[\w-]{43}$/);

  await forgetAll();
  const nowMs = clock.nowMs();
  const row = (ends_at_ms: number) => ({ key: `k${ends_at_ms}`, events: 1, ends_at_ms });
  const ended = [nowMs - 2, nowMs - 1].map(row);
  const open = [1, 2, 3, 4, 5].map((n) => row(nowMs + n * 60_000));
  await database.db
    .insertInto('rate_counts')
    .values([...ended, ...open])
    .execute();
  await sweepRateCounts(one.deps).run({ isHeld: () => true });
  expect((await counts()).map(({ key }) => key).sort()).toEqual(open.map(({ key }) => key).sort());
  await sweepRateCounts(one.deps, 3).run({ isHeld: () => true });
  expect((await counts()).map(({ key }) => key).sort()).toEqual(
    open
      .slice(2)
      .map(({ key }) => key)
      .sort(),
  );
});
