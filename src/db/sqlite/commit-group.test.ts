import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  clash,
  insert,
  openWriter,
  orphan,
  type WriterFixture,
} from '../../../test/sqlite-writer.ts';
import type { WriterTask } from './writer.ts';

let fixture: WriterFixture;
let { connection, other, writer, committed, commits } = {} as WriterFixture;

beforeEach(() => {
  fixture = openWriter();
  ({ connection, other, writer, committed, commits } = fixture);
});

afterEach(() => fixture[Symbol.dispose]());

describe('tasks that arrive together', () => {
  /** A transaction that lets the event loop turn before it ends. */
  async function slowly(text: string): Promise<WriterTask> {
    const task = await writer.begin();
    task.run(insert, [text]);
    return task;
  }

  test('share one commit, statements and transactions alike, and are answered after it', async () => {
    const done: string[] = [];
    const transaction = async (text: string) => {
      const task = await writer.begin();
      task.run(insert, [`${text}1`]);
      await Promise.resolve();
      task.run(insert, [`${text}2`]);
      await task.commit();
      done.push(text);
      expect(committed()).toContain(text === 'a' ? 'b2' : 'a2');
    };
    const all = [transaction('a'), writer.run(insert, ['s']), transaction('b')];
    await new Promise((resolve) => process.nextTick(resolve));
    expect(done).toEqual([]);
    await Promise.all(all);
    expect(committed()).toEqual(['a1', 'a2', 's', 'b1', 'b2']);
    expect(commits()).toBe(1);
  });

  test('take a batch in, which alone waits for nobody', async () => {
    const batch = writer.runBatch(insert, ['batch']);
    const inTheSameTurn = new Promise((resolve) => setImmediate(() => resolve(committed())));
    await batch;
    expect(await inTheSameTurn).toEqual(['batch']);
    const outcomes = await Promise.allSettled([
      writer.run(insert, ['a']),
      writer.runBatch(insert, ['b']),
      writer.runBatch(insert, ['a']),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(committed()).toEqual(['batch', 'a', 'b']);
    expect(commits()).toBe(2);
  });

  test('fail no sooner than what they failed for is on disk', async () => {
    const seen: string[][] = [];
    const transaction = async () => {
      const task = await writer.begin();
      try {
        task.run(insert, ['taken']);
      } catch (error) {
        await task.rollback();
        throw error;
      }
      await task.commit();
    };
    const attempts = [
      writer.run(insert, ['taken']),
      ...[transaction(), writer.run(insert, ['taken'])].map((attempt) =>
        attempt.catch(() => seen.push(committed())),
      ),
    ];
    await Promise.all(attempts);
    expect(seen).toEqual([['taken'], ['taken']]);
    expect(commits()).toBe(1);
  });

  test('fail alone: what one has done is undone, and nothing else', async () => {
    const changesItsMind = async () => {
      const task = await writer.begin();
      task.run(insert, ['never']);
      task.rollback();
    };
    const outcomes = await Promise.allSettled([
      writer.run(insert, ['a']),
      changesItsMind(),
      writer.run(insert, ['a']),
      writer.run(insert, ['b']),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    ]);
    expect(committed()).toEqual(['a', 'b']);
    expect(commits()).toBe(1);
  });

  test('are so many at most, and the next commit takes the rest', async () => {
    await Promise.all(Array.from({ length: 300 }, (_, n) => writer.run(insert, [`${n}`])));
    expect(committed()).toHaveLength(300);
    expect(commits()).toBe(3);
  });

  test('wait for one that lets the event loop turn, and then need no other', async () => {
    const early = writer.run(insert, ['early']);
    const slow = await slowly('slow');
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(committed()).toEqual([]);
    const late = writer.run(insert, ['late']);
    await slow.commit();
    await early;
    expect(committed()).toEqual(['early', 'slow']);
    await late;
    expect(commits()).toBe(2);
  });

  test('do not wait for one that never ends: it loses its turn, and what it did', async () => {
    const early = writer.run(insert, ['early']);
    const endless = await slowly('endless');
    const startedAt = performance.now();
    await early;
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(committed()).toEqual(['early']);
    await writer.run(insert, ['later']);
    expect(() => endless.run(insert, ['more'])).toThrow(
      expect.objectContaining({ code: 'database_unavailable' }),
    );
    expect(() => endless.commit()).toThrow(
      expect.objectContaining({ code: 'database_unavailable' }),
    );
    endless.rollback();
    expect(committed()).toEqual(['early', 'later']);
  });

  test('do not join one that has waited for long already', async () => {
    other.exec('begin immediate');
    const first = writer.run(insert, ['first']);
    const endless = slowly('endless');
    await new Promise((resolve) => setTimeout(resolve, 120));
    other.exec('rollback');
    await first;
    expect(committed()).toEqual(['first']);
    (await endless).rollback();
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
          await writer.runBatch(insert, [texts[0]]);
          acknowledged.push(texts[0] as string);
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
    { numRuns: 200 },
  );
});
