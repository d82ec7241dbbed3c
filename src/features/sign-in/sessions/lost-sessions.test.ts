import { expect, test } from 'vitest';
import { openLog } from '../../../../test/audit-log.ts';
import { countLostSessions } from './lost-sessions.ts';

test('sessions whose secret was lost are counted, and those of a secret that was rotated and dropped are not', async () => {
  await using log = await openLog();
  const { db } = log.database;
  const startMs = log.nowMs;
  const lost = async (...secrets: string[]) => countLostSessions(db, secrets, log.nowMs);
  const user = { email: 'ada@example.com', email_normalized: 'ada@example.com' };
  const times = { created_at_ms: startMs, updated_at_ms: startMs };
  const { id } = await db
    .insertInto('users')
    .values({ ...user, ...times, password_hash: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  const sessions = (count: number, endedAtMs: number | null = null) =>
    db
      .insertInto('sessions')
      .values(
        Array.from({ length: count }, () => ({
          ...{ user_id: id, created_at_ms: startMs, refreshed_at_ms: log.nowMs },
          ...{ expires_at_ms: startMs + 1_000_000, ended_at_ms: endedAtMs },
          ...{ ip: null, device: null },
        })),
      )
      .execute();

  expect(await lost('first')).toBeUndefined(); // nothing was sealed yet
  await log.adopt('first');
  await sessions(1);
  await sessions(8, startMs);
  expect(await lost('first')).toBeUndefined();
  expect(await lost('new', 'first')).toBeUndefined();
  expect(await lost('new')).toEqual({ count: 1, sinceMs: undefined });
  expect(await lost()).toEqual({ count: 1, sinceMs: undefined });

  log.nowMs += 1_000;
  await log.adopt('second', 'first');
  await sessions(2);
  expect(await lost('second')).toBeUndefined(); // the first was dropped by somebody who knew of it
  expect(await lost('first')).toEqual({ count: 2, sinceMs: undefined });

  log.nowMs += 1_000;
  await log.adopt('third');
  const wentOnMs = log.nowMs;
  await sessions(4);
  expect(await lost('third')).toEqual({ count: 2, sinceMs: wentOnMs });
  expect(await lost('third', 'second')).toBeUndefined();
  expect(await lost('second')).toEqual({ count: 4, sinceMs: undefined });

  log.nowMs += 1_000;
  await log.adopt('second'); // put back, and what was made meanwhile is lost
  expect(await lost('second')).toEqual({ count: 4, sinceMs: log.nowMs });
  await log.prune(log.nowMs);
  expect(await lost('second')).toEqual({ count: 4, sinceMs: log.nowMs });

  await db.updateTable('audit_chain').set({ head_hash: 'x' }).execute(); // not about a secret
  await log.add(1);
  log.nowMs += 1_000;
  await log.seal('second');
  expect(await lost('second')).toEqual({ count: 4, sinceMs: wentOnMs + 1_000 });
  log.nowMs += 1_000_000;
  expect(await lost('second')).toMatchObject({ count: 0 });
});
