import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { until } from '../../../../test/eventually.ts';
import {
  type Answer,
  goodPassword,
  send,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../../../../test/harness.ts';
import { createMetrics } from '../../../http/metrics.ts';
import { createHashPool, type HashPool, type HashSource } from '../../identity/passwords/index.ts';
import { findPasswordHash } from '../../identity/users/index.ts';

/** Right passwords cost a hash each: what many of them do to others, and when they are too many. */

const trustedProxies = ['loopback'];

interface Client {
  readonly from: string;
  readonly token?: string;
}

const login = (
  { origin }: Pick<TestServer, 'origin'>,
  email: string,
  { from, token }: Client,
  password = goodPassword,
): Promise<Answer> =>
  send(origin, 'POST', '/api/login/', {
    json: { email, password },
    headers: { 'x-forwarded-for': from },
    ...(token !== undefined && { token }),
  });

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** How many of each status there are. */
function countStatuses(answers: readonly Answer[]): Record<number, number> {
  const byStatus = Map.groupBy(answers, ({ status }) => status);
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, of.length]));
}

const heldPassword = 'a password that is held';

/** Threads that find every password right, and one not before they are told to go on. */
function createHeldPool() {
  const folder = temporaryFolder();
  const path = join(folder.path, 'held.mjs');
  writeFileSync(
    path,
    `const channel = new BroadcastChannel('go on');
     const told = new Promise((resolve) => { channel.onmessage = resolve; });
     channel.unref();
     const right = { isRight: true, isUsable: true, newHash: undefined };
     export default async ({ kind, password }) => {
       if (password === ${JSON.stringify(heldPassword)}) await told;
       return kind === 'verify' ? right : 'a hash';
     };`,
  );
  const log = pino({ level: 'silent' });
  const pool = createHashPool({ metrics: createMetrics(), log }, 1, pathToFileURL(path).href);
  const channel = new BroadcastChannel('go on');
  const served: HashSource[] = [];
  return {
    /** Whose held passwords were checked, in that order. */
    served,
    hashPool: {
      ...pool,
      async run(task, source, metrics) {
        const result = await pool.run(task, source, metrics);
        if (task.password === heldPassword) served.push(source);
        return result;
      },
    } satisfies HashPool,
    goOn: () => channel.postMessage(true),
    async [Symbol.asyncDispose]() {
      channel.close();
      await pool.close();
      folder[Symbol.dispose]();
    },
  };
}

test('a client with 120 sign-ins in flight waits behind its own: others have the next turn', async () => {
  await using held = createHeldPool();
  await using server = await startServer({
    trustedProxies,
    hashPool: held.hashPool,
    pinned: { LOGINS_PER_ACCOUNT: 60 },
  });
  const names = ['mallory', 'neighbour', 'stranger'];
  for (const name of names) {
    const json = { email: `${name}@example.com`, password: goodPassword };
    expect((await server.send('POST', '/api/register/', { json })).status).toBe(201);
  }
  const tokens: string[] = [];
  for (let i = 0; i < 40; i += 1) {
    const { body } = await login(server, 'mallory@example.com', { from: '192.0.2.1' });
    tokens.push(body.access_token);
  }
  server.clock.advance(15 * 60_000); // which those do not count in any more
  const signIn = (name: string, client: Client) =>
    login(server, `${name}@example.com`, client, heldPassword);
  const depth = async () => (await server.deps.metrics.hashQueueDepth.get()).values[0]?.value;
  const attack = times(120, (index) =>
    signIn('mallory', { from: '192.0.2.1', token: tokens[index % 40] ?? '' }),
  );
  // The limit of the account lets so many in; two are with the thread.
  await until(async () => (await depth()) === 58);
  const others = [
    signIn('neighbour', { from: '192.0.2.1' }),
    signIn('stranger', { from: '198.51.100.1' }),
  ];
  await until(async () => (await depth()) === 60);
  held.goOn();
  await Promise.all(others);
  const refused = (await Promise.all(attack)).filter(({ status }) => status === 429);
  expect(refused).toHaveLength(60);
  const { account: attacked } = held.served.at(-1) ?? {};
  const places = ['198.51.100.1', '192.0.2.1'].map((from) =>
    held.served.findIndex(({ network, account }) => network === from && account !== attacked),
  );
  for (const place of places) {
    expect(place).toBeGreaterThan(0); // some were with the thread already
    expect(place).toBeLessThan(8);
  }
});

