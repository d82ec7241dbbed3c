import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/harness.ts';
import { SqliteConnection } from './connection.ts';
import { SqliteWriter } from './writer.ts';

/** The writer on a real file, and another process's view of it. */

let folder: ReturnType<typeof temporaryFolder>;
let connection: SqliteConnection;
let other: DatabaseSync;
let writer: SqliteWriter;
let commits: number;

function open(waitLimitMs: number): void {
  folder = temporaryFolder();
  const path = `${folder.path}/test.db`;
  connection = new SqliteConnection(path, { readOnly: false });
  connection.exec('pragma journal_mode = wal');
  connection.exec(`
    create table parent (id integer primary key);
    create table item (
      id integer primary key,
      text text unique,
      parent_id integer references parent (id) deferrable initially deferred
    )`);
  other = new DatabaseSync(path, { timeout: 0 });
  commits = 0;
  writer = new SqliteWriter(
    connection,
    () => {
      commits += 1;
    },
    waitLimitMs,
  );
}

beforeEach(() => open(200));

afterEach(() => {
  other.close();
  connection.close();
  folder[Symbol.dispose]();
});

/** What everybody else sees: what is committed, that is. */
function committed(): string[] {
  return other
    .prepare('select text from item order by id')
    .all()
    .map((row) => String(row.text));
}

const insert = 'insert into item (text) values (?) returning id';

test('a statement is committed, and told to be, when its promise is fulfilled', async () => {
  const { rows, changes } = await writer.run<{ id: number }>(insert, ['a']);
  expect(committed()).toEqual(['a']);
  expect({ rows: rows.map((row) => row.id), changes, commits }).toEqual({
    rows: [1],
    changes: 1,
    commits: 1,
  });
});

test('nobody sees a transaction before its commit', async () => {
  await writer.begin();
  writer.runInTransaction(insert, ['a']);
  expect(committed()).toEqual([]);
  writer.commit();
  expect(committed()).toEqual(['a']);
});

test('statements from elsewhere wait for the end of a transaction and are no part of it', async () => {
  await writer.begin();
  const outside = writer.run(insert, ['outside']);
  writer.runInTransaction(insert, ['inside']);
  writer.rollback();
  await outside;
  expect(committed()).toEqual(['outside']);
});

describe('a commit that fails', () => {
  test('changes nothing, and the next write is served', async () => {
    await writer.begin();
    writer.runInTransaction('insert into item (text, parent_id) values (?, 9)', ['orphan']);
    expect(() => writer.commit()).toThrow(/FOREIGN KEY/);
    writer.rollback();
    await writer.run(insert, ['next']);
    expect(committed()).toEqual(['next']);
    expect(commits).toBe(1);
  });

  test('as a statement of its own changes nothing either', async () => {
    const orphan = writer.run('insert into item (text, parent_id) values (?, 9)', ['orphan']);
    await expect(orphan).rejects.toThrow(/FOREIGN KEY/);
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
  await writer.begin();
  writer.runInTransaction(insert, ['never']);
  writer.rollback(); // fails, and does not say so: the caller reports what went wrong before
  await expect(writer.run(insert, ['refused'])).rejects.toThrow('disk I/O error');
  await writer.run(insert, ['kept']);
  expect(committed()).toEqual(['kept']);
});

test('after SQLite has rolled back on its own no statement runs outside of the transaction', async () => {
  await writer.run(insert, ['taken']);
  await writer.begin();
  writer.runInTransaction(insert, ['first']);
  const clash = "insert or rollback into item (text) values ('taken')";
  expect(() => writer.runInTransaction(clash, [])).toThrow(/UNIQUE/);
  const unavailable = expect.objectContaining({ code: 'database_unavailable' });
  expect(() => writer.runInTransaction(insert, ['second'])).toThrow(unavailable);
  expect(() => writer.commit()).toThrow(unavailable);
  writer.rollback();
  expect(committed()).toEqual(['taken']);
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
    await writer.begin();
    writer.runInTransaction(insert, ['small']);
    expect(() => writer.runInTransaction(insert, [big])).toThrow(
      expect.objectContaining({ code: 'database_unavailable' }),
    );
    writer.rollback();
    expect(committed()).toEqual([]);
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
  await writer.begin();
  const nested = writer.run(insert, ['nested']);
  await expect(nested).rejects.toMatchObject({ code: 'database_unavailable' });
  writer.rollback();
  await writer.run(insert, ['after']);
  expect(committed()).toEqual(['after']);
});

test('finishing serves what waits and refuses what comes later', async () => {
  await writer.begin();
  const waiting = writer.run(insert, ['waiting']);
  const finished = writer.finish();
  const late = writer.run(insert, ['late']);
  await expect(late).rejects.toMatchObject({ code: 'database_unavailable' });
  writer.runInTransaction(insert, ['inside']);
  writer.commit();
  await Promise.all([waiting, finished]);
  expect(committed()).toEqual(['inside', 'waiting']);
});

type Step = { kind: 'run' | 'commit' | 'rollback' | 'fail'; pause: number };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('run', 'commit', 'rollback', 'fail'),
    pause: fc.nat(3),
  }),
  { maxLength: 15 },
);

test('whatever is done at once: what was acknowledged is there, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      connection.exec('delete from item');
      const acknowledged: string[] = [];
      const doStep = async ({ kind, pause }: Step, index: number) => {
        const text = `${index}`;
        const turn = async () => {
          for (let i = 0; i < pause; i += 1) await new Promise(setImmediate);
        };
        await turn();
        if (kind === 'run') {
          await writer.run(insert, [text]);
          acknowledged.push(text);
          return;
        }
        await writer.begin();
        writer.runInTransaction(insert, [text]);
        await turn();
        try {
          if (kind === 'fail') {
            writer.runInTransaction('insert into item (text, parent_id) values (?, 9)', [
              `f${text}`,
            ]);
          }
          if (kind === 'rollback') throw new Error('changed its mind');
          writer.commit();
          acknowledged.push(text);
        } catch {
          writer.rollback();
        }
      };
      await Promise.allSettled(script.map(doStep));
      expect(new Set(committed())).toEqual(new Set(acknowledged));
      expect(connection.inTransaction).toBe(false);
    }),
    { numRuns: 100 },
  );
});
