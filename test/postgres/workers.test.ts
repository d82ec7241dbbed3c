import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { latchkey } from '../cli/command-line.ts';
import { createPostgresDatabase, queryPostgres } from '../database.ts';
import { until } from '../eventually.ts';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { askUntilRefused, requestText } from '../persistent-clients.ts';
import { runServerToEnd, type ServerProcess, startServerProcess } from '../server-process.ts';

/** Several processes behind one port, as an operator starts them. */

const stack = new AsyncDisposableStack();
let server: ServerProcess;
let url: string;
let folder: string;
let said = '';

beforeAll(async () => {
  folder = stack.use(temporaryFolder()).path;
  ({ url } = stack.use(await createPostgresDatabase('workers')));
  server = stack.use(
    await startServerProcess({
      folder,
      flags: ['--workers', '2', '--migrate'],
      environment: {
        LATCHKEY_DATABASE_URL: url,
        LATCHKEY_DATABASE_POOL_SIZE: '4',
        LATCHKEY_PASSWORD_MIN_LENGTH: '8',
      },
    }),
  );
  said = server.output();
});
afterAll(() => stack.disposeAsync());

/** On a connection of its own, which any worker may get. */
function ask(method: string, path: string, json?: object) {
  const headers = { connection: 'close' };
  return send(server.origin, method, path, { headers, ...(json && { json }) });
}

const email = (n: number) => `worker${n}@example.com`;
const register = (n: number) =>
  ask('POST', '/api/register/', { email: email(n), password: goodPassword });

async function nodes(): Promise<{ worker: number; pid: number }[]> {
  const rows = await queryPostgres(
    url,
    `select worker, pid from nodes
     where seen_at_ms > extract(epoch from now()) * 1000 - 60000 order by worker, started_at_ms`,
  );
  return rows.map(({ worker, pid }) => ({ worker: Number(worker), pid: Number(pid) }));
}

async function counted(series: RegExp): Promise<number> {
  const { text } = await send(server.operationsOrigin ?? '', 'GET', '/metrics');
  return [...text.matchAll(series)].reduce((sum, [, value]) => sum + Number(value), 0);
}
const profiles =
  /^latchkey_http_request_duration_seconds_count\{method="GET",route="\/api\/me\/",status="401"\} (\d+)$/gm;

test('one welcome, one secret, and both serve', async () => {
  expect(said.match(/Latchkey is running/g)).toHaveLength(1);
  expect(said).toMatch(/^ {2}Workers {10}2$/m);
  expect((await nodes()).map(({ worker }) => worker)).toEqual([1, 2]);

  expect((await register(0)).status).toBe(201);
  const { body } = await ask('POST', '/api/login/', { email: email(0), password: goodPassword });
  const token = body.access_token;
  for (let i = 0; i < 24; i += 1) {
    const headers = { connection: 'close', authorization: `Bearer ${token}` };
    expect((await send(server.origin, 'GET', '/api/me/', { headers })).status).toBe(200);
  }
  const pids = new Set((await nodes()).map(({ pid }) => pid));
  await until(() => {
    const lines = server
      .log()
      .split('\n')
      .slice(0, -1) // what follows the last line break is a line that is not all there yet
      .map((line) => JSON.parse(line));
    const served = lines.filter(({ route, status }) => route === '/api/me/' && status === 200);
    const by = new Set(served.map(({ worker, pid }) => `${worker} ${pid}`));
    return served.length === 24 && by.size === 2 && served.every(({ pid }) => pids.has(pid));
  });
});

test('"latchkey nodes" lists both, and what they lead', async () => {
  const env = { LATCHKEY_DATABASE_URL: url };
  const json = JSON.parse((await latchkey(['nodes', '--json', '--data', folder], { env })).stdout);
  expect(json).toMatchObject([
    { worker: 1, is_alive: true, settings_lag_ms: 0 },
    { worker: 2, is_alive: true, settings_lag_ms: 0 },
  ]);
  expect(Object.keys(json[0])).toEqual([
    ...['id', 'version', 'host', 'pid', 'worker', 'started_at', 'seen_at', 'is_alive'],
    ...['settings_lag_ms', 'leads'],
  ]);
  const { stdout } = await latchkey(['nodes', '--data', folder], { env });
  const [headings, ...lines] = stdout.trim().split('\n');
  expect(headings).toMatch(/^NODE +HOST +PID +WORKER +VERSION +SINCE +STATE +SETTINGS +LEADS$/);
  expect(lines.filter((line) => / alive +in force /.test(line))).toHaveLength(2);
});

