import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { explainError } from '../../src/terminal/explain-error.ts';
import { createTestDatabase } from '../database.ts';
import { until } from '../eventually.ts';
import { type Answer, goodPassword, send, startServer, temporaryFolder } from '../harness.ts';
import {
  builtMain,
  isolatedEnvironment,
  type ServerProcess,
  startServerProcess,
} from '../server-process.ts';

/** A disk that is full: nothing is lost, reads go on, and so does the rest when there is space again. */

function expectUnavailable(answer: Answer): void {
  expect(answer).toMatchObject({
    status: 503,
    body: { code: 'database_unavailable', status: 503, detail: expect.any(String) },
  });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

interface Session {
  readonly access_token: string;
  refresh_token: string;
}

// The largest file that a process may write stands for the disk: a limit of its own, which needs no
// rights, and which another process can lift again.
const bash = 'bash';
const prlimit = 'prlimit';
const canLimit =
  process.platform === 'linux' &&
  spawnSync(bash, ['-c', 'ulimit -S -f 1000']).status === 0 &&
  spawnSync(prlimit, ['--version']).status === 0;

function limitedTo(kilobytes: number) {
  return { prefix: [bash, '-c', `ulimit -S -f ${kilobytes}; exec "$0" "$@"`] };
}

/** @param limit in bytes */
function setLimit(server: ServerProcess, limit: number | 'unlimited'): void {
  const pid = String(server.process.pid);
  expect(spawnSync(prlimit, ['--pid', pid, `--fsize=${limit}:unlimited`]).status).toBe(0);
}

describe.skipIf(!canLimit)('a file that may not grow any more', () => {
  test('no write is half done, none that was acknowledged is lost, and no restart is needed', async () => {
    using folder = temporaryFolder();
    await using server = await startServerProcess({
      folder: folder.path,
      environment: { LATCHKEY_ACCESS_TOKEN_LIFETIME: '3600' },
    });
    const post = (path: string, json: unknown) => send(server.origin, 'POST', path, { json });
    const me = (token: string, json?: unknown) =>
      send(server.origin, json ? 'PUT' : 'GET', '/api/me/', json ? { token, json } : { token });
    const credentials = { email: 'ada@example.com', password: goodPassword };
    expect((await post('/api/register/', credentials)).status).toBe(201);
    const logins = await Promise.all(
      Array.from({ length: 20 }, () => post('/api/login/', credentials)),
    );
    expect(new Set(logins.map(({ status }) => status))).toEqual(new Set([200]));
    const sessions: Session[] = logins.map(({ body }) => body);
    const [first, second] = sessions as [Session, Session];
    const log = join(folder.path, 'data', 'latchkey.db-wal');
    const limit = statSync(log).size + 200_000;
    setLimit(server, limit);

    /** All at once, so that they share batches. A token that was not exchanged is kept. */
    async function refreshAll(): Promise<number[]> {
      const answers = await Promise.all(
        sessions.map((session) => post('/api/refresh/', { refresh_token: session.refresh_token })),
      );
      answers.forEach((answer, index) => {
        if (answer.status === 200) {
          (sessions[index] as Session).refresh_token = answer.body.refresh_token;
        } else {
          expectUnavailable(answer);
        }
      });
      return answers.map((answer) => answer.status);
    }

    /** A batch of one is the smallest write: where it finds no room, nothing does. */
    async function isThereRoom(): Promise<boolean> {
      for (const session of sessions) {
        const { refresh_token } = session;
        const answer = await post('/api/refresh/', { refresh_token });
        if (answer.status === 200) {
          session.refresh_token = answer.body.refresh_token;
          return true;
        }
        expectUnavailable(answer);
      }
      return false;
    }

    const fullSinceMs = performance.now();
    let isFull = false;
    let username = '';
    for (let round = 0; round < 500 && !isFull; round += 1) {
      const name = `ada${round}`;
      const changed = await me(first.access_token, { username: name });
      if (changed.status === 200) username = name;
      else expectUnavailable(changed);
      isFull = (await refreshAll()).every((status) => status === 503) && !(await isThereRoom());
    }
    expect(isFull).toBe(true);
    expect(statSync(log).size).toBe(limit);

    const ready = () => send(server.origin, 'GET', '/readyz');
    expect((await ready()).body.failed_checks).toEqual(['writes']);

    // Whatever writes is refused, again and again; whatever reads is not.
    for (let round = 0; round < 3; round += 1) {
      expect(new Set(await refreshAll())).toEqual(new Set([503]));
      expectUnavailable(await post('/api/register/', { ...credentials, email: `${round}@b.co` }));
      expectUnavailable(await post('/api/login/', credentials));
      expectUnavailable(await post('/api/logout/', { refresh_token: second.refresh_token }));
      expectUnavailable(await me(first.access_token, { username: 'nobody' }));
      for (const { access_token } of sessions) {
        expect(await me(access_token)).toMatchObject({
          status: 200,
          body: { username, email: credentials.email },
        });
      }
      const wrong = await post('/api/login/', { ...credentials, password: 'wrong' });
      expect(wrong.body.code).toBe('invalid_credentials');
    }

    const fullForSeconds = (performance.now() - fullSinceMs) / 1_000;
    const lines = server.log().split('\n');
    const told = lines.filter((line) => line.includes('"msg":"the database is unavailable"'));
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(fullForSeconds + 2); // one a second: hundreds were refused
    expect(told[0]).toContain('"cause":"disk I/O error"'); // what the limit is to SQLite
    const failed = lines.filter((line) => line.includes('"msg":"request failed"'));
    expect(failed.filter((line) => !line.includes('"code":"not_ready"'))).toEqual([]);

    setLimit(server, 'unlimited');
    await until(async () => (await ready()).status === 200); // by itself
    expect(new Set(await refreshAll())).toEqual(new Set([200]));
    expect((await me(first.access_token, { username: 'again' })).status).toBe(200);
    expect((await post('/api/logout/', { refresh_token: second.refresh_token })).status).toBe(200);
    const late = { ...credentials, email: '0@b.co' };
    expect((await post('/api/login/', late)).status).toBe(401); // its registration was refused
    expect((await post('/api/register/', late)).status).toBe(201);
    server.process.kill('SIGTERM');
    expect((await server.ended()).status).toBe(0);
    expect(server.log()).not.toContain('"level":50');

    using file = new DatabaseSync(join(folder.path, 'data', 'latchkey.db'));
    expect(file.prepare('pragma integrity_check').get()?.integrity_check).toBe('ok');
    expect(file.prepare('select count(*) as n from users').get()?.n).toBe(2);
  });

  test('a backup that finds no space names the file that could not be written', async () => {
    using folder = temporaryFolder();
    await using stored = await createTestDatabase();
    const backup = [process.execPath, builtMain, 'backup', join(folder.path, 'copy.db')];
    const [command = '', ...limit] = limitedTo(40).prefix; // the -shm takes 32, the copy more
    const full = spawnSync(command, [...limit, ...backup, '--database', stored.url], {
      encoding: 'utf8',
      env: isolatedEnvironment({ LATCHKEY_DATA_DIR: folder.path }),
    });
    expect(full).toMatchObject({ status: 1, stdout: '' });
    expect(full.stderr).toMatch(/^The disk \S+ .*copy\.db .*\n$/);
    expect(full.stderr).not.toContain('latchkey.db');
    expect(readdirSync(folder.path)).toEqual([]);

    const at = { code: 'ENOSPC', path: '/there/copy.db', dest: '/here/latchkey.db' };
    const { text } = explainError(Object.assign(new Error('no space'), at));
    expect(text).toMatch(/^Cannot use \/here\/latchkey\.db: there is no space left/);
  });

  test('a log that cannot grow loses lines, and stops nobody', async () => {
    const limitKb = 800; // enough to make a database
    using folder = temporaryFolder();
    const path = join(folder.path, 'log');
    const fd = openSync(path, 'a');
    await using server = await startServerProcess({
      folder: folder.path,
      ...limitedTo(limitKb),
      logFd: fd,
    });
    closeSync(fd);
    const nowhere = () => send(server.origin, 'GET', '/nowhere');
    while (statSync(path).size < limitKb * 1024) expect((await nowhere()).status).toBe(404);
    for (let n = 0; n < 300; n += 1) expect((await nowhere()).status).toBe(404);
    setLimit(server, 'unlimited');
    await sleep(400); // what was lost is given up
    const { headers } = await nowhere();
    server.process.kill('SIGTERM');
    expect((await server.ended()).status).toBe(0);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const entries = lines.flatMap((line) => {
      try {
        return [JSON.parse(line) as { req_id?: string; msg: string }];
      } catch {
        return []; // the one that was cut
      }
    });
    expect(entries.length).toBeGreaterThanOrEqual(lines.length - 1);
    expect(entries.some((entry) => entry.req_id === headers.get('x-request-id'))).toBe(true);
    expect(entries.at(-1)?.msg).toBe('stopped');
  });
});

describe('a database that may not grow any more', () => {
  test('a transaction fails as a whole in its middle, and the next is served', async () => {
    await using server = await startServer();
    const { db } = server.deps.database;
    const { email } = await server.signUp();
    const login = () =>
      server.send('POST', '/api/login/', { json: { email, password: goodPassword } });
    const count = async () =>
      (await sql<{ n: number }>`select count(*) as n from sessions`.execute(db)).rows[0]?.n ?? 0;

    await sql`pragma max_page_count = 1`.execute(db); // as many as there are: it cannot go below
    let answer = await login();
    let sessions = 2;
    while (answer.status === 200) {
      answer = await login();
      if (answer.status === 200) sessions += 1;
      if (sessions > 20) {
        // Rows are small: with long ones the page is full sooner.
        const long = 'x'.repeat(3_000);
        await sql`insert into settings (name, value) values (${long}, '1')`
          .execute(db)
          .catch(() => 0);
      }
    }
    expectUnavailable(answer);
    expect(await count()).toBe(sessions);
    await sql`pragma max_page_count = 1000000`.execute(db);
    expect((await login()).status).toBe(200);
    expect(await count()).toBe(sessions + 1);
  });

  test('a batch of which one call fails fails as a whole, and no token of it is lost', async () => {
    await using server = await startServer();
    const { db } = server.deps.database;
    const users = await Promise.all(Array.from({ length: 8 }, () => server.signUp()));
    const refreshAll = () =>
      Promise.all(
        users.map(({ refresh_token }) =>
          server.send('POST', '/api/refresh/', { json: { refresh_token } }),
        ),
      );
    await sql`
      create trigger one_fails before update on sessions when old.id = 5
      begin select raise(abort, 'not this one'); end`.execute(db);
    const failed = await refreshAll();
    const statuses = failed.map((answer) => answer.status);
    expect(statuses).toContain(500);
    await sql`drop trigger one_fails`.execute(db);
    const after = await refreshAll();
    after.forEach((answer, index) => {
      // Each of them is good once: those that were renewed before are refused now, all others not.
      expect(answer.status).toBe(statuses[index] === 200 ? 400 : 200);
    });
  });
});
