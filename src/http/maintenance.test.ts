import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  type DescribedOperation,
  description,
  operationsOf,
} from '../../test/description/description.ts';
import { until } from '../../test/eventually.ts';
import { goodPassword, startServer, type TestServer } from '../../test/harness.ts';
import { startBackgroundWork, startNode } from '../features/platform/nodes/index.ts';
import { setSetting } from '../settings/change-settings.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server[Symbol.asyncDispose]());

async function setMaintenance(isOn: boolean): Promise<void> {
  await setSetting(server.deps, 'MAINTENANCE_MODE', isOn, { actor: 'test', reason: '' });
  await server.catchUp();
}

/** Every row that a client could have changed. */
async function readRows() {
  const { db } = server.deps.database;
  return {
    users: await db.selectFrom('users').selectAll().orderBy('id').execute(),
    sessions: await db.selectFrom('sessions').selectAll().orderBy('id').execute(),
  };
}

test('in maintenance nothing changes, what only reads is answered, and then all goes on', async () => {
  const { email, access_token: token, refresh_token } = await server.signUp();
  const before = await readRows();
  await setMaintenance(true);

  const operations = operationsOf(description);
  const questions = [
    ...['/api/check/', '/api/invitation/check/', '/api/setup/check/'],
    ...['/api/login/second-factor/options/', '/api/login/passkey/options/'],
    '/api/admin/mail-texts/preview/',
  ]; // in bodies
  const onlyReads = ({ path, method }: DescribedOperation) =>
    ['GET', 'HEAD'].includes(method) || questions.includes(path);
  const writes = operations.filter((operation) => !onlyReads(operation));
  expect(writes.length).toBeGreaterThan(8);
  for (const { path, method, operation } of writes) {
    const url = path.replaceAll(/\{\w+\}/g, '1');
    const json = { email, password: goodPassword, refresh_token, username: 'ada' };
    const { status, body, headers } = await server.send(method, url, { json, token });
    expect([method, url, status, body.code, headers.get('retry-after')]).toEqual([
      ...[method, url, 503, 'maintenance', '5'],
    ]);
    const examples = operation.responses[503]?.content?.['application/problem+json']?.examples;
    expect(examples, `${method} ${path}`).toHaveProperty('maintenance');
  }
  for (const path of ['/api/me/', '/api/sessions/', '/readyz', '/healthz']) {
    expect((await server.send('GET', path, { token })).status).toBe(200);
  }
  expect((await server.send('PUT', '/api/login/', { json: {} })).status).toBe(405);
  expect((await server.send('OPTIONS', '/api/login/')).status).toBe(200);
  expect((await server.send('POST', '/nowhere/', { json: {} })).status).toBe(404);
  expect(await readRows()).toEqual(before);

  await setMaintenance(false);
  const refreshed = await server.send('POST', '/api/refresh/', { json: { refresh_token } });
  expect(refreshed.status).toBe(200);
});

test('a request whose body comes after the switch is refused as well', async () => {
  const { email } = await server.signUp();
  const before = await readRows();
  const body = JSON.stringify({ email, password: goodPassword });
  const { promise: rest, resolve: sendRest } = Promise.withResolvers<void>();
  const parts = new ReadableStream({
    async start(controller) {
      controller.enqueue(Buffer.from(body.slice(0, 10)));
      await rest;
      controller.enqueue(Buffer.from(body.slice(10)));
      controller.close();
    },
  });
  const answer = fetch(`${server.origin}/api/login/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: parts,
    duplex: 'half',
  } as RequestInit);
  await sleep(100); // the request has been looked at
  await setMaintenance(true);
  sendRest();
  expect((await answer).status).toBe(503);
  expect(await readRows()).toEqual(before);
  await setMaintenance(false);
});

test('what runs in the background waits', async () => {
  await setMaintenance(true);
  const run = vi.fn(async () => 1);
  const node = await startNode(server.deps);
  const work = { name: 'a test', firstPauseMs: 1, retryPauseMs: 1, failure: 'could not', run };
  const running = startBackgroundWork({ ...server.deps, node }, work);
  await sleep(50);
  expect(run).not.toHaveBeenCalled();
  await setMaintenance(false);
  await until(() => run.mock.calls.length > 0);
  await running.stop();
  await node.stop();
});

test('a server that makes no key in maintenance does not need one to answer', async () => {
  const { access_token: token } = await server.signUp();
  await setMaintenance(true);
  const origin = { actor: 'test', reason: '' };
  await setSetting(server.deps, 'ACCESS_TOKEN_ALGORITHM', 'ES256', origin);
  await server.catchUp();
  const { status } = await server.send('GET', '/.well-known/jwks.json');
  const { rows } = await sql`select kid from signing_keys`.execute(server.deps.database.db);
  expect([status, rows]).toEqual([200, []]);
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(401); // of another algorithm
  await setMaintenance(false);
  expect((await server.signUp()).access_token).not.toBe('');
});
