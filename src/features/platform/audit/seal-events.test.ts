import { pino } from 'pino';
import { expect, test } from 'vitest';
import { at, openLog, sealedLog } from '../../../../test/audit-log.ts';
import type { Database } from '../../../db/database.ts';
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
  expect(await log.verify()).toMatchObject({ checked: 16, waiting: 0, faults: [] });
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
  expect(await log.faults()).toEqual([]);
});
