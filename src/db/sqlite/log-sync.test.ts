import { fdatasync, fstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CompiledQuery, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { insert, openWriter } from '../../../test/sqlite-writer.ts';
import { temporaryFolder } from '../../../test/temporary-folder.ts';
import type { SyncFile } from './log-sync.ts';
import { openSqlite } from './sqlite-database.ts';

const turn = () => new Promise(setImmediate);
const unavailable = { code: 'database_unavailable', options: { headers: { 'retry-after': '1' } } };

/** A disk that says when it is done, and how. */
function slowDisk() {
  const underWay: ((error: Error | null) => void)[] = [];
  const descriptors: number[] = [];
  const syncFile: SyncFile = (descriptor, done) => {
    descriptors.push(descriptor);
    underWay.push(done);
  };
  return {
    syncFile,
    descriptors,
    get waiting() {
      return underWay.length;
    },
    async end(error: Error | null = null) {
      underWay.shift()?.(error);
      await turn();
    },
  };
}

/** The outcome of promises so far. */
function watch<T>(promises: readonly Promise<T>[]): string[] {
  const states = promises.map(() => 'waiting');
  promises.forEach((promise, index) => {
    promise.then(
      () => {
        states[index] = 'done';
      },
      () => {
        states[index] = 'refused';
      },
    );
  });
  return states;
}

describe('a writer', () => {
  test('is answered after the sync of the log that follows the commit', async () => {
    const disk = slowDisk();
    using fixture = openWriter(disk.syncFile);
    const { writer, committed, path } = fixture;
    const states = watch<unknown>([
      writer.run(insert, ['a']),
      writer.runEach(insert, [['b'], ['c']]),
      writer.begin().then((task) => {
        task.run(insert, ['d']);
        return task.commit();
      }),
    ]);
    await turn();
    expect(committed()).toEqual(['a', 'b', 'c', 'd']); // nobody waits for the disk to commit
    expect(states).toEqual(['waiting', 'waiting', 'waiting']);
    expect(fstatSync(disk.descriptors[0] as number).ino).toBe(statSync(`${path}-wal`).ino);
    await disk.end();
    expect(states).toEqual(['done', 'waiting', 'waiting']); // the others came while it was under way
    expect(disk.waiting).toBe(1); // and share the next one
    await disk.end();
    expect(states).toEqual(['done', 'done', 'done']);
    expect(disk.waiting).toBe(0);
  });

  test('fails no sooner than what the write failed for is on disk', async () => {
    const disk = slowDisk();
    using fixture = openWriter(disk.syncFile);
    const { writer } = fixture;
    const transaction = async () => {
      const task = await writer.begin();
      try {
        task.run(insert, ['taken']);
      } catch (error) {
        await task.rollback();
        throw error;
      }
    };
    const states = watch<unknown>([
      writer.run(insert, ['taken']),
      writer.run(insert, ['taken']),
      writer.runEach(insert, [['taken']]),
      transaction(),
    ]);
    await turn();
    await turn();
    expect(states).toEqual(['waiting', 'waiting', 'waiting', 'waiting']);
    await disk.end();
    expect(states).toEqual(['done', 'refused', 'refused', 'refused']);
  });
});

describe('a sync that fails', () => {
  test('is told to all whose commit may be lost, and nothing is built on it before a checkpoint', async () => {
    const disk = slowDisk();
    using fixture = openWriter(disk.syncFile);
    const { writer, committed, other, path } = fixture;
    const writes = ['a', 'b'].map((text) => writer.run(insert, [text]));
    const states = watch(writes);
    await turn();
    const task = await writer.begin(); // is at it when the disk fails
    task.run(insert, ['c']);
    await disk.end(new Error('EIO'));
    expect(states).toEqual(['refused', 'refused']);
    await expect(writes[0]).rejects.toMatchObject(unavailable);
    await expect(task.commit()).rejects.toMatchObject(unavailable);
    expect(disk.waiting).toBe(0); // a sync now would succeed, and mean nothing

    other.exec('begin; select * from item'); // keeps the checkpoint from its end
    await expect(writer.run(insert, ['d'])).rejects.toMatchObject(unavailable);
    other.exec('rollback');
    const again = writer.run(insert, ['e']);
    await turn();
    expect(rowsWithoutLog(path)).toEqual(['a', 'b', 'c']);
    await disk.end();
    await again;
    expect(committed()).toEqual(['a', 'b', 'c', 'e']);
  });

  test('says so once it cannot even begin', async () => {
    using fixture = openWriter(() => {
      throw new Error('EMFILE');
    });
    await expect(fixture.writer.run(insert, ['a'])).rejects.toMatchObject(unavailable);
  });

  /** The contents of the database file without its log. */
  function rowsWithoutLog(path: string): string[] {
    using file = new DatabaseSync(`file:${path}?immutable=1`, { readOnly: true });
    return file
      .prepare('select text from item order by id')
      .all()
      .map((row) => String(row.text));
  }
});

test('nobody is answered from what could still be lost', async () => {
  using folder = temporaryFolder();
  const disk = slowDisk();
  let syncFile: SyncFile = fdatasync;
  const database = openSqlite(join(folder.path, 'test.db'), (...args) => syncFile(...args));
  await sql`create table settings (name text primary key, value text not null)`.execute(
    database.db,
  );
  const read = CompiledQuery.raw('select name from settings');
  expect(database.run(read)).toEqual([]); // at once: nothing is under way
  syncFile = disk.syncFile;
  const add = CompiledQuery.raw("insert into settings (name, value) values ('a', '1')");
  const written = database.run(add) as Promise<unknown>;
  await turn();
  const reads = [
    database.run(read) as Promise<unknown>,
    database.db.selectFrom('settings').select('name').execute(),
  ];
  const states = watch([written, ...reads]);
  await turn();
  expect(states).toEqual(['waiting', 'waiting', 'waiting']);
  await disk.end();
  expect(await Promise.all(reads)).toEqual([[{ name: 'a' }], [{ name: 'a' }]]);
  syncFile = fdatasync;
  await database.close();
});

test('closing waits for the disk', async () => {
  const disk = slowDisk();
  using fixture = openWriter(disk.syncFile);
  const { writer } = fixture;
  const states = watch<unknown>([writer.run(insert, ['a']), writer.finish()]);
  await turn();
  expect(states).toEqual(['waiting', 'waiting']);
  await disk.end();
  expect(states).toEqual(['done', 'done']);
});
