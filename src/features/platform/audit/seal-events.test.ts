import { CompiledQuery, sql } from 'kysely';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { at, openLog, sealedLog } from '../../../../test/audit-log.ts';
import type { Database } from '../../../db/database.ts';
import { hasUnsealedEvents } from './chain.queries.ts';
import { createSealKeys } from './chain.ts';
import { record } from './index.ts';
import { adoptChain, sealEvents } from './seal-events.ts';

/** Sealing against races. */

test('several processes that record and seal at once make one chain without holes', async () => {
  await using log = await openLog();
  const others = [log.open(), log.open(), log.open()];
  const deps = (database: Database) => ({
    database,
    sealKeys: createSealKeys(['a secret']),
    clock: { nowMs: () => 1 },
    log: pino({ level: 'silent' }),
  });
  const actor = { kind: 'system' } as const;
  await Promise.all(
    others.map(async (database, userId) => {
      await adoptChain(deps(database));
      for (let round = 0; round < 5; round += 1) {
        await database.transact((trx) =>
          record(trx, { kind: 'user.activated', actor, atMs: round, userId }),
        );
        await sealEvents(deps(database));
      }
    }),
  );
  expect(await log.verify()).toMatchObject({ checked: 16, waiting: 0, problems: [] });
});

test('an event that commits late has its place behind those that were sealed before', async () => {
  await using log = await sealedLog(1);
  if (log.database.engine === 'sqlite') return; // one writer at a time: nothing is late
  const slow = log.open();
  const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
  const { promise: isRecorded, resolve: recorded } = Promise.withResolvers<void>();
  const late = slow.transact(async (trx) => {
    await record(trx, { kind: 'user.deleted', actor: { kind: 'system' }, atMs: 1, userId: 1 });
    recorded();
    await mayCommit;
  });
  await isRecorded;
  await log.add(1);
  expect(await log.seal()).toBe(1);
  commit();
  await late;
  expect(await log.seal()).toBe(1);
  const [third, fourth] = [await at(log, 3), await at(log, 4)];
  expect(fourth.kind).toBe('user.deleted');
  expect(fourth.id).toBeLessThan(third.id);
  expect(await log.problems()).toEqual([]);
});

test('after a backlog nobody goes through the log to find that nothing waits', async () => {
  await using log = await openLog();
  const { db, engine } = log.database;
  const numbers = sql`with recursive n(id) as (select 1 union all select id + 1 from n where id < 5000)`;
  await sql`insert into audit_events (at_ms, kind, actor_kind, details)
    ${numbers} select id, 'user.activated', 'system', '{}' from n`.execute(db);
  if (engine === 'postgres') await sql`analyze audit_events`.execute(db); // when all of them waited
  await sql`update audit_events set sequence = id`.execute(db);
  const spy = vi.spyOn(db.getExecutor(), 'executeQuery');
  expect(await hasUnsealedEvents(db)).toBe(false);
  const query = spy.mock.calls.at(-1)?.[0] as CompiledQuery;
  spy.mockRestore();
  const explain = engine === 'sqlite' ? 'explain query plan' : 'explain (costs off)';
  const raw = CompiledQuery.raw(`${explain} ${query.sql}`, [...query.parameters]);
  const { rows } = await db.transaction().execute((trx) => trx.executeQuery(raw));
  expect(JSON.stringify(rows)).toContain('audit_events_unsealed');
});
