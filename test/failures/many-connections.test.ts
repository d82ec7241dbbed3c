import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { temporaryFolder } from '../harness.ts';
import { startServerProcess } from '../server-process.ts';

/** How many connections a port has that nobody has accepted yet (proc(5), /proc/net/tcp: `rx_queue`). */
function waitingAt(port: number): number {
  const at = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  const listening = sockets
    .map((line) => line.trim().split(/\s+/))
    .find(([, local, , state]) => local?.endsWith(at) && state === '0A');
  return Number.parseInt(listening?.[4]?.split(':')[1] ?? '', 16);
}

// With the queue that Node asks for, the 513th connection is dropped until its client tries again, or is reset.
test('clients that connect all at once while the server is busy wait, and each is answered', async () => {
  using folder = temporaryFolder();
  await using server = await startServerProcess({ folder: folder.path });
  const { port } = new URL(server.origin);
  server.process.kill('SIGSTOP');
  const answers = Array.from({ length: 1_500 }, () => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    return text(socket);
  });
  await eventually(() => expect(waitingAt(Number(port))).toBe(1_500));
  server.process.kill('SIGCONT');
  const statuses = (await Promise.all(answers)).map((answer) => answer.slice(0, 12));
  expect(new Set(statuses)).toEqual(new Set(['HTTP/1.1 200']));
});
