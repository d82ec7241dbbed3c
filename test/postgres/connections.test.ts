import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CompiledQuery, sql } from 'kysely';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { sqlState } from '../../src/db/errors.ts';
import { openPostgres, type PostgresOptions } from '../../src/db/postgres/postgres-database.ts';
import { AppError } from '../../src/errors/index.ts';
import { temporaryFolder } from '../harness.ts';
import { makeCertificate } from './make-certificate.ts';
import { startPostgres } from './postgres-server.ts';

/** What the URL and the configuration say of connections, against a real server. */

const url = inject('postgresUrl');
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

/** Asks one thing on a connection of its own. */
async function ask(at: string, text: string, options: PostgresOptions = {}): Promise<unknown> {
  const database = openPostgres(at, { size: 1, ...options });
  try {
    const [row] = await database.run(CompiledQuery.raw(text));
    return (row as { answer: unknown } | undefined)?.answer;
  } finally {
    await database.close();
  }
}

/** Why it fails, under the 503. */
async function problemOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error(`It did not fail as it should: ${error}`);
  expect(error.code).toBe('database_unavailable');
  const words: string[] = [];
  for (let cause = error.options.cause as Error | undefined; cause; cause = cause.cause as Error) {
    words.push(`${(cause as NodeJS.ErrnoException).code} ${cause.message}`);
  }
  return words.join(' ');
}

describe('TLS', () => {
  const isEncrypted = 'select ssl as answer from pg_stat_ssl where pid = pg_backend_pid()';
  const own = inject('postgresCertificate');
  const foreign = join(folder.path, 'foreign.crt');
  writeFileSync(foreign, makeCertificate('localhost').certificate);
  const at = (host: string, parameters: string) =>
    `${url.replace('127.0.0.1', host)}?${parameters}`;

  test.each([
    ['127.0.0.1', 'sslmode=disable', false],
    ['127.0.0.1', 'sslmode=no-verify', true],
    ['127.0.0.1', 'sslmode=require', true],
    ['127.0.0.1', `sslmode=require&sslrootcert=${own}`, true],
    ['127.0.0.1', `sslmode=verify-ca&sslrootcert=${own}`, true],
    ['localhost', `sslmode=verify-full&sslrootcert=${own}`, true],
    ['localhost', `sslrootcert=${own}`, true],
  ])('%s with %s connects', async (host, parameters, encrypted) => {
    expect(await ask(at(host, parameters), isEncrypted)).toBe(encrypted);
  });

  test.each([
    ['127.0.0.1', `sslmode=verify-full&sslrootcert=${own}`, /ALTNAME/], // it is localhost's
    ['localhost', 'sslmode=verify-full', /SELF_SIGNED/],
    ['localhost', `sslmode=verify-full&sslrootcert=${foreign}`, /SIGN|CERT/],
    ['127.0.0.1', `sslmode=verify-ca&sslrootcert=${foreign}`, /SIGN|CERT/],
    ['127.0.0.1', `sslmode=require&sslrootcert=${foreign}`, /SIGN|CERT/],
  ])('%s with %s does not', async (host, parameters, why) => {
    expect(await problemOf(ask(at(host, parameters), isEncrypted))).toMatch(why);
  });
});

describe('channel binding', () => {
  const bound = 'sslmode=require&channel_binding=require';

  test('is used where it is required', async () => {
    await using server = await startPostgres({ checksPasswords: true });
    const at = (parameters: string) => `${server.url}?${parameters}`;
    for (const parameters of [bound, 'sslmode=require&channel_binding=prefer', 'sslmode=require']) {
      expect(await ask(at(parameters), 'select 1 as answer')).toBe(1);
    }
  });

  test('keeps every server out that does not prove itself by it', async () => {
    expect(await problemOf(ask(`${url}?${bound}`, 'select 1 as answer'))).toMatch(
      /channel binding/,
    );
  });
});

describe('several hosts', () => {
  const port = new URL(url).port;
  const whichPort = `select current_setting('port') as answer`;

  test('the one is used that answers', async () => {
    const closed = await closedPort();
    const hosts = [`127.0.0.1:${closed}`, `127.0.0.1:${port}`];
    for (const each of [hosts, hosts.toReversed()]) {
      const at = url.replace(`127.0.0.1:${port}`, each.join(','));
      expect(await ask(at, whichPort)).toBe(port);
    }
  });

  test('where none answers that is said at once', async () => {
    const at = url.replace(port, `${await closedPort()},127.0.0.1:${await closedPort()}`);
    expect(await problemOf(ask(at, whichPort))).toMatch(/ECONNREFUSED/);
  });
});

describe('limits', () => {
  test('a statement that takes too long is ended', async () => {
    const attempt = ask(url, `select pg_sleep(30) as answer`, { statementLimitMs: 50 });
    await expect(attempt.catch((error) => Promise.reject(sqlState(error)))).rejects.toBe('57014');
  });

  test('one that waits too long for another is ended, and the other is not', async () => {
    const database = openPostgres(url, { size: 2, lockLimitMs: 50 });
    try {
      await sql`create table if not exists locked as select 1 as id`.execute(database.db);
      await database.db.transaction().execute(async (trx) => {
        await sql`select id from locked for update`.execute(trx);
        const waiting = sql`update locked set id = 2`.execute(database.db);
        await expect(waiting.catch((error) => Promise.reject(sqlState(error)))).rejects.toBe(
          '55P03',
        );
        await sql`update locked set id = 3`.execute(trx);
      });
      const { rows } = await sql`select id from locked`.execute(database.db);
      expect(rows).toEqual([{ id: 3 }]);
    } finally {
      await sql`drop table if exists locked`.execute(database.db);
      await database.close();
    }
  });

  test('0 leaves both to the database', async () => {
    const off = { statementLimitMs: 0, lockLimitMs: 0 };
    for (const name of ['statement_timeout', 'lock_timeout']) {
      expect(await ask(url, `select current_setting('${name}') as answer`, off)).toBe('0');
    }
  });
});

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
