import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { patienceMs, until } from '../../../../test/eventually.ts';
import { startServer, type TestServer } from '../../../../test/harness.ts';
import { batchInteger, batchItems, batchText } from '../../../db/batch.ts';
import { startBackgroundWork, startNode } from '../../platform/nodes/index.ts';
import { type SweepStep, sweeping, sweepSessions } from './sweep-sessions.ts';

const hourMs = 3_600_000;
const retentionSeconds = 3_600;
const pinned = { ENDED_SESSION_RETENTION: retentionSeconds };

/** What each kind of session is, relative to now, and whether it stays. */
const kinds = {
  live: { expires: 24 * hourMs, ended: null, stays: true },
  expiredLately: { expires: -hourMs / 2, ended: null, stays: true },
  expiredLongAgo: { expires: -2 * hourMs, ended: null, stays: false },
  endedLately: { expires: 24 * hourMs, ended: -hourMs / 2, stays: true },
  endedLongAgo: { expires: 24 * hourMs, ended: -2 * hourMs, stays: false },
} as const;
const kindNames = Object.keys(kinds) as (keyof typeof kinds)[];

/** Adds many sessions of one user, one kind after another in turn; `end_cause` keeps the kind. */
async function addSessions(server: TestServer, count: number, names = kindNames): Promise<void> {
  const { id } = await server.signUp();
  const now = server.clock.nowMs();
  const rows = Array.from({ length: count }, (_row, index) => {
    const name = names[index % names.length] as keyof typeof kinds;
    const { expires, ended } = kinds[name];
    return [now + expires, ended === null ? null : now + ended, name];
  });
  const { database } = server.deps;
  await sql`
    insert into sessions (user_id, created_at_ms, refreshed_at_ms, expires_at_ms, ended_at_ms, end_cause)
    select ${id}, 1, 1, ${batchInteger(0)}, ${batchInteger(1)}, ${batchText(2)}
    from ${batchItems(database, JSON.stringify(rows))}
  `.execute(database.db);
}

async function countByKind(server: TestServer): Promise<Record<string, number>> {
  const { rows } = await sql<{ kind: string; n: number }>`
    select coalesce(end_cause, 'real') as kind, count(*) as n from sessions group by 1
  `.execute(server.deps.database.db);
  return Object.fromEntries(rows.map(({ kind, n }) => [kind, n]));
}

const perKind = 1_000;
const whatStays = {
  real: 1,
  ...Object.fromEntries(
    kindNames.filter((name) => kinds[name].stays).map((name) => [name, perKind]),
  ),
};

/** Walks in the background, like a separate node. */
async function startSweeping({ deps }: TestServer, step = sweepSessions) {
  const node = await startNode(deps);
  const pauses = { stepMs: 1, walkMs: 5 };
  // Under another name than the server's own, which leads that.
  const work = { ...sweeping(deps, step, pauses), name: 'a test' };
  const running = startBackgroundWork({ ...deps, node }, work);
  return {
    async stop() {
      await running.stop();
      await node.stop();
    },
  };
}

/** Walks through the table once. */
async function walk(server: TestServer): Promise<{ steps: number; removed: number }> {
  const walked = { steps: 0, removed: 0 };
  for (let afterId: number | undefined = 0; afterId !== undefined; walked.steps += 1) {
    const { removed, throughId } = await sweepSessions(server.deps, afterId);
    walked.removed += removed;
    afterId = throughId;
  }
  return walked;
}

test('one walk removes what ended or expired before the retention', async () => {
  await using server = await startServer({ pinned });
  await addSessions(server, perKind * kindNames.length);
  const { removed } = await walk(server);
  // The sweep of the server itself runs beside it, and may have removed some.
  expect(removed).toBeGreaterThan(0);
  expect(removed).toBeLessThanOrEqual(2 * perKind);
  expect(await countByKind(server)).toEqual(whatStays);
});

test('a step looks at 250 sessions', async () => {
  await using server = await startServer({ pinned });
  const staying = kindNames.filter((name) => kinds[name].stays);
  await addSessions(server, 1_000, staying); // so that it is the same beside the sweep of the server itself
  expect(await walk(server)).toEqual({ steps: 6, removed: 0 }); // 1,001 rows, and one look at the end
});

test('the retention is read at each step', async () => {
  await using server = await startServer({ pinned: { ENDED_SESSION_RETENTION: 0 } });
  await addSessions(server, 50);
  await sweepSessions(server.deps, 0);
  expect(await countByKind(server)).toEqual({ real: 1, live: 10 });
});

test('in the background, beside live traffic, it removes the same and harms no session', async () => {
  await using server = await startServer({ pinned });
  await addSessions(server, perKind * kindNames.length);
  let { refresh_token } = await server.signUp();
  const sweeper = await startSweeping(server);
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await server.send('POST', '/api/refresh/', { json: { refresh_token } });
    expect(answer.status).toBe(200);
    refresh_token = answer.body.refresh_token;
    const left = await countByKind(server);
    if (!left.expiredLongAgo && !left.endedLongAgo) break;
    expect(performance.now()).toBeLessThan(deadline);
  }
  // Further walks find nothing more.
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await countByKind(server)).toEqual({ ...whatStays, real: 2 });
  await sweeper.stop();
});

test('a walk that fails is begun again, and stopping waits for what is under way', async () => {
  await using server = await startServer({ pinned });
  await addSessions(server, 50);
  const { db } = server.deps.database;
  await sql`alter table sessions rename to hidden`.execute(db);
  let failures = 0;
  let walks = 0;
  const step: SweepStep = async (deps, afterId) => {
    try {
      const swept = await sweepSessions(deps, afterId);
      if (swept.throughId === undefined) walks += 1;
      return swept;
    } catch (error) {
      failures += 1;
      throw error;
    }
  };
  const sweeper = await startSweeping(server, step);
  await until(() => failures > 0);
  await sql`alter table hidden rename to sessions`.execute(db);
  await until(() => walks > 0);
  await sweeper.stop();
  expect((await countByKind(server)).expiredLongAgo).toBeUndefined();
  const before = walks;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(walks).toBe(before);
});
