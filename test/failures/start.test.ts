import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { send, temporaryFolder } from '../harness.ts';
import { startServerHere } from '../server-here.ts';
import {
  runServerToEnd,
  type ServerEnd,
  type ServerProcessOptions,
  startServerProcess,
} from '../server-process.ts';

/** What keeps the server from starting: one line that says what to do, and the right exit status. */

let folder: ReturnType<typeof temporaryFolder>;
/** A good database with some hundreds of users, to be damaged. */
let good: string;

beforeAll(async () => {
  folder = temporaryFolder();
  const dataDir = at('good');
  {
    await using _server = await startServerHere({ data: dataDir });
  }
  good = join(dataDir, 'latchkey.db');
  const file = new DatabaseSync(good);
  file.exec(`
    with recursive n (n) as (select 1 union all select n + 1 from n where n < 500)
    insert into users (email, email_normalized, created_at_ms, updated_at_ms)
    select 'user' || n || '@example.com', 'user' || n || '@example.com', 1, 1 from n`);
  file.close();
});

afterAll(() => folder[Symbol.dispose]());

type Options = Omit<ServerProcessOptions, 'folder'>;

const startOn = (dataDir: string) =>
  startServerProcess({ folder: folder.path, flags: ['--data', dataDir] });

function runToEnd(dataDir: string, { flags = [], ...options }: Options = {}): Promise<ServerEnd> {
  return runServerToEnd({ ...options, folder: folder.path, flags: ['--data', dataDir, ...flags] });
}

function at(...names: string[]): string {
  return join(folder.path, ...names);
}

/** A data folder of its own with a copy of the good database. */
function copyOfGood(name: string): { dataDir: string; path: string } {
  const dataDir = at(name);
  mkdirSync(dataDir, { mode: 0o700 });
  const path = join(dataDir, 'latchkey.db');
  copyFileSync(good, path);
  return { dataDir, path };
}

/** One line, without a stack, that matches all patterns. */
function expectRefusal(exit: ServerEnd, status: number, ...patterns: (string | RegExp)[]): void {
  const lines = exit.stderr.trimEnd().split('\n');
  expect(lines, exit.stderr).toHaveLength(1);
  expect(exit.status).toBe(status);
  expect(exit.stdout).toBe('');
  expect(lines[0]).not.toMatch(/^\s*at |Error:|node:|undefined|\[object/);
  for (const pattern of patterns) expect(lines[0]).toMatch(pattern);
}

function expectConfigProblems(exit: ServerEnd, ...problems: RegExp[]): void {
  const lines = exit.stderr.trimEnd().split('\n');
  expect(exit.status).toBe(2);
  expect(lines[0]).toBe('The configuration has errors:');
  expect(lines.slice(1)).toHaveLength(problems.length);
  for (const problem of problems) {
    expect(lines.slice(1)).toContainEqual(expect.stringMatching(problem));
  }
  expect(exit.stderr).not.toMatch(/^\s*at /m);
}

test('a file that is not a database', async () => {
  const { dataDir, path } = copyOfGood('garbage');
  writeFileSync(path, Buffer.alloc(20_000, 'garbage'));
  expectRefusal(await runToEnd(dataDir), 1, path, /not a SQLite database/, /backup|another/i);
  expect(readFileSync(path)).toEqual(Buffer.alloc(20_000, 'garbage'));
});

test('a database that was cut off', async () => {
  const { dataDir, path } = copyOfGood('cut');
  writeFileSync(path, readFileSync(good).subarray(0, 5_000));
  expectRefusal(await runToEnd(dataDir), 1, path, /damaged/, /backup/i);
});

test('a database with any damaged page is refused at the start, or the page holds nothing', async () => {
  const pages = statSync(good).size / 4_096;
  const inMiddle = Math.floor(pages / 2);
  for (const page of [1, inMiddle, pages - 1]) {
    const { dataDir, path } = copyOfGood(`page-${page}`);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.alloc(4_096, 0xa5), 0, 4_096, page * 4_096);
    expectRefusal(await runToEnd(dataDir), 1, path, /damaged/, /backup/i);
  }
});

test('a database that a newer release has migrated', async () => {
  const { dataDir, path } = copyOfGood('newer');
  const file = new DatabaseSync(path);
  file.exec("insert into schema_migrations values ('9999-from-the-future', '2099-01-01')");
  file.close();
  expectRefusal(await runToEnd(dataDir), 1, path, /newer release/, /9999-from-the-future/);
});

test('a database that is a folder', async () => {
  mkdirSync(at('folder', 'latchkey.db'), { recursive: true });
  expectRefusal(await runToEnd(at('folder')), 1, at('folder', 'latchkey.db'));
});

