import type { CompiledQuery, Kysely, Transaction } from 'kysely';
import type { Answer } from '../lib/answer.ts';
import type { Schema } from './schema.ts';

/** What queries take first: the database, or the transaction that they join. */
export type Db = Kysely<Schema> | Transaction<Schema>;

/** One open database, of either engine. */
export interface Database {
  readonly engine: 'sqlite';
  /** Where it is, without credentials, for people. */
  readonly location: string;
  readonly db: Kysely<Schema>;
  /**
   * A number that changes when any connection, of this process or another, has committed. Looked up
   * at most once in a turn of the event loop, so it costs a hot path next to nothing.
   */
  version(): number;
  /**
   * Runs a query that was compiled before, without the per-call work of the query builder. A
   * statement that writes is a durable transaction of its own.
   *
   * @throws AppError `database_unavailable` where the database cannot take it now
   */
  run<Row>(query: CompiledQuery<Row>): Answer<Row[]>;
  close(): Promise<void>;
}
