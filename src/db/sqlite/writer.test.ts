import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { patienceMs } from '../../../test/eventually.ts';
import { runs } from '../../../test/long.ts';
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

test('statements from elsewhere wait for the end of a transaction and do not become part of it', async () => {
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
    expect(() => task.commit()).toThrow(/FOREIGN KEY/);
    task.rollback(); // as Kysely does; there is nothing left to roll back
    await writer.run(insert, ['next']);
    expect(committed()).toEqual(['next']);
    expect(commits()).toBe(1);
  });

  test('as a separate statement changes nothing either', async () => {
    await expect(writer.run(orphan, ['orphan'])).rejects.toThrow(/FOREIGN KEY/);
    await writer.run(insert, ['next']);
    expect(committed()).toEqual(['next']);
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

test('a transaction that is over runs nothing more, in nobody else’s either', async () => {
  const over = await writer.begin();
  await over.commit();
  const open = await writer.begin();
  const unavailable = expect.objectContaining({ code: 'database_unavailable' });
  expect(() => over.run(insert, ['late'])).toThrow(unavailable);
  expect(() => over.commit()).toThrow(unavailable);
  over.rollback();
  open.run(insert, ['kept']);
  await open.commit();
  expect(committed()).toEqual(['kept']);
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

  test('keeps, of transactions that share a commit, what it says that it keeps', async () => {
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
    using patient = openWriter(undefined, patienceMs);
    patient.other.exec('begin immediate');
    const waiting = patient.writer.run(insert, ['a']);
    await sleep(100);
    patient.other.exec('rollback'); // else it would wait as long as it may, and be refused
    await waiting;
    expect(patient.committed()).toEqual(['a']);
  });

  test('is waited for this long by all who wait together, and not by each in turn', async () => {
    other.exec('begin immediate');
    const refused: unknown[] = [];
    const waiting = [
      ...[1, 2, 3, 4, 5].map((n) => writer.run(insert, [`${n}`])),
      writer.begin(),
    ].map((each) => each.catch((error) => refused.push(error)));
    await Promise.race(waiting);
    await sleep(150); // less than the 200 ms that each of them may wait
    expect(refused).toEqual(
      Array(6).fill(expect.objectContaining({ code: 'database_unavailable' })),
    );
    await Promise.all(waiting);
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

describe('one statement for each of a batch', () => {
  test('is one commit, and gives the first row of each', async () => {
    const upsert = 'insert into item (text) values (?) on conflict do nothing returning id';
    const rows = await writer.runEach<{ id: number }>(upsert, [['a'], ['b'], ['a'], ['c']]);
    expect(rows.map((row) => row?.id)).toEqual([1, 2, undefined, 3]);
    expect(committed()).toEqual(['a', 'b', 'c']);
    expect(commits()).toBe(1);
  });

  test('keeps nothing where one fails', async () => {
    await expect(writer.runEach(insert, [['a'], ['b'], ['a']])).rejects.toThrow(/UNIQUE/);
    await expect(writer.runEach(orphan, [['orphan']])).rejects.toThrow(/FOREIGN KEY/);
    await writer.run(insert, ['next']);
    expect(committed()).toEqual(['next']);
  });
});

interface Step {
  readonly kind: 'run' | 'batch' | 'fail' | 'commit' | 'rollback' | 'throw' | 'orphan' | 'clash';
  /** In turns of the event loop, before it begins and in its middle. */
  readonly pauses: readonly [number, number];
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('run', 'batch', 'fail', 'commit', 'rollback', 'throw', 'orphan', 'clash'),
    pauses: fc.tuple(fc.nat(3), fc.nat(2)),
  }),
  { maxLength: 15 },
);

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise(setImmediate);
}

test('whatever is done at once: what was acknowledged is there, whole and unmixed, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(2), async (script, failingCommits) => {
      connection.exec("delete from item; insert into item (text) values ('taken')");
      const all = connection.all.bind(connection);
      let failures = failingCommits;
      connection.all = (sql, parameters) => {
        if (sql !== 'commit' || failures === 0) return all(sql, parameters);
        failures -= 1;
        throw new Error('disk I/O error');
      };
      const acknowledged: string[] = [];
      const doStep = async ({ kind, pauses }: Step, index: number) => {
        const texts = [`${index}a`, `${index}b`];
        await turns(pauses[0]);
        if (kind === 'batch') {
          await writer.runEach(
            insert,
            texts.map((text) => [text]),
          );
          acknowledged.push(...texts);
          return;
        }
        if (kind === 'run' || kind === 'fail') {
          await writer.run(insert, [kind === 'run' ? texts[0] : 'taken']);
          acknowledged.push(texts[0] as string);
          return;
        }
        const task = await writer.begin();
        try {
          task.run(insert, [texts[0]]);
          await turns(pauses[1]);
          if (kind === 'throw') task.run(insert, ['taken']);
          if (kind === 'clash') task.run(clash, []);
          task.run(kind === 'orphan' ? orphan : insert, [texts[1]]);
          if (kind === 'rollback') throw new Error('changed its mind');
          await task.commit();
          acknowledged.push(...texts);
        } finally {
          task.rollback();
        }
      };
      await Promise.allSettled(script.map(doStep));
      connection.all = all;
      const rows = committed().slice(1);
      expect(rows.toSorted()).toEqual(acknowledged.toSorted());
      for (const text of rows.filter((row) => row.endsWith('b'))) {
        expect(rows[rows.indexOf(text) - 1]).toBe(text.replace('b', 'a')); // nobody came between
      }
      expect(connection.inTransaction).toBe(false);
    }),
    { numRuns: runs(200) },
  );
});
