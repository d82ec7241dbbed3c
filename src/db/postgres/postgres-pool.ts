import type { EventEmitter } from 'node:events';
import pg from 'pg';
import { AppError } from '../../errors/index.ts';
import {
  ConnectionLostError,
  isTooManyConnections,
  translateDatabaseError,
  unavailable,
} from '../errors.ts';
import type { PostgresTarget } from './connection-url.ts';
import { becameReadOnly, GuardedClient, isConnectionError, types } from './guarded-client.ts';

export interface PoolOptions {
  /** The most connections at once. */
  readonly size: number;
  /** How long one statement may take; 0: any time. */
  readonly statementLimitMs: number;
  /** How long a statement may wait for the lock of another; 0: any time. */
  readonly lockLimitMs: number;
}

/** A connection must be established within this time. */
const connectLimitMs = 2_000;
/** How long after its own limit a statement is given up that the server did not end. */
const answerMarginMs = 1_000;
/** How often a database that is away is tried. */
const probePauseMs = 250;
/** How many may wait for a connection; one more is refused. */
const maxWaiting = 2_000;

/**
 * The connections to PostgreSQL. While the database is known to be away every call fails at once, so
 * that nothing piles up; it is tried again and again in the background, and used as soon as it is
 * back. Of several hosts the one is used that takes writes.
 */
export class PostgresPool {
  readonly options = {};
  readonly #pools: readonly pg.Pool[];
  #current: pg.Pool;
  /** Why the database is away; undefined: it is there, as far as is known. */
  #away: unknown;
  /** Under way while it is not known which host to use. */
  #search: Promise<void> | undefined;
  #isChosen: boolean;
  #retry: NodeJS.Timeout | undefined;
  #ending: Promise<void> | undefined;

  constructor(targets: readonly [PostgresTarget, ...PostgresTarget[]], options: PoolOptions) {
    const [first, ...others] = targets;
    this.#current = openPool(first, options);
    this.#pools = [this.#current, ...others.map((target) => openPool(target, options))];
    this.#isChosen = others.length === 0;
    for (const pool of this.#pools) {
      pool.on('connect', (client) => {
        // After a failover: another of several hosts is the primary now.
        (client as EventEmitter).on(becameReadOnly, () => {
          if (pool === this.#current) this.#isChosen = others.length === 0;
        });
      });
    }
  }

  /**
   * A connection, which the caller must release.
   *
   * @throws AppError `database_unavailable`, `overloaded`
   */
  async connect(): Promise<pg.PoolClient> {
    if (this.#away !== undefined) throw unavailable(this.#away);
    if (!this.#isChosen) await this.#choose();
    const pool = this.#current;
    if (pool.waitingCount >= maxWaiting) {
      throw new AppError('overloaded', { headers: { 'retry-after': '1' } });
    }
    try {
      return await pool.connect();
    } catch (error) {
      throw this.#failedToConnect(error);
    }
  }

  end(): Promise<void> {
    clearTimeout(this.#retry);
    this.#ending ??= Promise.all(this.#pools.map((pool) => pool.end())).then(() => undefined);
    return this.#ending;
  }

  #failedToConnect(error: unknown): unknown {
    // All our connections are in use, or all of the server's. The open ones go on working.
    if (isPoolBusy(error)) return unavailable(error);
    if (isTooManyConnections(error)) return translateDatabaseError(error);
    const cause = isConnectionError(error) ? new ConnectionLostError(error, false) : error;
    this.#leave(cause);
    return unavailable(cause);
  }

  #leave(cause: unknown): void {
    if (this.#away !== undefined || this.#ending) return;
    this.#away = cause;
    this.#retryLater();
  }

  #retryLater(): void {
    this.#retry = setTimeout(async () => {
      try {
        await this.#findHost();
        this.#away = undefined;
      } catch (error) {
        this.#away = error;
        if (!this.#ending) this.#retryLater();
      }
    }, probePauseMs).unref();
  }

  /** Looks for the host to use, once for all who wait. */
  async #choose(): Promise<void> {
    this.#search ??= this.#findHost().finally(() => {
      this.#search = undefined;
    });
    try {
      await this.#search;
    } catch (error) {
      this.#leave(error);
      throw unavailable(error);
    }
  }

  /** Picks the first host that accepts writes; if none does, the first that answers. */
  async #findHost(): Promise<void> {
    const from = this.#pools.indexOf(this.#current);
    const inTurn = [...this.#pools.slice(from), ...this.#pools.slice(0, from)];
    let answering: pg.Pool | undefined;
    let firstError: unknown;
    for (const pool of inTurn) {
      try {
        const isWritable = await takesWrites(pool);
        answering ??= pool;
        if (!isWritable) continue;
        answering = pool;
        break;
      } catch (error) {
        firstError ??= error;
      }
    }
    if (!answering) throw firstError;
    this.#current = answering;
    this.#isChosen = true;
  }
}

async function takesWrites(pool: pg.Pool): Promise<boolean> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query(
      `select current_setting('transaction_read_only') as answer`,
    );
    return rows[0]?.answer === 'off';
  } finally {
    client.release();
  }
}

function openPool({ config }: PostgresTarget, options: PoolOptions): pg.Pool {
  const { statementLimitMs, lockLimitMs } = options;
  const pool = new pg.Pool({
    application_name: 'latchkey',
    ...config,
    Client: GuardedClient as unknown as NonNullable<pg.PoolConfig['Client']>,
    types,
    max: options.size,
    connectionTimeoutMillis: connectLimitMs,
    keepAlive: true,
    ...(statementLimitMs > 0 && {
      statement_timeout: statementLimitMs,
      query_timeout: statementLimitMs + answerMarginMs,
    }),
    ...(lockLimitMs > 0 && { lock_timeout: lockLimitMs }),
  });
  pool.on('error', () => undefined); // an idle connection that ended: the next call makes another
  return pool;
}

function isPoolBusy(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect';
}
