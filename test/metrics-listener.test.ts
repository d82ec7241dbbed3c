import { createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { send, temporaryFolder } from './harness.ts';
import { startServerHere } from './server-here.ts';
import { startServerProcess } from './server-process.ts';

/** Where a real server listens for those who run it. */

/** Takes a port, unless somebody has it already: either way it is taken. */
async function takePort(port: number): Promise<{ port: number } & AsyncDisposable> {
  const taker: Server = createServer();
  await new Promise<void>((resolve, reject) => {
    taker.once('listening', resolve).once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve();
      else reject(error);
    });
    taker.listen(port, '127.0.0.1');
  });
  const address = taker.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async [Symbol.asyncDispose]() {
      if (taker.listening) await new Promise((resolve) => taker.close(resolve));
    },
  };
}

test('it says on which free port metrics are, and serves them there alone', async () => {
  using folder = temporaryFolder();
  await using server = await startServerHere({ data: folder.path });
  expect(server.operationsOrigin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(server.operationsOrigin).not.toBe(server.origin);
  const metrics = await send(server.operationsOrigin ?? '', 'GET', '/metrics');
  expect(metrics.text).toContain('latchkey_nodejs_eventloop_lag_seconds');
  expect((await send(server.origin, 'GET', '/metrics')).status).toBe(404);
  // Not by `send`, which takes every answer at this path for one of the public listener.
  const login = await fetch(`${server.operationsOrigin}/api/login/`, { method: 'POST' });
  expect(login.status).toBe(404);
});

test.each([
  ['the flag', { metricsPort: 'off' }, {}],
  ['the environment', {}, { LATCHKEY_METRICS_PORT: 'off' }],
])('by %s it is off', async (_what, flags, environment) => {
  using folder = temporaryFolder();
  await using server = await startServerHere({ data: folder.path, ...flags }, environment);
  expect(server.operationsOrigin).toBeUndefined();
  expect((await send(server.origin, 'GET', '/readyz')).status).toBe(200);
  expect(server.log()).toBe('');
});

test('where its default port is taken the server warns, and runs without it', async () => {
  await using _taken = await takePort(9464);
  using folder = temporaryFolder();
  const notSet = { LATCHKEY_METRICS_PORT: '' };
  await using server = await startServerHere({ data: folder.path }, notSet);
  expect(server.operationsOrigin).toBeUndefined();
  expect((await send(server.origin, 'GET', '/readyz')).status).toBe(200);
  const [warning] = server.log().split('\n');
  expect(JSON.parse(warning ?? '')).toMatchObject({ level: 40, port: 9464 });
});

test.each(['--port', '--metrics-port'])(
  'where the port of %s is taken it does not start',
  async (flag) => {
    await using taken = await takePort(0);
    using folder = temporaryFolder();
    const started = startServerProcess({ folder: folder.path, flags: [flag, String(taken.port)] });
    await expect(started).rejects.toThrow(
      `ended with 1: Port ${taken.port} is in use. Stop what uses it, or choose another: ${flag} ${taken.port + 1}`,
    );
    // Nothing of the first try stands in the way of the second.
    await using server = await startServerProcess({ folder: folder.path });
    expect((await send(server.origin, 'GET', '/healthz')).status).toBe(200);
  },
);

test('invalid ports are named, all at once', async () => {
  using folder = temporaryFolder();
  const flags = ['--port', '65536', '--metrics-port', 'none'];
  await expect(startServerProcess({ folder: folder.path, flags })).rejects.toThrow(
    /ended with 2: .*--port \/ LATCHKEY_PORT: "65536".*--metrics-port \/ LATCHKEY_METRICS_PORT: "none"/s,
  );
});