test('a data folder that is a file, or is under one', async () => {
  writeFileSync(at('file'), '');
  for (const dataDir of [at('file'), at('file', 'data')]) {
    expectConfigProblems(await runToEnd(dataDir), /--data.*file.*[Nn]ame a/);
  }
});

test('several problems of the configuration: all of them at once', async () => {
  const exit = await runToEnd(at('unmade'), {
    flags: ['--port', '99999', '--log-level', 'loud'],
    environment: {
      LATCHKEY_SECRET_KEY: 'too short',
      LATCHKEY_ACCESS_TOKEN_LIFETIME: '-1',
      LATCHKEY_DATABASE_URL: 'mysql://u:p@h/d',
      LATCHKEY_TRUSTED_PROXIES: 'loopback, 10.0.0.0/33, proxy.local',
      LATCHKEY_CORS_ORIGINS: 'https://app.example.com, https://app.example.com/, *, null',
    },
  });
  expectConfigProblems(
    exit,
    /LATCHKEY_TRUSTED_PROXIES.*"10.0.0.0\/33" is neither an IP address nor a network/,
    /LATCHKEY_TRUSTED_PROXIES.*"proxy.local" is neither an IP address nor a network/,
    /LATCHKEY_CORS_ORIGINS: "https:\/\/app.example.com\/" is not an origin/,
    /LATCHKEY_CORS_ORIGINS: "\*" is not an origin/,
    /LATCHKEY_CORS_ORIGINS: "null" is not an origin/,
    /LATCHKEY_PORT.*99999/,
    /LATCHKEY_LOG_LEVEL.*loud/,
    /LATCHKEY_SECRET_KEY.*32 bytes/,
    /LATCHKEY_ACCESS_TOKEN_LIFETIME/,
    /LATCHKEY_DATABASE_URL/,
  );
  expect(exit.stderr).not.toContain('too short');
  expect(existsSync(at('unmade'))).toBe(false);
});

test('what is wrong with the SMTP server and the sender, without the password', async () => {
  const exit = await runToEnd(at('mail'), {
    environment: { LATCHKEY_SMTP_URL: 'smtp://ada:sw0rdfish@mail.example.com:587/x' },
  });
  expectConfigProblems(
    exit,
    /LATCHKEY_SMTP_URL: .*smtps:/,
    /LATCHKEY_MAIL_FROM: mail needs a sender/,
  );
  expect(exit.stderr).not.toContain('sw0rdfish');
  for (const url of [
    'http://mail.example.com',
    'smtp://',
    'smtp://ada@mail.example.com',
    'smtp://h?x=1',
  ]) {
    const environment = { LATCHKEY_SMTP_URL: url, LATCHKEY_MAIL_FROM: 'no-reply@example.com' };
    expectConfigProblems(await runToEnd(at('mail'), { environment }), /LATCHKEY_SMTP_URL/);
  }
  for (const from of ['nobody', 'A <b@c.de> x', '"a\nb" <b@c.de>', 'A, B <b@c.de>, <d@e.fr>']) {
    const environment = { LATCHKEY_SMTP_URL: 'smtp://h', LATCHKEY_MAIL_FROM: from };
    expectConfigProblems(
      await runToEnd(at('mail'), { environment }),
      /LATCHKEY_MAIL_FROM: .* is not a sender/,
    );
  }
  const far = await runToEnd(at('mail'), {
    flags: ['--host', '0.0.0.0'],
    environment: { LATCHKEY_SMTP_URL: 'smtp://h', LATCHKEY_MAIL_FROM: 'no-reply@example.com' },
  });
  expectConfigProblems(far, /LATCHKEY_PUBLIC_URL: mail needs it/);
});

test('a secret that is too short, also in its file', async () => {
  const exit = await runToEnd(at('short'), {
    environment: { LATCHKEY_SECRET_KEY: 'x'.repeat(31) },
  });
  expectConfigProblems(exit, /LATCHKEY_SECRET_KEY.*shorter than 32 bytes/);
  const several = await runToEnd(at('fallbacks'), {
    environment: {
      LATCHKEY_SECRET_KEY_FALLBACKS: `${'x'.repeat(32)}, ${'y'.repeat(31)}\nz${' z'.repeat(9)}`,
      LATCHKEY_ISSUER: 'auth.example.com',
      LATCHKEY_AUDIENCE: 'two names',
    },
  });
  expectConfigProblems(
    several,
    ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(
      (number) => new RegExp(`FALLBACKS: number ${number} is shorter than 32 bytes`),
    ),
    /FALLBACKS: more than 8/,
    /--issuer \/ LATCHKEY_ISSUER: "auth.example.com" is not a valid issuer/,
    /--audience \/ LATCHKEY_AUDIENCE: "two names" is not a valid audience/,
  );
  expect(several.stderr).not.toMatch(/xxxx|yyyy/);
  const { dataDir } = copyOfGood('short-file');
  writeFileSync(join(dataDir, 'secret-key'), 'short\n');
  expectConfigProblems(await runToEnd(dataDir), /secret-key holds less than 32 bytes/);
});

