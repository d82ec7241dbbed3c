import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { until } from './eventually.ts';
import { goodPassword, send, temporaryFolder } from './harness.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** How a server ends that is told to, with real processes. */

const json = { email: 'ada@example.com', password: goodPassword };

interface Sent {
  /** The whole request is in the hands of the kernel. */
  readonly flushed: Promise<void>;
  readonly answer: Promise<{ status: number | undefined; connection: string | undefined }>;
}

/** Signs in on a connection of its own that would like to be kept. */
function login(origin: string): Sent {
  const flushed = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Awaited<Sent['answer']>>();
  const sent = request(`${origin}/api/login/`, {
    method: 'POST',
    agent: new Agent({ keepAlive: true }),
    headers: { 'content-type': 'application/json' },
  });
  sent.once('finish', flushed.resolve).once('error', answer.reject);
  sent.once('response', (message) => {
    message.resume().once('end', () => {
      answer.resolve({ status: message.statusCode, connection: message.headers.connection });
    });
  });
  sent.end(JSON.stringify(json));
  return { flushed: flushed.promise, answer: answer.promise };
}

/** Opens a connection and sends the beginning of a request. */
async function sendPart(origin: string, text: string): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    socket.write(text, () => resolve());
  });
  return socket;
}

const halfBody =
  'POST /api/login/ HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"email"';

/** By then the server has seen all that was sent to it before. */
async function settle(server: ServerProcess): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    await send(server.origin, 'GET', '/healthz', { headers: { connection: 'close' } });
  }
}

async function isRefused(origin: string): Promise<boolean> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  const outcome = await new Promise<string>((resolve) => {
    socket.once('connect', () => resolve('connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
  socket.destroy();
  return outcome === 'ECONNREFUSED';
}

/** What the log says of a stop at whose limit (8 s) some connection was left. */
const cut = '"msg":"cut the connections that did not end"';

describe('told to stop', () => {
  /** @returns how many of the sign-ins were not answered yet when the server took nothing new */
  async function stopDuring(signIns: number): Promise<number> {
    using folder = temporaryFolder();
    await using server = await startServerProcess({ folder: folder.path });
    await send(server.origin, 'POST', '/api/register/', { json });
    const logins = Array.from({ length: signIns }, () => login(server.origin));
    await Promise.all(logins.map((sent) => sent.flushed));
    await settle(server);
    let answered = 0;
    const answers = logins.map(async (sent) => {
      const answer = await sent.answer;
      answered += 1;
      return answer;
    });

    server.process.kill('SIGTERM');
    const end = server.ended();
    while (!(await isRefused(server.origin))) await sleep(5);
    const stillOpen = logins.length - answered;

    const all = await Promise.all(answers);
    expect(all.filter(({ status }) => status !== 200)).toEqual([]);
    // Clients are told that their connections end.
    const told = all.filter(({ connection }) => connection === 'close');
    expect(told.length).toBeGreaterThanOrEqual(stillOpen);
    expect(await end).toMatchObject({ status: 0, signal: null });
    expect(server.log()).toContain('"msg":"stopped"');

    await using again = await startServerProcess({ folder: folder.path });
    expect((await send(again.origin, 'POST', '/api/login/', { json })).status).toBe(200);
    return stillOpen;
  }

  test('it answers what is under way, takes nothing new, and ends well', async () => {
    // So few that a busy machine answers them within the limit; more, where it has answered all before it is told.
    let signIns = 6 * availableParallelism();
    while ((await stopDuring(signIns)) === 0) signIns *= 2;
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s: idle connections do not hold it up',
    async (signal) => {
      using folder = temporaryFolder();
      await using server = await startServerProcess({ folder: folder.path });
      await send(server.origin, 'GET', '/healthz'); // its connection is kept
      await sendPart(server.origin, ''); // another, that never says anything
      await send(`${server.operationsOrigin}`, 'GET', '/healthz');
      server.process.kill(signal);
      expect((await server.ended()).status).toBe(0);
      expect(server.log()).not.toContain(cut);
    },
  );

  test.each([
    ['a body', halfBody],
    ['the headers', 'GET /api/me/ HTTP/1.1\r\nhost: x\r\nauthoriz'],
  ])('a client that sends half of %s cannot hold it past the limit', async (_what, text) => {
    using folder = temporaryFolder();
    await using server = await startServerProcess({ folder: folder.path });
    await sendPart(server.origin, text);
    await settle(server);
    server.process.kill('SIGTERM');
    // Past its own limit (9.5 s) it would end with another status.
    expect((await server.ended()).status).toBe(0);
    expect(server.log()).not.toContain('"level":50');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'a second time, by %s, it ends at once',
    async (second) => {
      using folder = temporaryFolder();
      await using server = await startServerProcess({ folder: folder.path });
      await sendPart(server.origin, halfBody);
      await settle(server);
      server.process.kill('SIGTERM');
      await until(() => server.log().includes('"msg":"stopping"'));
      await sleep(300); // one that comes sooner is taken for the same wish
      server.process.kill(second);
      expect((await server.ended()).status).toBe(1);
      expect(server.log()).not.toContain(cut);
    },
  );

  test.skipIf(process.platform === 'win32')(
    'what npm has started ends with the shell of npm, which passes no signal on',
    async () => {
      using folder = temporaryFolder();
      await using server = await startServerProcess({
        folder: folder.path,
        prefix: ['sh', '-c', '"$0" "$@"; true'], // so that the shell stays
        environment: { npm_lifecycle_event: 'start' },
      });
      server.process.kill('SIGTERM');
      await server.ended(); // once nobody has its output open any more
      expect(server.log()).toContain('"msg":"stopped"');
      expect(await isRefused(server.origin)).toBe(true);
    },
  );
});
