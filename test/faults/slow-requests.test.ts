import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startServer, type TestServer } from '../harness.ts';
import { expectProblem, sendRaw } from './raw-client.ts';

/** Clients that send as slowly as they can, to hold connections. */

let server: TestServer;
const logged: { level: number; status?: number }[] = [];

beforeAll(async () => {
  server = await startServer({
    times: { requestMs: 300, headersMs: 200, lookEveryMs: 50, keepAliveMs: 150 },
    log: pino({ level: 'info' }, { write: (line) => logged.push(JSON.parse(line)) }),
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const head = 'POST /api/login/ HTTP/1.1\r\nHost: x\r\ncontent-type: application/json\r\n';

/** One byte at a time, until somebody has had enough. */
function dripping(text: string, everyMs: number) {
  return [...text].flatMap((character) => [character, () => sleep(everyMs)]);
}

function expectTimeout({ answers, isClosed }: Awaited<ReturnType<typeof sendRaw>>): void {
  expect(answers).toHaveLength(1);
  expect(answers[0]).toMatchObject({ status: 408, body: { code: 'request_timeout', status: 408 } });
  expect(isClosed).toBe(true);
}

test('headers that come too slowly: 408', async () => {
  const startedAt = performance.now();
  expectTimeout(await sendRaw(server.origin, dripping(head, 20)));
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('a request line that never ends: 408', async () => {
  expectTimeout(await sendRaw(server.origin, ['POST /api', () => sleep(5_000)]));
});

test('a body that comes too slowly: 408', async () => {
  const body = dripping('{"email":"a@b.co","password":"long enough"}', 20);
  expectTimeout(await sendRaw(server.origin, [`${head}content-length: 43\r\n\r\n`, ...body]));
});

test('chunks that never end: 408', async () => {
  const chunks = dripping('1\r\na\r\n'.repeat(50), 10);
  expectTimeout(
    await sendRaw(server.origin, [`${head}transfer-encoding: chunked\r\n\r\n`, ...chunks]),
  );
});

test('many at once do not keep others from being served', async () => {
  const slow = Array.from({ length: 200 }, () => sendRaw(server.origin, dripping(head, 20)));
  await sleep(50);
  const startedAt = performance.now();
  expect((await server.send('OPTIONS', '/api/login/')).status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  for (const exchange of await Promise.all(slow)) expectTimeout(exchange);
});

test('a connection that only idles is closed without a word', async () => {
  const exchange = await sendRaw(
    server.origin,
    ['OPTIONS /api/login/ HTTP/1.1\r\nHost: x\r\n\r\n', () => sleep(3_000)],
    { answers: 2, limitMs: 3_000 },
  );
  expect(exchange.answers.map((answer) => answer.status)).toEqual([200]);
  expect(exchange.isClosed).toBe(true);
});

test('a client that is cut off, or goes away, in the middle of its body is no fault of ours', async () => {
  await sendRaw(server.origin, [`${head}content-length: 100\r\n\r\n{`], { limitMs: 50 });
  await sleep(100);
  expect(logged.filter(({ level, status = 0 }) => level >= 40 || status >= 500)).toEqual([]);
});

test('large bodies that are held back take no more than their budget, and small ones are taken', async () => {
  await using other = await startServer();
  const chunked = `${head}transfer-encoding: chunked\r\n\r\n`;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const held = Array.from({ length: 64 }, () =>
    sendRaw(other.origin, [chunked, '1\r\n{\r\n', () => released, '1\r\n}\r\n0\r\n\r\n']),
  );
  const large = () =>
    other.send('POST', '/api/login/', {
      body: ' '.repeat(20_000),
      headers: { 'content-type': 'application/json' },
    });
  await vi.waitUntil(async () => (await large()).status === 503);
  const refused = await large();
  expectProblem(refused, 503, 'overloaded');
  expect(refused.headers.get('retry-after')).toBe('1');
  await other.signUp();

  release();
  for (const { answers } of await Promise.all(held)) expect(answers[0]?.status).toBe(401);
  expect((await large()).status).toBe(400);
});
