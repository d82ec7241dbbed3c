import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TestDatabase } from '../../../../test/database.ts';
import { until } from '../../../../test/eventually.ts';
import {
  createTestDatabase,
  hashPool,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { buildApp } from '../../../app.ts';
import { createMetrics } from '../../../http/metrics.ts';
import { packageInfo } from '../../../lib/own-package.ts';
import { setSetting } from '../../../settings/change-settings.ts';
import { listNodes, runAsLeader, startBackgroundWork, startNode } from './index.ts';

const times = { renewMs: 100, lookMs: 20, leaseMs: 1_500 };
/** Where nobody may take over: a busy machine may stand still for seconds. A lease is renewed when half of it is over. */
const longTimes = { ...times, leaseMs: 6_000 };
const isSqlite = process.env.LATCHKEY_TEST_ENGINE !== 'postgres';

const stack = new AsyncDisposableStack();
let database: TestDatabase;
let server: TestServer;
beforeAll(async () => {
  database = stack.use(await createTestDatabase());
  server = stack.use(await startServer({ database, nodeTimes: times }));
});
afterAll(() => stack.disposeAsync());

const list = () => listNodes(server.deps.database);
const ownNode = async () => (await list()).find(({ pid }) => pid === process.pid);

/** A node that is only a row. */
function addNode(id: string, seenAtMs: number) {
  return server.deps.database.db
    .insertInto('nodes')
    .values({
      ...{ id, version: '0', host: 'elsewhere', pid: 1, worker: 2 },
      ...{ started_at_ms: 1, seen_at_ms: seenAtMs, setting_change_id: 0 },
    })
    .execute();
}

describe('a node', () => {
  test('is listed while it runs, and says all the time that it does', async () => {
    const first = await ownNode();
    expect(first).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      version: packageInfo().version,
      host: hostname(),
      worker: null,
      isAlive: true,
      settingsLagMs: 0,
    });
    await until(async () => ((await ownNode())?.seenAtMs ?? 0) > (first?.seenAtMs ?? 0));
    expect((await ownNode())?.startedAtMs).toBe(first?.startedAtMs);
  });

  test('says at once which change of the settings it has', async () => {
    await setSetting(server.deps, 'ACCESS_TOKEN_LIFETIME', 45, { actor: 'test', reason: '' });
    // A node that lacks the change lacks it since the change was made: not for no time, as at its millisecond.
    await server.deps.database.db
      .updateTable('setting_changes')
      .set((eb) => ({ changed_at_ms: eb('changed_at_ms', '-', 60_000) }))
      .execute();
    await until(async () => (await ownNode())?.settingsLagMs === 0);
    await addNode('behind', Date.now() - 4 * 3_600_000);
    const [behind] = await list();
    expect(behind).toMatchObject({ id: 'behind', isAlive: false, worker: 2, leads: [] });
    expect(behind?.settingsLagMs).toBeGreaterThanOrEqual(60_000);
    expect((await ownNode())?.settingsLagMs).toBe(0);
  });

  test('that stops is gone, with all that it led', async () => {
    const node = await startNode(server.deps, times);
    await runAsLeader({ node }, 'farewell', async () => undefined);
    const found = (await list()).find(({ id }) => id === node.id);
    expect(found?.leads).toEqual(['farewell']);
    await node.stop();
    expect((await list()).map(({ id }) => id)).not.toContain(node.id);
    expect(await runAsLeader({ node }, 'farewell', async () => 'done')).toBeUndefined();
  });
});

describe('GET /api/admin/nodes/', () => {
  test('lists them for administrators who may see them', async () => {
    const { access_token: token } = await server.signUpAdmin(['nodes.view']);
    const { id } = await until(ownNode); // on SQLite the one before took its row for a dead one's
    const { status, body } = await server.send('GET', '/api/admin/nodes/', { token });
    expect([status, body.items.find((item: { id: string }) => item.id === id)]).toEqual([
      200,
      {
        id,
        version: packageInfo().version,
        host: hostname(),
        pid: process.pid,
        worker: null,
        started_at: expect.stringMatching(/^\d{4}-.*Z$/),
        seen_at: expect.stringMatching(/^\d{4}-.*Z$/),
        is_alive: true,
        settings_lag_ms: 0,
        leads: expect.any(Array),
      },
    ]);
  });

  test('and for nobody else', async () => {
    const { access_token: token } = await server.signUpAdmin(['users.view']);
    const refused = await server.send('GET', '/api/admin/nodes/', { token });
    expect([refused.status, refused.body.code]).toEqual([403, 'permission_denied']);
    expect((await server.send('GET', '/api/admin/nodes/')).status).toBe(401);
  });
});

const leaseOf = (name: string) =>
  server.deps.database.db
    .selectFrom('leases')
    .selectAll()
    .where('name', '=', name)
    .executeTakeFirst();

/** Waits until the node that has a lease has renewed it. */
async function untilRenewed(name: string): Promise<void> {
  const expiry = async () => (await leaseOf(name))?.expires_at_ms ?? 0;
  const first = await expiry();
  await until(async () => (await expiry()) > first);
}

