import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { until } from './eventually.ts';
import { goodPassword, temporaryFolder } from './harness.ts';
import { askUntilRefused, open, requestText } from './persistent-clients.ts';
import { startServerProcess } from './server-process.ts';

/** Requests that come while a server ends: none that was sent goes without an answer. */

/** What the log says of a stop at whose limit (8 s) some connection was left. */
const cut = '"msg":"cut the connections that did not end"';

const profile = requestText('GET', '/api/me/');
const registration = (email: string) =>
  requestText('POST', '/api/register/', JSON.stringify({ email, password: goodPassword }));

describe('told to stop', () => {
  test.each([0, 40, 150])(
    'it answers whatever was sent: %i ms after clients began that do not stop',
    async (afterMs) => {
      using folder = temporaryFolder();
      await using server = await startServerProcess({ folder: folder.path });
      const { origin } = server;
      const kept = Array.from({ length: 32 }, () =>
        askUntilRefused(origin, { isKept: true, request: () => profile }),
      );
      const anew = Array.from({ length: 16 }, (_client, i) =>
        askUntilRefused(origin, {
          isKept: false,
          request: (n) => (i % 2 === 0 ? profile : registration(`${i}-${n}@example.com`)),
        }),
      );
      await sleep(afterMs);
      server.process.kill('SIGTERM');

      const met = (await Promise.all([...kept, ...anew])).flat();
      expect((await server.ended()).status).toBe(0);
      expect(server.log()).not.toContain(cut);
      expect(met.filter(({ status }) => ![201, 401, 503].includes(status))).toEqual([]);
      const refused = met.filter(({ status }) => status === 503);
      expect(refused.length).toBeGreaterThan(0);
      for (const one of refused) {
        expect(one).toEqual({ status: 503, code: 'shutting_down', retryAfter: '1', isLast: true });
      }
    },
  );

  test('a refusal reaches a client that is still sending its body', async () => {
    const rounds: string[][] = [];
    const isWhole = (answers: string[]) => answers.every((answer) => answer !== ' end');
    while (rounds.length < 5 && !rounds.some(isWhole)) {
      const answers = await sendBodiesToTheEnd();
      // Half a second after the stop began an idle connection ends, so a client on a busy machine may be late.
      expect(['HTTP/1.1 503 end', ' end']).toEqual(expect.arrayContaining(answers));
      rounds.push(answers);
    }
    // In one round nobody was late, and each was answered.
    expect(rounds).toContainEqual(Array.from({ length: 8 }, () => 'HTTP/1.1 503 end'));
  });

  /** What each of some clients gets that begins with its body once the server stops. */
  async function sendBodiesToTheEnd(): Promise<string[]> {
    using folder = temporaryFolder();
    await using server = await startServerProcess({ folder: folder.path });
    const sockets = await Promise.all(Array.from({ length: 8 }, () => open(server.origin)));
    server.process.kill('SIGTERM');
    // What comes before is served, and not refused.
    await until(() => server.log().includes('"msg":"stopping"'));
    const answers = sockets.map(async (socket) => {
      if (!socket) return 'refused';
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes;
      });
      const closed = new Promise((resolve) => {
        socket.once('error', (error) => resolve(error.message)).once('end', () => resolve('end'));
      });
      const body = ' '.repeat(240_000);
      const whole = requestText('POST', '/api/register/', body);
      for (let at = 0; at < whole.length && !socket.destroyed; at += 30_000) {
        socket.write(whole.slice(at, at + 30_000));
        await sleep(10);
      }
      const end = await closed;
      return `${text.slice(0, 12)} ${end}`;
    });
    const given = await Promise.all(answers);
    expect((await server.ended()).status).toBe(0);
    return given;
  }

  test('a request that crosses the end of its idle connection is not met by a reset', async () => {
    using folder = temporaryFolder();
    await using server = await startServerProcess({ folder: folder.path });
    const { hostname, port } = new URL(server.origin);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const closed = new Promise((resolve) => {
      socket
        .once('error', (error) => resolve(error.message))
        .once('close', () => resolve('closed'));
    });
    await new Promise<void>((resolve) => {
      socket.write(profile);
      socket.once('data', () => resolve());
    });
    server.process.kill('SIGTERM');
    await new Promise((resolve) => {
      socket.once('end', resolve);
    });
    socket.write(profile);
    await sleep(100);
    socket.end(profile);
    expect(await closed).toBe('closed');
    expect(await server.ended()).toEqual({ status: 0, signal: null });
    expect(server.log()).not.toContain('"level":50');
  });

  test('answers wait for clients that read slowly; one that never reads cannot hold it past the limit', async () => {
    using folder = temporaryFolder();
    await using server = await startServerProcess({ folder: folder.path });
    const socket = await open(server.origin);
    socket?.pause();
    for (let n = 0; n < 200; n += 1) socket?.write(requestText('GET', '/openapi.json'));
    await sleep(300);
    server.process.kill('SIGTERM');
    expect((await server.ended()).status).toBe(0);
    expect(server.log()).toContain(cut); // else its answers were thrown away
    socket?.destroy();
  });
});
