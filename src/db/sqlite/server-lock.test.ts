import { execFileSync, spawn } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/harness.ts';
import {
  acquireServerLock,
  type LockHolder,
  runningServer,
  type ServerLock,
} from './server-lock.ts';

function isLock(result: ServerLock | LockHolder): result is ServerLock {
  return 'release' in result;
}

function acquire(path: string): ServerLock {
  const lock = acquireServerLock(path);
  if (!isLock(lock)) throw new Error(`process ${lock.pid} holds it`);
  return lock;
}

test('one process has it; the next learns which, also by another name of the file', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'a.db');
  writeFileSync(path, '');
  symlinkSync(path, join(folder.path, 'link.db'));
  const lock = acquire(path);
  expect(acquireServerLock(path)).toMatchObject({ pid: process.pid });
  expect(acquireServerLock(join(folder.path, 'link.db'))).toMatchObject({ pid: process.pid });
  lock.release();
  acquire(path).release();
});

test('the database need not be there yet', () => {
  using folder = temporaryFolder();
  const lock = acquire(join(folder.path, 'new.db'));
  expect(acquireServerLock(join(folder.path, 'new.db'))).toMatchObject({ pid: process.pid });
  lock.release();
});

test('once it is released nobody serves, though the process may live on', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'a.db');
  const lock = acquire(path);
  expect(runningServer(path)).toMatchObject({ pid: process.pid });
  lock.release();
  expect(runningServer(path)).toBeUndefined();
});

test('the rest of a process that was killed does not keep it', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'a.db');
  const module = new URL('./server-lock.ts', import.meta.url).href;
  const script = `
    const { acquireServerLock } = await import('${module}');
    acquireServerLock(process.argv[1], { isInMaintenance: true });
    process.kill(process.pid, 'SIGKILL');`;
  const killed = () =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script, path], { stdio: 'pipe' });
  expect(killed).toThrow();
  // Another one has taken the lock this moment, and has not said yet who it is: it is not the one that was killed.
  const next = new DatabaseSync(`${path}.lock`);
  next.exec('begin immediate');
  expect(acquireServerLock(path)).toEqual({ pid: undefined, isInMaintenance: false });
  next.close();
  acquire(path).release();
});

test('a file of the lock that cannot be used is not taken for another server', () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'a.db.lock'), 'no database at all '.repeat(100));
  expect(() => acquireServerLock(join(folder.path, 'a.db'))).toThrow('not a database');
});

test('of many that start at once exactly one has it', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'a.db');
  const module = new URL('./server-lock.ts', import.meta.url).href;
  const script = `
    const { acquireServerLock } = await import('${module}');
    const lock = acquireServerLock(process.argv[1]);
    console.log('release' in lock ? 'lock' : 'holder'); // which may not have said yet who it is
    process.stdin.resume().once('end', () => process.exit());`;
  const children = [1, 2, 3, 4].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const said = await Promise.all(
    children.map(
      (child) =>
        new Promise<string>((resolve) =>
          child.stdout.once('data', (data) => resolve(String(data).trim())),
        ),
    ),
  );
  for (const child of children) child.stdin.end();
  expect(said.sort()).toEqual(['holder', 'holder', 'holder', 'lock']);
});
