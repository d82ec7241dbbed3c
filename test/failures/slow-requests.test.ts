import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../eventually.ts';
import { startServer, type TestServer } from '../harness.ts';
import { expectProblem, sendRaw } from './raw-client.ts';

/** Clients that send as slowly as they can, to hold connections. */

let server: TestServer;
const logged: { level: number; status?: number }[] = [];

beforeAll(async () => {
  server = await startServer({
    times: {
      requestMs: 300,
      headersMs: 200,
      lookEveryMs: 50,
      keepAliveMs: 150,
      lingerMs: 200,
      stallMs: 400,
    },
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
  expectTimeout(await sendRaw(server.origin, dripping(head, 20)));
});

test('a request line that never ends: 408', async () => {
  expectTimeout(await sendRaw(server.origin, 'POST /api'));
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
  expect((await server.send('OPTIONS', '/api/login/')).status).toBe(200);
  for (const exchange of await Promise.all(slow)) expectTimeout(exchange);
});

test('a connection that only idles is closed without a word', async () => {
  const exchange = await sendRaw(server.origin, 'OPTIONS /api/login/ HTTP/1.1\r\nHost: x\r\n\r\n', {
    answers: 2,
  });
  expect(exchange.answers.map((answer) => answer.status)).toEqual([200]);
  expect(exchange.isClosed).toBe(true);
});

test('a client that is cut off, or goes away, in the middle of its body is not an error of the server', async () => {
  await sendRaw(server.origin, [`${head}content-length: 100\r\n\r\n{`], { limitMs: 50 });
  await sleep(100);
  expect(logged.filter(({ level, status = 0 }) => level >= 40 || status >= 500)).toEqual([]);
});

describe('a client that never closes its end of the connection', () => {
  const large = '*'.repeat(40_000);

  test.each([
    ['a tunnel', 'CONNECT a.b:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['what is no request', 'GARBAGE\r\n\r\n'],
    ['headers past the limit', `GET / HTTP/1.1\r\nHost: x\r\nx: ${large}\r\n\r\n`],
    ['a body that does not come', `${head}content-length: 5\r\n\r\n`],
    ['a body past the limit', `${head}content-length: 99999999\r\n\r\n`],
    ['an answer that nobody takes', 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100)],
  ])('is cut off after %s', async (_name, bytes) => {
    const { hostname, port } = new URL(server.origin);
    const isAnswerTaken = !bytes.includes('openapi');
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const cut = Promise.withResolvers<void>();
    socket.on('error', () => undefined);
    server.app.http.server.once('connection', (end) => end.once('close', cut.resolve));
    if (isAnswerTaken) socket.resume();
    socket.write(bytes);
    await cut.promise;
    socket.destroy();
  });
});

describe('large bodies that are held back', () => {
  const chunk = ' '.repeat(60_000);
  const chunked = (from: string) =>
    `${head}x-forwarded-for: ${from}\r\ntransfer-encoding: chunked\r\n\r\n`;

  /** Sends so much of so many bodies; the rest when it is called. */
  function hold(origin: string, from: string, { bodies, chunks }: Record<string, number>) {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const some = `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(chunks ?? 0);
    const held = Array.from({ length: bodies ?? 0 }, () =>
      sendRaw(origin, [chunked(from), '1\r\n{\r\n', some, () => released, '1\r\n}\r\n0\r\n\r\n']),
    );
    return async () => {
      release();
      return (await Promise.all(held)).map(({ answers }) => answers[0]?.status);
    };
  }

  const large = ({ send }: TestServer, from: string) =>
    send('POST', '/api/login/', {
      body: ' '.repeat(1_000_000),
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    });

  test('take no more of the budget than has arrived, and a network no more than its share', async () => {
    await using other = await startServer({ trustedProxies: ['loopback'] });
    const few = hold(other.origin, '192.0.2.1', { bodies: 100, chunks: 0 });
    expect((await large(other, '192.0.2.1')).status).toBe(400); // blank: it was read
    const many = hold(other.origin, '192.0.2.1', { bodies: 18, chunks: 15 });
    await until(async () => (await large(other, '192.0.2.1')).status === 503);
    const refused = await large(other, '192.0.2.1');
    expectProblem(refused, 503, 'overloaded');
    expect(refused.headers.get('retry-after')).toBe('1');
    await other.signUp(); // what is small is taken
    expect((await large(other, '192.0.2.2')).status).toBe(400);

    expect(new Set(await few())).toEqual(new Set([401]));
    expect(new Set(await many())).toEqual(new Set([401]));
    await until(async () => (await large(other, '192.0.2.1')).status === 400);
  });
});
