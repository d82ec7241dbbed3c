import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteConnection } from './connection.ts';
import type { WriteLock } from './write-lock.ts';

/** The two connections of one process to one file: in WAL mode readers never wait for the writer. */
export interface SqliteConnections {
  readonly reader: SqliteConnection;
  readonly writer: SqliteConnection;
  readonly lock: WriteLock;
}

/**
 * Kysely on `node:sqlite`. A SELECT outside a transaction runs on the reader, at once; everything
 * else runs on the writer, one task at a time.
 */
export function sqliteDialect(connections: SqliteConnections): Dialect {
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => new NodeSqliteDriver(connections),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class TransactionalDdlAdapter extends SqliteAdapter {
  /** SQLite rolls back DDL like anything else; without this a failed migration stays half applied. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class Lease implements DatabaseConnection {
  readonly #connections: SqliteConnections;
  inTransaction = false;

  constructor(connections: SqliteConnections) {
    this.#connections = connections;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { reader, lock } = this.#connections;
    if (this.inTransaction) return this.#write(query);
    if (SelectQueryNode.is(query.query))
      return { rows: reader.all<Row>(query.sql, query.parameters) };
    await lock.acquire();
    try {
      return await this.#write<Row>(query);
    } finally {
      lock.release();
    }
  }

  async #write<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { writer } = this.#connections;
    const rows = await writer.write<Row>(query.sql, query.parameters);
    return { rows, numAffectedRows: BigInt(writer.changes()) };
  }

  // biome-ignore lint/correctness/useYield: the interface wants a generator; nothing here streams yet
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('Streaming is not supported on SQLite; page by key.');
  }
}

class NodeSqliteDriver implements Driver {
  readonly #connections: SqliteConnections;

  constructor(connections: SqliteConnections) {
    this.#connections = connections;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Lease> {
    return new Lease(this.#connections);
  }

  async beginTransaction(lease: Lease): Promise<void> {
    const { lock, writer } = this.#connections;
    await lock.acquire();
    try {
      await writer.write('begin immediate');
      lease.inTransaction = true;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  async commitTransaction(lease: Lease): Promise<void> {
    this.#connections.writer.exec('commit'); // where it throws, Kysely rolls back
    this.#end(lease);
  }

  async rollbackTransaction(lease: Lease): Promise<void> {
    try {
      this.#connections.writer.rollback();
    } finally {
      this.#end(lease);
    }
  }

  #end(lease: Lease): void {
    lease.inTransaction = false;
    this.#connections.lock.release();
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}
