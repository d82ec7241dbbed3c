import { copyFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../test/eventually.ts';
import { temporaryFolder } from '../../../test/temporary-folder.ts';
import { type Checkpointer, type CheckpointPlan, createCheckpointer } from './checkpointer.ts';
import { SqliteConnection } from './connection.ts';
import { LogSync } from './log-sync.ts';
import { SqliteWriter } from './writer.ts';

const plan: CheckpointPlan = { pages: 40, fewPages: 40, whileMs: 60_000, lastResortPages: 65_536 };

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
let connection: SqliteConnection;
let checkpointer: Checkpointer;
let writer: SqliteWriter;
let inserted: number;

function open(ownPlan = plan, threadsPath = path): void {
  connection = new SqliteConnection(path, { readOnly: false });
  connection.exec('pragma journal_mode = wal; create table if not exists item (text text)');
  checkpointer = createCheckpointer(threadsPath, connection, ownPlan);
  writer = new SqliteWriter(connection, new LogSync(path), () => checkpointer.noteCommit());
  inserted = 0;
}

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'test.db');
});

afterEach(async () => {
  await checkpointer.close();
  connection.close();
  folder[Symbol.dispose]();
});

/** Commits one by one, each of some pages. */
async function commit(times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await writer.run('insert into item (text) values (?)', ['x'.repeat(10_000)]);
    inserted += 1;
  }
}

const rest = () => until(() => !checkpointer.isBusy);
const logPages = () => connection.all<{ log: number }>('pragma wal_checkpoint(noop)')[0]?.log;

/** The contents of the database file without its log. */
function rowsWithoutLog(): number {
  const copy = join(folder.path, 'copy');
  copyFileSync(path, copy);
  using file = new DatabaseSync(copy);
  return Number(file.prepare('select count(*) as n from item').get()?.n);
}

test('what is committed gets into the file while writes go on, and the log does not grow for ever', async () => {
  open();
  await commit(16);
  await rest();
  expect(rowsWithoutLog()).toBe(16);
  for (let round = 0; round < 10; round += 1) {
    await commit(16);
    await rest();
  }
  expect(rowsWithoutLog()).toBe(inserted);
  const pagesOfAllCommits = inserted * 4;
  expect(statSync(`${path}-wal`).size / 4_096).toBeLessThan(pagesOfAllCommits / 4);
});

test('a log that somebody reads for long is left alone until it has grown as much again', async () => {
  open();
  using reader = new DatabaseSync(path);
  await commit(1);
  reader.exec('begin; select * from item');
  await commit(15);
  await rest();
  const before = logPages() as number;
  expect(before).toBeGreaterThan(plan.pages);
  reader.exec('rollback');
  await commit(8); // half as much
  expect(checkpointer.isBusy).toBe(false);
  expect(logPages()).toBeGreaterThan(before);
  await commit(24);
  await rest();
  await commit(1);
  expect(logPages()).toBeLessThan(before);
});

test('a thread that fails harms nobody: past a last limit the commits do it themselves', async () => {
  open({ ...plan, lastResortPages: 80 }, join(folder.path, 'nowhere', 'no.db'));
  await commit(100);
  expect(rowsWithoutLog()).toBeGreaterThan(50);
  expect(logPages()).toBeLessThan(120);
});

test('closing ends the thread, and leaves one file', async () => {
  open();
  await commit(16); // it is at it
  await checkpointer.close();
  await commit(32); // begins nothing any more
  connection.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
  expect(rowsWithoutLog()).toBe(48);
  open({ ...plan }, path);
});