/** Counts how often each of two nodes does the work of one name. */
async function startTwo(name: string) {
  const runs = { one: 0, other: 0 };
  let isOneStuck = false;
  const one = await startNode(server.deps, longTimes);
  const other = await startNode(server.deps, longTimes);
  const work = (who: keyof typeof runs) => ({
    name,
    firstPauseMs: 1,
    retryPauseMs: 1,
    failure: 'could not count',
    async run() {
      runs[who] += 1;
      return isOneStuck && who === 'one' ? 1_000_000 : 5;
    },
  });
  const oneWork = startBackgroundWork({ ...server.deps, node: one }, work('one'));
  await until(() => runs.one > 3);
  const otherWork = startBackgroundWork({ ...server.deps, node: other }, work('other'));
  return {
    runs,
    one: { ...one, stopWork: oneWork.stop },
    /** Like a process that was killed: it does nothing any more, and does not delete its row. */
    die() {
      isOneStuck = true;
    },
    async [Symbol.asyncDispose]() {
      for (const running of [oneWork, otherWork]) await running.stop();
      for (const node of [one, other]) await node.stop();
    },
  };
}

describe.skipIf(isSqlite)('work in the background', () => {
  test('is done by one node, and by the other once that has died', async () => {
    await using nodes = await startTwo('takeover');
    const before = nodes.runs.one;
    await untilRenewed('takeover');
    expect(nodes.runs.one).toBeGreaterThan(before);
    expect(nodes.runs.other).toBe(0);

    nodes.die();
    await server.deps.database.db
      .updateTable('leases')
      .set({ expires_at_ms: 1 }) // its time is over
      .where('name', '=', 'takeover')
      .execute();
    await until(() => nodes.runs.other > 3);
    const last = nodes.runs.one;
    await sleep(50);
    expect(nodes.runs.one).toBe(last);
    const leader = (await list()).filter(({ leads }) => leads.includes('takeover'));
    expect(leader).toHaveLength(1);
  });

  test('is taken over at once from a node that stops', async () => {
    await using nodes = await startTwo('handover');
    await nodes.one.stopWork();
    await nodes.one.stop();
    expect((await leaseOf('handover'))?.node_id).not.toBe(nodes.one.id);
    await until(() => nodes.runs.other > 3);
  });

  test('that takes longer than a lease lives stays with its node', async () => {
    const one = await startNode(server.deps, longTimes);
    const other = await startNode(server.deps, longTimes);
    let isHeld = false;
    const begun = Promise.withResolvers<void>();
    const renewed = Promise.withResolvers<void>();
    const long = runAsLeader({ node: one }, 'long', async (lead) => {
      begun.resolve();
      await renewed.promise;
      isHeld = lead.isHeld();
      return 'done';
    });
    await begun.promise;
    const othersToo = () => runAsLeader({ node: other }, 'long', async () => 'twice');
    expect(await othersToo()).toBeUndefined();
    await untilRenewed('long');
    expect(await othersToo()).toBeUndefined();
    renewed.resolve();
    expect([await long, isHeld]).toEqual(['done', true]);
    for (const node of [one, other]) await node.stop();
  });

  test('of many nodes that begin at once is led by one', async () => {
    const nodes = await Promise.all(
      Array.from({ length: 8 }, () => startNode(server.deps, longTimes)),
    );
    const led = await Promise.all(
      nodes.map((node) => runAsLeader({ node }, 'at once', async () => true)),
    );
    expect(led.filter(Boolean)).toHaveLength(1);
    for (const node of nodes) await node.stop();
  });
});

test.runIf(isSqlite)('on SQLite the one server that there is leads everything', async () => {
  await until(async () => (await ownNode())?.leads.includes('sweep'));
  await addNode('killed', Date.now());
  const node = await startNode(server.deps, times); // nobody else has the file
  expect((await list()).map(({ id }) => id)).not.toContain('killed');
  expect(await runAsLeader({ node }, 'sweep', async () => 'ours')).toBe('ours');
  await node.stop();
});

test('a start that fails leaves no node that says it runs', async () => {
  await using first = await startServer({ nodeTimes: times });
  const { database: shared } = first.deps;
  const running = async () => (await listNodes(shared)).map(({ id }) => id);
  const before = await running();
  await sql`alter table audit_chain rename to moved`.execute(shared.db);
  const second = buildApp(
    { ...first.deps, metrics: createMetrics() },
    { nodeTimes: times, hashPool },
  );
  await expect(second).rejects.toThrow();
  await sleep(5 * times.renewMs);
  expect(await running()).toEqual(before);
  await sql`alter table moved rename to audit_chain`.execute(shared.db);
});

test('work that fails again and again is told of once, until it has not failed', async () => {
  const node = await startNode(server.deps);
  const warn = vi.spyOn(server.deps.log, 'warn');
  let runs = 0;
  const running = startBackgroundWork(
    { ...server.deps, node },
    {
      ...{ name: 'failing', firstPauseMs: 1, retryPauseMs: 1, failure: 'could not work' },
      async run() {
        runs += 1;
        if (runs === 4) return 1;
        throw new Error('its own error');
      },
    },
  );
  await until(() => runs > 6);
  await running.stop();
  const said = warn.mock.calls.map(([, text]) => text);
  expect(said).toEqual(Array(2).fill('could not work; will try again'));
  warn.mockRestore();
  await node.stop();
});

test('a database that is away is told of once, and then the node is listed again', async () => {
  const { db } = server.deps.database;
  await db.schema.alterTable('nodes').renameTo('hidden').execute();
  const warn = vi.spyOn(server.deps.log, 'warn');
  await until(() => warn.mock.calls.length > 0);
  await sleep(3 * times.renewMs);
  await db.schema.alterTable('hidden').renameTo('nodes').execute();
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
  await db.deleteFrom('nodes').execute();
  await until(async () => (await ownNode())?.isAlive);
});
