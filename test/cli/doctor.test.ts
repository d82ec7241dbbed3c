import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { examineYear } from '../../src/cli/doctor/check-clock.ts';
import { examineNewestRow } from '../../src/cli/doctor/check-database.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { isGuessable } from '../../src/config/secret-strength.ts';
import { damagePage, temporaryFolder } from '../harness.ts';
import { commandLine, type RunOptions, serve } from './command-line.ts';

/** Runs the doctor on a folder, and makes sure that it leaves no trace there. */
async function examine(folder: string, options: RunOptions = {}) {
  const before = readdirSync(folder, { recursive: true }).sort();
  const outcome = await commandLine(join(folder, 'data'), options)('doctor --json');
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
  const findings: Finding[] = JSON.parse(outcome.stdout);
  const bad = findings
    .filter(({ status }) => status !== 'ok')
    .map(({ status, check, message }) => `${status}: ${check}: ${message}`);
  for (const { status, advice } of findings) if (status !== 'ok') expect(advice).toBeTruthy();
  return { status: outcome.status, stderr: outcome.stderr, findings, bad };
}

test('all is well, before the start, while the server runs, and after it', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const missing = await examine(folder.path);
  expect(missing).toMatchObject({ status: 1, stderr: '2 problems found.\n' });
  expect(missing.bad).toEqual([
    `problem: data folder: ${data} is not there`,
    `problem: database: there is none at ${join(data, 'latchkey.db')}`,
  ]);
  {
    await using _server = await serve(data);
    const running = await examine(folder.path);
    expect(running).toMatchObject({ status: 0, stderr: '', bad: [] });
    expect(running.findings.find(({ check }) => check === 'server')?.message).toMatch(/^runs as/);
  }
  const stopped = await commandLine(data)('doctor');
  expect(stopped.status).toBe(0);
  expect(stopped.stdout).toMatch(/^ok {7}server {11}does not run$/m);
  expect(stopped.stdout).toMatch(/\nNo problems found\.\n$/);
  const warned = await commandLine(data, { env: { LATCHKEY_HOST: '0.0.0.0' } })('doctor');
  expect(warned.status).toBe(0);
  expect(warned.stdout).toMatch(/\n3 warnings found, no problem\.\n$/);
});

test('what is weak, open to others or out of order is named, with what to do', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const path = join(data, 'latchkey.db');
  const run = commandLine(data);
  await run('migrate');
  await run('settings set ACCESS_TOKEN_LIFETIME 7200');
  await run('settings set PASSWORD_MIN_LENGTH 4');
  const file = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  file.exec(`insert into sessions (user_id, created_at_ms, refreshed_at_ms, expires_at_ms)
    values (9, 0, ${Date.now() + 7_200_000}, 0)`);
  file.exec("delete from schema_migrations where name <> '0001-base'");
  file.close();
  writeFileSync(join(data, 'secret-key'), randomBytes(48).toString('base64url'), { mode: 0o644 });
  chmodSync(join(data, 'secret-key'), 0o644);
  chmodSync(path, 0o644);
  chmodSync(data, 0o755);

  const { status, bad } = await examine(folder.path, {
    env: {
      LATCHKEY_HOST: '0.0.0.0',
      LATCHKEY_METRICS_HOST: '::',
      LATCHKEY_SECRET_KEY: 'secret-'.repeat(6),
      LATCHKEY_RATE_LIMITS_ENABLED: 'false',
    },
  });
  expect(status).toBe(1);
  expect(bad).toEqual([
    'warning: network: listens on every interface without encryption: passwords and tokens travel in the clear',
    'warning: network: serves its metrics to everybody who reaches port 9464 on every interface',
    'warning: public URL: is not set: links begin with the host and port the server listens on, which others may be unable to reach',
    `warning: data folder: others may look into ${data}`,
    'problem: secret key: can be guessed; who does can sign in as anybody',
    `problem: secret key: others may read ${join(data, 'secret-key')}`,
    `warning: secret key: LATCHKEY_SECRET_KEY is used; ${join(data, 'secret-key')} holds another one`,
    'warning: mail: there is none: nobody can reset a password or confirm an email',
    `problem: database: others may read ${path}, with emails and password hashes`,
    'problem: references: 1 row refers to one that is not there',
    expect.stringMatching(/^warning: migrations: \d+ migrations? to apply: 0002-/),
    expect.stringMatching(
      /^problem: newest row: is (?:2 hours|1 hour 59 minutes \d+ seconds) in the future/,
    ),
    expect.stringMatching(/^warning: token lifetime: an access token is good for 2 hours: /),
    'warning: rate limits: are off: passwords can be guessed as fast as they can be hashed',
    'warning: password policy: new passwords have at least 4 characters, and common ones are refused',
  ]);

  chmodSync(data, 0o777);
  const wrong = await examine(folder.path, {
    env: {
      LATCHKEY_PORT: 'x',
      LATCHKEY_SECRET_KEY: 'short',
      LATCHKEY_ACCESS_TOKEN_LIFETIME: '0',
      LATCHKEY_METRICSPORT: 'off',
    },
  });
  expect(wrong.bad.slice(0, 5)).toEqual([
    expect.stringContaining('problem: configuration: --port / LATCHKEY_PORT: "x" is not a port.'),
    expect.stringContaining('problem: configuration: LATCHKEY_SECRET_KEY: shorter than 32 bytes'),
    expect.stringContaining('problem: configuration: LATCHKEY_ACCESS_TOKEN_LIFETIME: '),
    'warning: configuration: LATCHKEY_METRICSPORT is not known, and does nothing',
    `problem: data folder: others may write to ${data}`,
  ]);
});

