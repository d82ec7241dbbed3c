import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { patienceMs, until } from '../../../test/eventually.ts';
import { damagePage, startServer, temporaryFolder } from '../../../test/harness.ts';
import { applyMigrations } from '../migrate.ts';
import { backUpSqlite } from './backup.ts';
import { openSqlite } from './sqlite-database.ts';

/** Commits a user and a session together, again and again, until it is told to stop. */
const writer = `
  const { DatabaseSync } = require('node:sqlite');
  const { parentPort, workerData } = require('node:worker_threads');
  const db = new DatabaseSync(workerData, { timeout: 60_000 });
  const user = db.prepare("insert into users (email, email_normalized, created_at_ms, updated_at_ms) values (?, ?, 0, 0) returning id");
  const session = db.prepare('insert into sessions (user_id, created_at_ms, refreshed_at_ms, expires_at_ms) values (?, 0, 0, 0)');
  let isOver = false;
  let pairs = 0;
  parentPort.once('message', () => { isOver = true; });
  function step() {
    db.exec('begin immediate');
    const { id } = user.get('a' + pairs, 'a' + pairs + 'x'.repeat(500));
    session.run(id);
    db.exec('commit');
    pairs += 1;
    if (isOver) { db.close(); parentPort.postMessage(pairs); }
    else setImmediate(step);
  }
  step();
`;

test('a backup that is made while others write is the database at one moment', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'latchkey.db');
  const database = openSqlite(path);
  await applyMigrations(database);
  const { lastInsertRowid } = seedUsers(path, 5_000);
  const worker = new Worker(writer, { eval: true, workerData: path });
  const sessions = () => database.db.selectFrom('sessions').select('id').limit(1).execute();
  await until(async () => (await sessions()).length > 0);

  const file = join(folder.path, 'copy');
  const contents = await backUpSqlite(path, file, { overwrite: false });
  worker.postMessage('stop');
  const pairs = await new Promise<number>((resolve) => worker.once('message', resolve));
  await worker.terminate();
  await database.close();

  expect(contents.users - Number(lastInsertRowid)).toBe(contents.sessions);
  expect(contents.sessions).toBeGreaterThan(0);
  expect(contents.sessions).toBeLessThan(pairs);
  expect(contents.bytes).toBe(statSync(file).size);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder.path).sort()).toEqual(['copy', 'latchkey.db']);
});

function seedUsers(path: string, count: number) {
  const file = new DatabaseSync(path, { timeout: patienceMs });
  const result = file
    .prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
       insert into users (email, email_normalized, created_at_ms, updated_at_ms)
       select 'u' || i, 'u' || i || hex(zeroblob(200)), 0, 0 from n`,
    )
    .run(count);
  file.close();
  return result;
}

test('a backup never replaces what it was not told to, and leaves nothing behind', async () => {
  await using server = await startServer();
  await server.signUp();
  using folder = temporaryFolder();
  const { location } = server.deps.database;
  const file = join(folder.path, 'copy');
  const backUp = (to: string, overwrite = false) => backUpSqlite(location, to, { overwrite });

  writeFileSync(`${file}.partial`, 'of a backup that was cut off');
  expect(await backUp(file)).toMatchObject({ users: 1, sessions: 1 });
  await expect(backUp(file)).rejects.toThrow('copy is there already.');
  await server.signUp();
  expect(await backUp(file, true)).toMatchObject({ users: 2, sessions: 2 });
  expect(readdirSync(folder.path)).toEqual(['copy']);

  await expect(backUp(location, true)).rejects.toThrow('is the database itself.');
  await expect(backUp(join(folder.path, 'none/copy'))).rejects.toThrow('There is no folder');
  mkdirSync(join(folder.path, 'folder'));
  await expect(backUp(join(folder.path, 'folder'), true)).rejects.toThrow('is not a file.');
});

test('a copy of a damaged database is not kept', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'latchkey.db');
  const database = openSqlite(path);
  await applyMigrations(database);
  await database.close();
  seedUsers(path, 1_000);
  damagePage(path, -6); // one that has users
  const copy = join(folder.path, 'copy');
  await expect(backUpSqlite(path, copy, { overwrite: false })).rejects.toThrow(
    /^The database is damaged \(.+\), and so is this copy, which was not kept\./,
  );
  expect(existsSync(copy)).toBe(false);
  expect(existsSync(`${copy}.partial`)).toBe(false);
});
