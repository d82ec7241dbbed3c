import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  clash,
  insert,
  openWriter,
  orphan,
  type WriterFixture,
} from '../../../test/sqlite-writer.ts';

let fixture: WriterFixture;
let { connection, other, writer, committed, commits } = {} as WriterFixture;

beforeEach(() => {
  fixture = openWriter();
  ({ connection, other, writer, committed, commits } = fixture);
});

afterEach(() => fixture[Symbol.dispose]());

test('a statement is committed, and told to be, when its promise is fulfilled', async () => {
  const { rows, changes } = await writer.run<{ id: number }>(insert, ['a']);
  expect(committed()).toEqual(['a']);
  expect({ rows: rows.map((row) => row.id), changes, commits: commits() }).toEqual({
    rows: [1],
    changes: 1,
    commits: 1,
  });
});

test('nobody sees a transaction before its commit', async () => {
  const task = await writer.begin();
  task.run(insert, ['a']);
  expect(committed()).toEqual([]);
  await task.commit();
  expect(committed()).toEqual(['a']);
});

test('statements from elsewhere wait for the end of a transaction and are no part of it', async () => {
  const task = await writer.begin();
  const outside = writer.run(insert, ['outside']);
  task.run(insert, ['inside']);
  task.rollback();
  await outside;
  expect(committed()).toEqual(['outside']);
});

describe('a commit that fails', () => {
  test('changes nothing, and the next write is served', async () => {
    const task = await writer.begin();
    task.run(orphan, ['orphan']);
    await expect(task.commit()).rejects.toThrow(/FOREIGN KEY/);
    task.rollback(); // as Kysely does; there is nothing left to roll back
    await writer.run(insert, ['next']);
    expect(committed()).toEqual(['next']);
    expect(commits()).toBe(1);
  });

  test('as a statement of its own changes nothing either', async () => {
    await expect(writer.run(orphan, ['orphan'])).rejects.toThrow(/FOREIGN KEY/);
    await writer.run(insert, ['next']);
    expect(committed()).toEqual(['next']);
  });

  test('fails all who share it, and keeps nothing of any', async () => {
    const task = writer.begin().then(async (begun) => {
      begun.run(insert, ['transaction']);
      await begun.commit();
    });
    const outcomes = await Promise.allSettled([
      writer.run(insert, ['statement']),
      task,
      writer.run(orphan, ['orphan']),
    ]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'database_unavailable', options: { headers: { 'retry-after': '1' } } },
      });
    }
    await writer.run(insert, ['next']);
    expect(committed()).toEqual(['next']);
    expect(commits()).toBe(1);
  });
});

test('a rollback that fails loses no later write: none is acknowledged before it is done', async () => {
  const rollback = connection.rollback.bind(connection);
  let failures = 2;
  connection.rollback = () => {
    if (connection.inTransaction && failures > 0) {
      failures -= 1;
      throw new Error('disk I/O error');
    }
    rollback();
  };
  const task = await writer.begin();
  task.run(insert, ['never']);
  await new Promise(setImmediate); // its end is the end of the transaction
  task.rollback(); // fails, and does not say so: the caller reports what went wrong before
  await expect(writer.run(insert, ['refused'])).rejects.toThrow('disk I/O error');
  await writer.run(insert, ['kept']);
  expect(committed()).toEqual(['kept']);
});

test('after SQLite has rolled back on its own no statement runs outside of the transaction', async () => {
  await writer.run(insert, ['taken']);
  const task = await writer.begin();
  task.run(insert, ['first']);
  expect(() => task.run(clash, [])).toThrow(/UNIQUE/);
  const unavailable = expect.objectContaining({ code: 'database_unavailable' });
  expect(() => task.run(insert, ['second'])).toThrow(unavailable);
  expect(() => task.commit()).toThrow(unavailable);
  task.rollback();
  await writer.run(insert, ['next']);
  expect(committed()).toEqual(['taken', 'next']);
});

