import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engine } from '../../test/database.ts';
import { until } from '../../test/eventually.ts';
import {
  createTestDatabase,
  type SignedUp,
  startServer,
  type TestServer,
  type TestServerOptions,
} from '../../test/harness.ts';

/** How exports end that must not go on. Each is of 30 MB: more than sockets hold. */

const stack = new AsyncDisposableStack();
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: TestServer;
beforeAll(async () => {
  database = stack.use(await createTestDatabase());
  server = stack.use(await startServer({ database }));
  const { db } = server.deps.database;
  const long = 'x'.repeat(5_000);
  for (let page = 0; page < 12; page += 1) {
    const places = Array.from({ length: 500 }, (_, n) => 500 * page + n);
    const users = places.map((place) => ({
      ...{ email: `${long}@example.com`, email_normalized: `${place}@example.com` },
      ...{ created_at_ms: 0, updated_at_ms: 0 },
    }));
    await db.insertInto('users').values(users).execute();
    const event = { at_ms: Date.now(), kind: 'session.started', actor_kind: 'system' };
    const events = places.map(() => ({ ...event, details: JSON.stringify({ device: long }) }));
    await db.insertInto('audit_events').values(events).execute();
  }
});
afterAll(() => stack.disposeAsync());

const start = (options: TestServerOptions) => startServer({ database, ...options });

/** Begins an export without reading its answer. */
async function begin(from: TestServer, path: string, { access_token }: SignedUp) {
  const headers = { authorization: `Bearer ${access_token}` };
  const request = get(`${from.origin}${path}`, { headers, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // The reset: it may come before anybody reads, and `complete` shows it.
  for (const each of [request, response]) each.on('error', () => undefined);
  expect(response.statusCode).toBe(200);
  return response;
}

/** Reads an export to its end, whichever that is. */
async function readRest(response: IncomingMessage, pauseMs = 0) {
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += chunk.length;
      if (pauseMs > 0) await sleep(pauseMs);
    }
  } catch {
    // cut off
  }
  return { bytes, isWhole: response.complete };
}

/** Until the server waits for the reader. */
const fillSockets = () => sleep(1_000);

const ends: readonly [string, (admin: SignedUp) => Promise<unknown>][] = [
  [
    'is deactivated',
    async ({ id }) => {
      const { access_token: token } = await server.signUpAdmin('superuser');
      const path = `/api/admin/users/${id}/deactivate/`;
      expect((await server.send('POST', path, { token, json: {} })).status).toBe(200);
    },
  ],
  [
    'logs out',
    ({ refresh_token }) => server.send('POST', '/api/logout/', { json: { refresh_token } }),
  ],
  [
    'may no longer do it',
    ({ id }) =>
      server.deps.database.db.deleteFrom('user_permissions').where('user_id', '=', id).execute(),
  ],
];

describe.each([
  ['users', 'users.export'],
  ['audit', 'audit.export'],
])('the export of %s', (list, permission) => {
  const path = `/api/admin/${list}/export/`;

  test.each(ends)('ends in the middle where its administrator %s', async (_what, end) => {
    const admin = await server.signUpAdmin([permission]);
    const response = await begin(server, path, admin);
    await fillSockets();
    await end(admin);
    const { bytes, isWhole } = await readRest(response);
    expect(isWhole).toBe(false);
    expect(bytes).toBeLessThan(25_000_000);
  });
});

// What follows is in what both share, and asks nothing of the database that depends on the engine.
describe.runIf(engine === 'sqlite')('an export', () => {
  const permission = 'users.export';
  const path = '/api/admin/users/export/';
  const nothing = '?search=nobody';

  test('goes on when the access token expires', async () => {
    const admin = await server.signUpAdmin([permission]);
    const response = await begin(server, path, admin);
    await fillSockets();
    server.clock.advance(60_000);
    const token = admin.access_token;
    expect((await server.send('GET', `${path}${nothing}`, { token })).status).toBe(401);
    const { bytes, isWhole } = await readRest(response);
    expect(isWhole).toBe(true);
    expect(bytes).toBeGreaterThan(30_000_000);
  });

  test('is cut off where nobody reads, and others get the place', async () => {
    const lines: string[] = [];
    await using strict = await start({
      exportTimes: { stallMs: 10_000, wholeMs: 600_000 },
      log: pino({}, { write: (line) => lines.push(line) }),
    });
    const admin = await strict.signUpAdmin([permission]);
    const token = admin.access_token;
    const responses = await Promise.all([0, 1, 2, 3].map(() => begin(strict, path, admin)));
    const one = () => strict.send('GET', `${path}${nothing}`, { token });
    expect(await one()).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    await until(async () => (await one()).status === 200);
    const said = () => lines.map((line) => JSON.parse(line)).filter(({ reason }) => reason);
    await until(() => said().length === responses.length);
    expect(said()[0]).toMatchObject({ reason: 'stalled', msg: 'an export was cut off' });
    for (const response of responses) expect((await readRest(response)).isWhole).toBe(false);
  });

  test('is cut off where it takes too long, however much is read', async () => {
    await using strict = await start({ exportTimes: { stallMs: 600_000, wholeMs: 1_500 } });
    const response = await begin(strict, path, await strict.signUpAdmin([permission]));
    expect((await readRest(response, 20)).isWhole).toBe(false);
  });

  test('does not look like a whole one over HTTP/1.0 either', async () => {
    await using strict = await start({ exportTimes: { stallMs: 500, wholeMs: 600_000 } });
    const { access_token } = await strict.signUpAdmin([permission]);
    const { hostname, port } = new URL(strict.origin);
    const cut = Promise.withResolvers<void>();
    strict.app.http.server.once('connection', (end) => end.once('close', cut.resolve));
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET ${path} HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer ${access_token}\r\n\r\n`,
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    socket.pause();
    expect(head.toString('latin1')).toMatch(/^HTTP\/1\.1 200 /);
    expect(head.toString('latin1')).not.toMatch(/transfer-encoding/i);
    const error = once(socket, 'error');
    await cut.promise;
    socket.resume();
    expect(await error).toMatchObject([{ code: 'ECONNRESET' }]);
  });
});
