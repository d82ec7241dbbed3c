import type { CompiledQuery, Kysely, Transaction } from 'kysely';
import type { Answer } from '../lib/answer.ts';
import type { Schema } from './schema.ts';

/** What queries take first: the database, or the transaction that they join. */
export type Db = Kysely<Schema> | Transaction<Schema>;

export interface TransactOptions {
  /**
   * `serializable` is for a task whose writes depend on rows that it read, if no row exists that it could lock.
   * SQLite, which has one writer, is always serializable.
   */
  readonly isolation?: 'serializable';
}

/** One open database, of either engine. */
export type Database = SqliteDatabase | PostgresDatabase;

export interface SqliteDatabase extends AnyDatabase {
  readonly engine: 'sqlite';
  /**
   * Runs a query for each list of parameters, as one durable transaction; gives the first row of each.
   * PostgreSQL takes one statement for all of them better: it is one round trip.
   */
  runEach<Row>(
    query: CompiledQuery<Row>,
    parameters: readonly (readonly unknown[])[],
  ): Promise<(Row | undefined)[]>;
}

export interface PostgresDatabase extends AnyDatabase {
  readonly engine: 'postgres';
}

/** What both engines give. */
interface AnyDatabase {
  /** Where it is, without credentials, for people. */
  readonly location: string;
  readonly db: Kysely<Schema>;
  /**
   * A number that changes when something is committed that may matter to what is remembered of users and their
   * sessions (`sqlite/remembered.ts`): at once if this process commits it, within a millisecond if another does.
   * Undefined if only a query could tell (PostgreSQL).
   */
  version(): number | undefined;
  /**
   * A number that changes when settings or signing keys may have changed. As exact as `version` on
   * SQLite; on PostgreSQL at most half a second behind what other processes have committed.
   */
  changes(): number;
  /** This process has changed settings or keys: `changes` says so from now on. */
  noteChange(): void;
  /**
   * Runs a query that was compiled before, without the per-call work of the query builder. A statement that writes is
   * a durable transaction itself.
   *
   * @throws AppError `database_unavailable` if the database cannot run it now
   */
  run<Row>(query: CompiledQuery<Row>): Answer<Row[]>;
  /**
   * Runs a task as one transaction: all of it or nothing. If it conflicts with a concurrent transaction it is run
   * again, so it must do nothing but query.
   *
   * @throws AppError `database_unavailable` if the database cannot run it now
   */
  transact<T>(task: (trx: Db) => Promise<T>, options?: TransactOptions): Promise<T>;
  /**
   * As `transact`, for short tasks that many requests have at once and that nothing but the database makes fail: on
   * SQLite those that arrive together share one transaction, and its commit. Each is answered once it is on disk. A task
   * may be run again.
   */
  transactTogether<T>(task: (trx: Db) => Promise<T>): Promise<T>;
  /**
   * Whether the last write failed for what may pass, such as a full disk. Absent where the server says
   * itself whether it takes any (PostgreSQL).
   */
  hasFailedWrite?(): boolean;
  close(): Promise<void>;
}
