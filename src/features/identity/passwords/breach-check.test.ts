import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';

const breached = { password: ['This password has appeared in a data breach.'] };
const digest = createHash('sha1').update(goodPassword).digest('hex').toUpperCase();
const [prefix, suffix] = [digest.slice(0, 5), digest.slice(5)];
const other = 'A'.repeat(35);

/** The far end: what it was asked, and what it answers. */
let answer: (response: ServerResponse) => void;
const asked: IncomingMessage[] = [];
const farEnd = createServer((request, response) => {
  asked.push(request);
  answer(response);
});
const logged: string[] = [];
let server: TestServer;

beforeAll(async () => {
  farEnd.listen(0, '127.0.0.1');
  await once(farEnd, 'listening');
  server = await startServer({
    pinned: { PASSWORD_BREACH_CHECK: true },
    breachRangeUrl: `http://127.0.0.1:${(farEnd.address() as AddressInfo).port}/range/`,
    log: pino({}, { write: (line: string) => logged.push(line) }),
  });
});
afterEach(() => asked.splice(0));
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  farEnd.closeAllConnections();
  farEnd.close();
});

let users = 0;
function register(password = goodPassword, on = server) {
  users += 1;
  const json = { email: `user${users}@example.com`, password };
  return on.send('POST', '/api/register/', { json });
}

async function outcomes(): Promise<Record<string, number>> {
  const { values } = await server.deps.metrics.breachChecks.get();
  return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
}

test('a breached password is refused, and the other server learns five digits of it', async () => {
  answer = (response) => response.end(`${other}:7\r\n${suffix}:3\r\n`);
  const refused = await register();
  expect(refused.status).toBe(400);
  expect(refused.body).toMatchObject(breached);
  expect(asked.map(({ method, url }) => [method, url])).toEqual([['GET', `/range/${prefix}`]]);
  expect(asked[0]?.headers).toMatchObject({ 'add-padding': 'true' });
  expect(JSON.stringify(asked[0]?.headers)).not.toContain(suffix.slice(0, 8));
  expect(await outcomes()).toEqual({ breached: 1, clean: 0, failed: 0 });
});

test('a password that was not seen, or is only padding, is accepted', async () => {
  answer = (response) => response.end(`${other}:7\r\n${suffix}:0`);
  expect((await register()).status).toBe(201);
  answer = (response) => response.end(`${other}:7`);
  expect((await register()).status).toBe(201);
  expect(await outcomes()).toEqual({ breached: 1, clean: 2, failed: 0 });
});

test('a password that is refused anyway is not asked about, and by default none is', async () => {
  answer = (response) => response.end('');
  expect((await register('iloveyou')).status).toBe(400);
  await using standard = await startServer();
  expect((await register(goodPassword, standard)).status).toBe(201);
  expect(asked).toEqual([]);
});

test('without a good answer the password is accepted; it is counted, and logged once', async () => {
  const before = (await outcomes()).failed ?? 0;
  const bad: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(500).end(`${suffix}:3`),
    (response) => response.writeHead(302, { location: '/range/elsewhere' }).end(),
    (response) => response.end('<html>Welcome to the wireless of this hotel</html>'),
    (response) => response.destroy(),
    () => undefined, // no answer at all
    (response) => {
      response.write(`${suffix}:3\r\n`); // and no end
    },
    (response) => {
      const more = () => response.write(`${other}:7\r\n`.repeat(1_000));
      response.on('drain', more);
      more(); // without end
    },
  ];
  for (const each of bad) {
    answer = each;
    expect((await register()).status).toBe(201);
  }
  expect((await outcomes()).failed).toBe(before + bad.length);
  const log = logged.join('');
  expect(log.match(/passwords cannot be checked for breaches/g)).toHaveLength(1);
  for (const secret of [goodPassword, digest, prefix, suffix]) {
    expect(log.toUpperCase()).not.toContain(secret.toUpperCase());
  }
});

test('a user whom an administrator makes costs one look-up', async () => {
  answer = (response) => response.end(`${other}:7\r\n`);
  const { access_token: token } = await server.signUpAdmin('superuser');
  asked.splice(0);
  const json = { email: 'made@example.com', password: goodPassword };
  const made = await server.send('POST', '/api/admin/users/', { json, token });
  expect(made.status).toBe(201);
  expect(asked).toHaveLength(1);
});