test('one listener tells of both: what they have counted, and whether they are ready', async () => {
  const before = await counted(profiles);
  for (let i = 0; i < 10; i += 1) expect((await ask('GET', '/api/me/')).status).toBe(401);
  expect((await counted(profiles)) - before).toBe(10);
  for (const path of ['/healthz', '/readyz']) {
    expect((await send(server.operationsOrigin ?? '', 'GET', path)).status).toBe(200);
  }
});

test('a worker that is killed loses nothing that was acknowledged, and another takes its place', async () => {
  const countedBefore = await counted(profiles);
  const [first] = await nodes();
  const acknowledged: number[] = [];
  let isOver = false;
  const clients = [1, 2, 3, 4].map(async (client) => {
    for (let n = 0; !isOver; n += 1) {
      const id = client * 1_000 + n;
      const status = await register(id).then(
        (answer) => answer.status,
        () => 0, // its connection was cut
      );
      if (status === 201) acknowledged.push(id);
    }
  });
  await until(() => acknowledged.length >= 10);
  process.kill(first?.pid ?? 0, 'SIGKILL');
  const killedAt = acknowledged.length;
  await until(() => acknowledged.length >= killedAt + 10);
  await until(async () =>
    (await nodes()).some(({ worker, pid }) => worker === 1 && pid !== first?.pid),
  );
  isOver = true;
  await Promise.all(clients);

  const there = await queryPostgres(url, 'select email from users');
  const emails = new Set(there.map((row) => row.email));
  expect(acknowledged.filter((id) => !emails.has(email(id)))).toEqual([]);
  expect(server.log()).toContain('"msg":"a worker has ended; another takes its place"');
  // What the dead one has counted is not forgotten.
  expect(await counted(profiles)).toBeGreaterThanOrEqual(countedBefore);
  await until(() => server.log().includes('has taken the place of another'));
  expect((await send(server.operationsOrigin ?? '', 'GET', '/readyz')).status).toBe(200);
});

test('told to stop, all answer what is under way, and end well', async () => {
  const logins = Array.from({ length: 8 }, () =>
    ask('POST', '/api/login/', { email: email(0), password: goodPassword }),
  );
  const clients = Array.from({ length: 24 }, (_client, i) =>
    askUntilRefused(server.origin, {
      isKept: i % 3 > 0,
      request: () => requestText('GET', '/api/me/'),
    }),
  );
  await sleep(30);
  server.process.kill('SIGTERM');
  const statuses = (await Promise.allSettled(logins)).map((login) =>
    login.status === 'fulfilled' ? login.value.status : 'refused',
  );
  expect(
    statuses.filter((status) => status !== 200 && status !== 503 && status !== 'refused'),
  ).toEqual([]);
  // Connections of workers that do not stop are not reset: while a worker still listens, it gets the connections.
  const met = (await Promise.all(clients)).flat();
  expect(met.filter(({ status }) => status !== 401 && status !== 503)).toEqual([]);
  expect(await server.ended()).toEqual({ status: 0, signal: null });
  expect((await nodes()).map(({ worker }) => worker)).toEqual([1]); // the one that was killed
  const ends = server.log().match(/"msg":"stopped"/g);
  expect(ends).toHaveLength(3);
});

test('where the process that started them is killed, they finish and end', async () => {
  await using again = await startServerProcess({
    folder,
    flags: ['--workers', '2'],
    environment: { LATCHKEY_DATABASE_URL: url },
  });
  const workers = (await nodes()).filter(({ pid }) => isRunning(pid));
  expect(workers.map(({ worker }) => worker)).toEqual([1, 2]);
  again.process.kill('SIGKILL');
  await until(() => workers.every(({ pid }) => !isRunning(pid)));
  const left = await nodes();
  expect(left.filter(({ pid }) => workers.some((worker) => worker.pid === pid))).toEqual([]);
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('on SQLite it says why not', async () => {
  const end = await runServerToEnd({ folder, flags: ['--workers', '2'] });
  expect(end.status).toBe(2);
  expect(end.stderr).toContain(
    '--workers / LATCHKEY_WORKERS: on SQLite one process serves, for the file has one writer',
  );
});

test('where the port is taken that is said once', async () => {
  await using taken = await createTaken();
  const end = await runServerToEnd({
    folder,
    flags: ['--workers', '2', '--port', String(taken.port)],
    environment: { LATCHKEY_DATABASE_URL: url },
  });
  expect(end.status).toBe(1);
  expect(end.stderr.match(/is in use/g)).toHaveLength(1);
});

async function createTaken() {
  const { createServer } = await import('node:net');
  const listener = createServer();
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        listener.close(resolve);
      });
    },
  };
}
