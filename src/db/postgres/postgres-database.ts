import { setTimeout as sleep } from 'node:timers/promises';
import { type CompiledQuery, Kysely } from 'kysely';
import type { Db, PostgresDatabase, TransactOptions } from '../database.ts';
import { endsConnection, isConflict, isRepeatable } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { type PostgresUrl, readPostgresUrl } from './connection-url.ts';
import { PoolerSafeDialect } from './dialect.ts';
import { type PoolOptions, PostgresPool } from './postgres-pool.ts';
import { watchChanges } from './watch-changes.ts';

export type PostgresOptions = Partial<PoolOptions>;

export const defaultPoolOptions: PoolOptions = {
  size: 10,
  statementLimitMs: 5_000,
  lockLimitMs: 2_000,
};

/** For migrations and moves, which take the time that they take. */
export const noLimits = { statementLimitMs: 0, lockLimitMs: 0 } as const;

/** How often a transaction that lost to others is run again, and for how long. */
const maxTries = 6;
const triesLimitMs = 2_000;

/**
 * Opens a PostgreSQL database. It connects with the first query. While the server is away, each call fails with
 * `database_unavailable`.
 *
 * @throws PostgresUrlError that names every error of the URL
 */
export function openPostgres(
  url: string | PostgresUrl,
  options: PostgresOptions = {},
): PostgresDatabase {
  const { targets, location } = typeof url === 'string' ? readPostgresUrl(url) : url;
  const pool = new PostgresPool(targets, { ...defaultPoolOptions, ...options });
  const db = new Kysely<Schema>({ dialect: new PoolerSafeDialect({ pool }) });
  const watch = watchChanges(ask);
  let closing: Promise<void> | undefined;

  async function ask<Row>({ sql, parameters }: CompiledQuery<Row>): Promise<Row[]> {
    const client = await pool.connect();
    try {
      const { rows } = await client.query(sql, [...parameters]);
      return rows;
    } finally {
      client.release();
    }
  }

  function transact<T>(
    task: (trx: Db) => Promise<T>,
    { isolation }: TransactOptions = {},
  ): Promise<T> {
    const transaction = () =>
      isolation === undefined ? db.transaction() : db.transaction().setIsolationLevel(isolation);
    return again(() => transaction().execute(task), isRepeatable);
  }

  async function close(): Promise<void> {
    watch.stop();
    await db.destroy();
  }

  return {
    engine: 'postgres',
    location,
    db,
    version: () => undefined, // what others commit shows only when it is asked for
    changes: watch.changes,
    noteChange: watch.noteChange,
    run: (query) =>
      again(
        () => ask(query),
        (error) => isConflict(error) || (isRead(query) && endsConnection(error)),
      ),
    transact,
    transactTogether: transact, // a commit waits on the server, which shares its syncs itself
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function isRead({ sql }: CompiledQuery): boolean {
  return /^\s*select\b/i.test(sql);
}

/** Runs a task again, a few times and after a short and random pause, if that is safe. */
async function again<T>(task: () => Promise<T>, isSafe: (error: unknown) => boolean): Promise<T> {
  const giveUpAt = performance.now() + triesLimitMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return await task();
    } catch (error) {
      if (tries >= maxTries || performance.now() > giveUpAt || !isSafe(error)) throw error;
    }
    await sleep(Math.random() * 10 * 2 ** tries);
  }
}