test('a port that is in use', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const exit = await runToEnd(at('port'), { flags: ['--port', String(port)] });
  expectRefusal(exit, 1, new RegExp(`Port ${port} is in use`), /--port/);
  taken.close();
  expect(existsSync(at('port', 'latchkey.db-wal'))).toBe(false);
});

test('a second server on one file, by any of its names; after a kill the next may start', async () => {
  const { dataDir } = copyOfGood('twice');
  symlinkSync(dataDir, at('twice-link'));
  mkdirSync(at('twice-file'));
  symlinkSync(join(dataDir, 'latchkey.db'), at('twice-file', 'latchkey.db'));
  await using first = await startOn(dataDir);
  for (const other of [dataDir, at('twice-link'), at('twice-file')]) {
    expectRefusal(
      await runToEnd(other),
      1,
      new RegExp(`process ${first.process.pid}\\b`),
      /--data/,
    );
  }
  expect((await send(first.origin, 'GET', '/api/me/')).status).toBe(401);
  first.process.kill('SIGKILL');
  await first.ended();
  expect(existsSync(join(dataDir, 'latchkey.db.lock'))).toBe(true);
  await using second = await startOn(at('twice-file'));
  expect((await send(second.origin, 'GET', '/api/me/')).status).toBe(401);
});

test('a second server that starts while the first has only just taken the lock names no process', async () => {
  const { dataDir, path } = copyOfGood('race');
  const lock = new DatabaseSync(`${path}.lock`);
  lock.exec('begin immediate');
  expectRefusal(await runToEnd(dataDir), 1, `Another server runs on ${path}. `, /--data/);
  lock.close();
});

test('a lock that is damaged', async () => {
  const { dataDir, path } = copyOfGood('lock');
  writeFileSync(`${path}.lock`, Buffer.alloc(20_000, 'garbage'));
  expectRefusal(await runToEnd(dataDir), 1, `${path}.lock`, /damaged|not a SQLite/);
});

// Permissions do not bind root, unless it gives up the right to ignore them.
const setpriv = 'setpriv';
const bound = ['--bounding-set', '-dac_override,-dac_read_search,-fowner'];
const isRoot = process.geteuid?.() === 0;
const canBeBound = !isRoot || spawnSync(setpriv, [...bound, 'true']).status === 0;
const asUser = { prefix: isRoot ? [setpriv, ...bound] : [] };

test.skipIf(!canBeBound)('a data folder that cannot be made', async () => {
  mkdirSync(at('closed'), { mode: 0o500 });
  expectConfigProblems(await runToEnd(at('closed', 'data'), asUser), /--data.*EACCES/);
});

test.skipIf(!canBeBound)('a data folder that cannot be written', async () => {
  const { dataDir, path } = copyOfGood('read-only');
  chmodSync(dataDir, 0o500);
  expectRefusal(await runToEnd(dataDir, asUser), 1, path, /write|permission/);
  chmodSync(dataDir, 0o700);
});

test.skipIf(!canBeBound)('a database that cannot be written', async () => {
  const { dataDir, path } = copyOfGood('read-only-file');
  chmodSync(path, 0o400);
  expectRefusal(await runToEnd(dataDir, asUser), 1, path, /write|permission/);
});

test.skipIf(!canBeBound)('a database that cannot be read', async () => {
  const { dataDir, path } = copyOfGood('unreadable');
  chmodSync(path, 0o000);
  expectRefusal(await runToEnd(dataDir, asUser), 1, path, /write|permission|open/);
});

test.skipIf(!canBeBound)('a secret that cannot be read', async () => {
  const { dataDir } = copyOfGood('secret');
  writeFileSync(join(dataDir, 'secret-key'), 'x'.repeat(64));
  chmodSync(join(dataDir, 'secret-key'), 0o000);
  const exit = await runToEnd(dataDir, asUser);
  expect(exit.status).toBeGreaterThan(0);
  expect(exit.stderr).toContain('secret-key');
  expect(exit.stderr).not.toMatch(/^\s*at /m);
});