test('when SQLite rolls back on its own, all who share the transaction are told', async () => {
  await writer.run(insert, ['taken']);
  const outcomes = await Promise.allSettled([
    writer.run(insert, ['before']),
    writer.run(clash, []),
    writer.run(insert, ['after']),
  ]);
  expect(outcomes).toMatchObject([
    { status: 'rejected', reason: { code: 'database_unavailable' } },
    { status: 'rejected', reason: { message: expect.stringContaining('UNIQUE') } },
    { status: 'fulfilled' },
  ]);
  expect(committed()).toEqual(['taken', 'after']);
});

describe('a disk that is full', () => {
  const big = 'x'.repeat(50_000);

  function fill(): void {
    const [row] = connection.all<{ page_count: number }>('pragma page_count');
    connection.all(`pragma max_page_count = ${(row?.page_count ?? 0) + 1}`);
  }

  test('refuses a statement, changes nothing, and is forgotten when there is space again', async () => {
    fill();
    await expect(writer.run(insert, [big])).rejects.toMatchObject({
      code: 'database_unavailable',
      options: { headers: { 'retry-after': '1' } },
    });
    expect(committed()).toEqual([]);
    connection.all('pragma max_page_count = 100000');
    await writer.run(insert, [big]);
    expect(committed()).toEqual([big]);
  });

  test('refuses a transaction as a whole', async () => {
    fill();
    const task = await writer.begin();
    task.run(insert, ['small']);
    expect(() => task.run(insert, [big])).toThrow(
      expect.objectContaining({ code: 'database_unavailable' }),
    );
    task.rollback();
    expect(committed()).toEqual([]);
  });

  test('keeps of those that share a commit what it says that it keeps', async () => {
    fill();
    const texts = ['a', big, 'b'];
    const outcomes = await Promise.allSettled(texts.map((text) => writer.run(insert, [text])));
    expect(outcomes[1]).toMatchObject({
      status: 'rejected',
      reason: { code: 'database_unavailable' },
    });
    const kept = texts.filter((_text, index) => outcomes[index]?.status === 'fulfilled');
    expect(committed()).toEqual(kept);
    connection.all('pragma max_page_count = 100000');
    await writer.run(insert, [big]);
    expect(committed()).toEqual([...kept, big]);
  });
});

describe('a lock of another process', () => {
  test('is waited for without blocking', async () => {
    other.exec('begin immediate');
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 5);
    const waiting = writer.run(insert, ['a']);
    await new Promise((resolve) => setTimeout(resolve, 100));
    clearInterval(ticking);
    other.exec('rollback');
    await waiting;
    expect(turns).toBeGreaterThan(3);
    expect(committed()).toEqual(['a']);
  });

  test('is waited for so long, by all who wait together and not by each in turn', async () => {
    other.exec('begin immediate');
    const startedAt = performance.now();
    const waiting = [1, 2, 3, 4, 5].map((n) => writer.run(insert, [`${n}`]));
    const outcomes = await Promise.allSettled([...waiting, writer.begin()]);
    expect(performance.now() - startedAt).toBeLessThan(1_000); // six times 200 ms is more
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'database_unavailable' },
      });
    }
    other.exec('rollback');
    await writer.run(insert, ['after']);
    expect(committed()).toEqual(['after']);
  });
});

test('a write that waits for the transaction that it is called in fails, and the lock is let go', async () => {
  const task = await writer.begin();
  const nested = writer.run(insert, ['nested']);
  await expect(nested).rejects.toMatchObject({ code: 'database_unavailable' });
  task.rollback();
  await writer.run(insert, ['after']);
  expect(committed()).toEqual(['after']);
});

test('finishing serves what waits and refuses what comes later', async () => {
  const task = await writer.begin();
  const waiting = writer.run(insert, ['waiting']);
  const finished = writer.finish();
  const late = writer.run(insert, ['late']);
  await expect(late).rejects.toMatchObject({ code: 'database_unavailable' });
  task.run(insert, ['inside']);
  await Promise.all([task.commit(), waiting, finished]);
  expect(committed()).toEqual(['inside', 'waiting']);
});
