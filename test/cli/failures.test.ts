import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { temporaryFolder } from '../harness.ts';
import { builtMain, isolatedEnvironment } from '../server-process.ts';
import { commandLine, type Outcome } from './command-line.ts';

/** One line that says what is wrong, and no stack. */
function expectOneLine(outcome: Outcome, status: number, text: RegExp): void {
  expect(outcome.stderr).toMatch(text);
  expect(outcome.stderr.split('\n')).toHaveLength(2);
  expect(outcome.stderr).not.toMatch(/\n {4}at |node:internal|\.ts:\d/);
  expect(outcome.stdout).toBe('');
  expect(outcome.status).toBe(status);
}

test('a file that is not a database is named, and is not touched', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'latchkey.db'), 'This is not a database. '.repeat(100));
  const run = commandLine(folder.path);
  for (const command of ['serve', 'migrate', 'migrate --plan', 'users list', 'settings list']) {
    expectOneLine(
      await run(command),
      1,
      /latchkey\.db is not a SQLite database, or its first page/,
    );
  }
  expectOneLine(
    await run(`backup ${folder.path}/copy`),
    1,
    /latchkey\.db is not a SQLite database/,
  );
  expect(readdirSync(folder.path)).toEqual(['latchkey.db']);
});

test.skipIf(process.platform === 'win32')(
  'output that cannot be written is one line; a reader that stops early is no error',
  () => {
    const program = `'${process.execPath}' '${builtMain}' openapi`;
    const sh = (command: string) =>
      spawnSync('sh', ['-c', command], { env: isolatedEnvironment(), encoding: 'utf8' });
    const full = sh(`${program} > /dev/full`);
    expectOneLine(full, 1, /^Cannot write to standard output: .*ENOSPC/);
    expect(sh(`${program} | head -c 10`)).toMatchObject({ status: 0, stderr: '' });
  },
);

test('a database that was cut to nothing is not taken for a new one', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'latchkey.db');
  const run = commandLine(folder.path);
  await run('migrate');
  await run(`backup ${folder.path}/copy`);
  writeFileSync(join(folder.path, 'secret-key'), randomBytes(48).toString('base64url'));
  truncateSync(path);
  for (const command of ['serve', 'migrate', 'users list']) {
    expectOneLine(
      await run(command),
      1,
      /^\S+latchkey\.db is empty, but \S+secret-key says that it was in use\. .*restore FILE\./,
    );
  }
  expect((await run('doctor')).stdout).toMatch(/^problem +database +\S+latchkey\.db is empty/m);
  expect(statSync(path).size).toBe(0);
  expect((await run(`restore ${folder.path}/copy`)).status).toBe(0);
});

test('places that cannot be used are named', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  mkdirSync(join(folder.path, 'folder'));
  writeFileSync(join(folder.path, 'file'), '');
  const at = (place: string) => `--database ${join(folder.path, place)}`;
  expectOneLine(await run(`migrate ${at('folder')}`), 1, /^Cannot open .*folder: it is a folder\./);
  expectOneLine(
    await run(`migrate ${at('file/x')}`),
    1,
    /^Cannot open .*: .*file is not a folder\./,
  );
  expectOneLine(
    await run(`migrate ${at('none/x')}`),
    1,
    /^Cannot open .*: there is no folder .*none\./,
  );
});

const nobody = 65_534;

test.skipIf(process.platform === 'win32')('a folder that may not be written is named', async () => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  const data = join(folder.path, 'data');
  mkdirSync(data);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder.path, nobody, nobody); // root may write anywhere
  chmodSync(data, 0o555);
  const run = commandLine(data, isRoot ? { uid: nobody } : {});
  expectOneLine(
    await run('migrate'),
    1,
    /^Cannot write .*latchkey\.db: this user cannot write to /,
  );
  const inside = commandLine(join(data, 'deeper'), isRoot ? { uid: nobody } : {});
  const refused = await inside('serve');
  expect(refused.status).toBe(2);
  expect(refused.stderr).toMatch(
    /cannot make .*deeper.*Name a folder that this user may write to\./,
  );
  chmodSync(data, 0o755);

  await commandLine(data)('migrate');
  chmodSync(data, isRoot ? 0o700 : 0o000);
  const closed = `This user cannot read ${data}, which belongs to `;
  for (const command of ['users list', 'migrate --plan', `backup ${folder.path}/copy`]) {
    const outcome = await run(command);
    expect(outcome.stderr).toContain(closed);
    expectOneLine(outcome, 1, /belongs to (\S+)\. Run as that user: sudo -u \1 latchkey …$/m);
  }
  const findings: Finding[] = JSON.parse((await run('doctor --json')).stdout);
  const ofDatabase = findings.filter(({ check }) => check === 'database');
  expect(ofDatabase).toMatchObject([{ message: expect.stringContaining(closed) }]);
  chmodSync(data, 0o755);
});