test('the many networks of one IPv6 customer have the turns of one', async () => {
  await using held = createHeldPool();
  await using server = await startServer({ trustedProxies, hashPool: held.hashPool });
  await server.signUp(); // the thread is there, and hears that it may go on
  const signIn = (name: string, from: string) =>
    login(server, `${name}@example.com`, { from }, heldPassword);
  const depth = async () => (await server.deps.metrics.hashQueueDepth.get()).values[0]?.value;
  const flood = times(62, (index) => signIn(`flood${index}`, `2001:db8:1:${index}::1`));
  await until(async () => (await depth()) === 60);
  const strangers = ['192.0.2.1', '2001:db8:2::1'];
  const others = strangers.map((from, index) => signIn(`stranger${index}`, from));
  await until(async () => (await depth()) === 62);
  held.goOn();
  await Promise.all([...flood, ...others]);
  for (const network of ['192.0.2.1', '2001:db8:2:0::/64']) {
    const place = held.served.findIndex((source) => source.network === network);
    expect([network, place < 8]).toEqual([network, true]);
  }
});

test('where too many wait to be hashed the others are told at once, and nobody else is slowed', async () => {
  await using held = createHeldPool();
  await using server = await startServer({ trustedProxies, hashPool: held.hashPool });
  const { access_token: token } = await server.signUp();
  const more = 20;
  const count = held.hashPool.maxWaiting + 2 + more; // the thread has two
  const answers: Answer[] = [];
  const signIns = times(count, async (index) => {
    const from = `10.0.${index >> 8}.${index & 255}`;
    answers.push(await login(server, `nobody${index}@example.com`, { from }, heldPassword));
  });
  await until(() => answers.length === more);
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(200); // while the queue is full
  for (const { status, headers, body } of answers) {
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
    expect(body).toMatchObject({ code: 'overloaded', status: 503 });
  }
  held.goOn();
  await Promise.all(signIns);
  expect(countStatuses(answers)).toEqual({ 401: count - more, 503: more });
});

// More than the wrong passwords that one network may send.
test('320 people behind one office network all sign in, 25 at once', async () => {
  await using server = await startServer({ trustedProxies });
  const { id } = await server.signUp('first@example.com');
  const { db } = server.deps.database;
  const hash = await findPasswordHash(db, id);
  const emails = times(320, (index) => `u${index}@example.com`);
  const rows = emails.map((email) => ({
    ...{ email, email_normalized: email, username: '', password_hash: hash },
    ...{ created_at_ms: 0, updated_at_ms: 0 },
  }));
  await db.insertInto('users').values(rows).execute();
  const waiting = [...emails];
  const answers: Answer[] = [];
  const signInOneByOne = async () => {
    for (let email = waiting.pop(); email; email = waiting.pop()) {
      answers.push(await login(server, email, { from: '192.0.2.1' }));
    }
  };
  await Promise.all(times(25, signInOneByOne));
  expect(countStatuses(answers)).toEqual({ 200: 320 });
});

test('right passwords have a limit by account, which only devices that it knows can use up or meet', async () => {
  await using server = await startServer({ trustedProxies, pinned: { LOGINS_PER_ACCOUNT: 3 } });
  const { email, access_token: token } = await server.signUp();
  const home = '192.0.2.1';
  expect((await login(server, email, { from: home })).status).toBe(200); // makes it known
  const answers = await Promise.all(times(10, () => login(server, email, { from: home })));
  expect(countStatuses(answers)).toEqual({ 200: 3, 429: 7 });
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.headers.get('ratelimit-policy')).toBe('"logins_per_account";q=3;w=900');
  // Neither a token, nor whether the password is right, makes a difference.
  expect((await login(server, email, { from: '192.0.2.2', token })).status).toBe(429);
  expect((await login(server, email, { from: home }, 'wrong')).status).toBe(429);
  // To a stranger the account looks like any other.
  expect((await login(server, email, { from: '192.0.2.3' }, 'wrong')).status).toBe(401);
  server.clock.advance(15 * 60_000);
  expect((await login(server, email, { from: home })).status).toBe(200);
});

test('right passwords have a limit by network, which holds for nobody elsewhere', async () => {
  await using server = await startServer({ trustedProxies, pinned: { LOGINS_PER_NETWORK: 4 } });
  const { email } = await server.signUp();
  const other = await server.signUp();
  const from = '192.0.2.1';
  const answers = await Promise.all(
    times(10, (index) => login(server, index % 2 === 0 ? email : other.email, { from })),
  );
  expect(countStatuses(answers)).toEqual({ 200: 4, 429: 6 });
  expect((await login(server, email, { from: '192.0.2.2' })).status).toBe(200);
  const { access_token: token } = other;
  expect((await login(server, other.email, { from, token })).status).toBe(200);
});