test('where a server runs, the doctor goes by its host, port and public URL', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  await using server = await serve(data, { LATCHKEY_PUBLIC_URL: 'http://localhost:8123/' });
  const { findings } = await examine(folder.path);
  const said = (wanted: string) => findings.find(({ check }) => check === wanted)?.message;
  expect(said('network')).toBe('listens on 127.0.0.1, port 0: this machine alone reaches it');
  expect(said('public URL')).toBe('http://localhost:8123/');
  expect(said('passkeys')).toBe('0 passkeys for the RP ID "localhost"');

  const clockOf = async (url: string) => {
    const outcome = await commandLine(data)(`doctor --json --clock ${url}`);
    const all: Finding[] = JSON.parse(outcome.stdout);
    return all.filter(({ check }) => check === 'clock').slice(1);
  };
  expect(await clockOf(`${server.origin}/healthz`)).toMatchObject([
    { status: 'ok', message: `agrees with that of ${new URL(server.origin).host}` },
  ]);
  const ahead = createServer((_request, response) => {
    response.setHeader('date', new Date(Date.now() + 600_000).toUTCString());
    response.end();
  });
  await once(ahead.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(ahead.address() as AddressInfo).port}`;
  expect(await clockOf(url)).toMatchObject([
    {
      status: 'problem',
      message: expect.stringMatching(
        /^is (10 minutes|9 minutes 59 seconds) behind that of .*: codes/,
      ),
      advice: expect.stringContaining('NTP'),
    },
  ]);
  ahead.close();
  await once(ahead, 'close');
  expect(await clockOf(url)).toMatchObject([{ status: 'warning' }]);
  const wrong = await commandLine(data)('doctor --clock yesterday');
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('is not a URL')]);
});

test('of a configuration with errors no default is said to be in use', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  await commandLine(data)('migrate');
  const env = { LATCHKEY_SECRET_KEY: randomBytes(48).toString('base64url') };
  await (await serve(data, env))[Symbol.asyncDispose]();
  const { findings, bad } = await examine(folder.path, {
    env: { ...env, LATCHKEY_HOST: '0.0.0.0', LATCHKEY_PORT: 'abc', LATCHKEY_PUBLIC_URL: 'none' },
  });
  const checks = findings.map(({ check }) => check);
  expect(checks).not.toContain('network');
  expect(checks).not.toContain('public URL');
  expect(checks).not.toContain('secret key');
  expect(checks).toContain('database');
  expect(bad).toEqual([
    expect.stringContaining('LATCHKEY_PUBLIC_URL: '),
    expect.stringContaining('problem: configuration: --port / LATCHKEY_PORT: '),
  ]);
});

test('a damaged database is a problem, not an accident', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const path = join(data, 'latchkey.db');
  await commandLine(data)('migrate');
  damagePage(path, 4);
  const damaged = await examine(folder.path);
  expect(damaged.status).toBe(1);
  expect(damaged.bad[0]).toMatch(/^problem: integrity: the database is damaged: /);

  writeFileSync(path, 'This is not a database. '.repeat(400));
  const foreign = await examine(folder.path);
  expect(foreign.status).toBe(1);
  expect(foreign.bad).toEqual([expect.stringMatching(/^problem: integrity: /)]);

  rmSync(path);
  const other = new DatabaseSync(path);
  other.exec('create table others (id integer)');
  other.close();
  chmodSync(path, 0o600);
  expect((await examine(folder.path)).bad).toEqual([
    expect.stringMatching(/^problem: migrations: .* is the database of another program\./),
  ]);
});

test('a clock that cannot be right is a problem', () => {
  expect(examineYear(new Date('1970-01-01')).status).toBe('problem');
  expect(examineYear(new Date('2030-01-01')).status).toBe('ok');
  const newest = (newestRowMs: number | undefined) =>
    examineNewestRow({ newestRowMs: () => newestRowMs }, 1_000_000);
  expect(newest(undefined)).toMatchObject({
    status: 'ok',
    message: 'has no time: there is no user, session or changed setting yet',
  });
  expect(newest(1_059_000)).toMatchObject({ status: 'ok' });
  expect(newest(1_061_000)).toMatchObject({ status: 'problem' });
});

test('a secret that was made at random is not guessable, and one of words or runs is', () => {
  for (let n = 0; n < 200; n += 1) {
    const bytes = randomBytes(48);
    for (const secret of [bytes.toString('base64'), bytes.toString('hex').slice(0, 32)]) {
      expect(isGuessable(secret), secret).toBe(false);
    }
  }
  for (const secret of [
    'a'.repeat(64),
    'ab'.repeat(32),
    'changeme'.repeat(5),
    'secretsecretsecretsecretsecretsecret',
    'please-change-me-to-a-secret-key-please',
    '0123456789abcdefghijklmnopqrstuvwxyz',
    'my-secret-password-for-latchkey-1',
    'x',
    '',
  ]) {
    expect(isGuessable(secret), secret).toBe(true);
  }
});

test('a server does not start with an RP ID that makes passkeys useless, unless they are given up', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  await commandLine(data)('migrate');
  const file = new DatabaseSync(join(data, 'latchkey.db'));
  file.exec(`insert into users (email, email_normalized, username, created_at_ms, updated_at_ms)
    values ('ada@example.com', 'ada@example.com', '', 0, 0)`);
  for (const id of ['one', 'two']) {
    file.exec(`insert into passkeys (user_id, credential_id, public_key, counter, transports, rp_id, aaguid, name,
        is_discoverable, is_backup_eligible, is_backed_up, created_at_ms)
      values (1, '${id}', '', 0, '[]', 'old.example.com', '', '', 1, 1, 1, 0)`);
  }
  file.close();
  const env = { LATCHKEY_PUBLIC_URL: 'https://auth.example.com' };

  const { status, bad, findings } = await examine(folder.path, { env });
  expect([status, bad.filter((text) => text.startsWith('problem'))]).toEqual([
    1,
    [
      'problem: passkeys: 2 passkeys for the RP ID "old.example.com" cannot be used, and the server does not start: it has "auth.example.com"',
    ],
  ]);
  expect(findings.find(({ check }) => check === 'passkeys')?.advice).toBe(
    'Keep the RP ID: LATCHKEY_PASSKEY_RP_ID=old.example.com. To give them up, start with LATCHKEY_PASSKEY_FORMER_RP_IDS=old.example.com.',
  );
  await expect(serve(data, env)).rejects.toThrow(
    /2 passkeys are for the RP ID "old\.example\.com", .*LATCHKEY_PASSKEY_RP_ID=old\.example\.com.*LATCHKEY_PASSKEY_FORMER_RP_IDS=old\.example\.com/s,
  );
  {
    await using _kept = await serve(data, { ...env, LATCHKEY_PASSKEY_RP_ID: 'old.example.com' });
  }
  const givenUp = { ...env, LATCHKEY_PASSKEY_FORMER_RP_IDS: 'old.example.com' };
  await using _givenUp = await serve(data, givenUp);
  for (const own of [givenUp, {}]) {
    const running = await examine(folder.path, { env: own }); // without its own, it takes the server's
    expect(running.status).toBe(0);
    expect(running.findings).toContainEqual({
      ...{ check: 'passkeys', status: 'ok' },
      message: '2 passkeys for the RP ID "old.example.com", given up',
    });
  }
  const url = 'https://www.example.org/';
  const moved = await examine(folder.path, { env: { LATCHKEY_PUBLIC_URL: url } });
  expect(moved.findings).toContainEqual({ check: 'public URL', status: 'ok', message: url });
  expect(moved.bad).toContainEqual(
    expect.stringMatching(/^problem: passkeys: .* it has "www\.example\.org"$/),
  );
});
