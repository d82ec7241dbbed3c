import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
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
import type { Answer } from '../../lib/answer.ts';
import type { SqliteConnection } from './connection.ts';
import { createTurns } from './turns.ts';
import type { SqliteWriter, WriterTask } from './writer.ts';

/** The two connections of one process to one file: in WAL mode readers never wait for the writer. */
export interface SqliteConnections {
  readonly reader: Pick<SqliteConnection, 'all'>;
  readonly writer: Pick<SqliteWriter, 'pending' | 'run' | 'begin'>;
}

/**
 * Reads what is committed, at once. The rows are returned once all of that is on disk, so that answers never contain
 * what could still be lost.
 */
export function readSynced<Row>(
  { reader, writer }: SqliteConnections,
  sql: string,
  parameters: readonly unknown[],
): Answer<Row[]> {
  const rows = reader.all<Row>(sql, parameters);
  return writer.pending?.then(() => rows) ?? rows;
}

/**
 * Kysely on `node:sqlite`. A SELECT outside a transaction runs on the reader; everything else runs on
 * the writer, one task at a time. Each runs at once, unless those before it have taken their time
 * (`turns.ts`).
 */
export function sqliteDialect(connections: SqliteConnections): Dialect {
  const takeTurn = createTurns();
  return {
    createAdapter: () => new NodeSqliteAdapter(),
    createDriver: () => new NodeSqliteDriver({ ...connections, takeTurn }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new NodeSqliteQueryCompiler(),
  };
}

/** Kysely on a file that is only looked at. */
export function readOnlyDialect(file: DatabaseSync): Dialect {
  const refuse = async () => {
    throw new Error('This file is looked at and not touched.');
  };
  return sqliteDialect({
    reader: {
      all: <Row>(sql: string, parameters: readonly unknown[] = []) =>
        file.prepare(sql).all(...(parameters as SQLInputValue[])) as Row[],
    },
    writer: { pending: undefined, run: refuse, begin: refuse },
  });
}

const rowLocks: ReadonlySet<string | undefined> = new Set([
  'ForUpdate',
  'ForNoKeyUpdate',
  'ForShare',
  'ForKeyShare',
  'SkipLocked',
]);

class NodeSqliteQueryCompiler extends SqliteQueryCompiler {
  /** Rows need no locks here: a transaction that is open keeps every other writer out. */
  protected override visitSelectQuery(node: SelectQueryNode): void {
    const endModifiers = node.endModifiers?.filter(({ modifier }) => !rowLocks.has(modifier));
    super.visitSelectQuery(endModifiers ? { ...node, endModifiers } : node);
  }
}

class NodeSqliteAdapter extends SqliteAdapter {
  /** Otherwise Kysely lets every read wait for a transaction that is open: it takes us for one connection. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  /** SQLite rolls back DDL like anything else; without this a failed migration stays half applied. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

interface DriverOptions extends SqliteConnections {
  readonly takeTurn: () => Promise<void>;
}

class Lease implements DatabaseConnection {
  readonly #connections: DriverOptions;
  /** The transaction that is open. */
  task: WriterTask | undefined;

  constructor(connections: DriverOptions) {
    this.#connections = connections;
  }

  async executeQuery<Row>({ query, sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { writer, takeTurn } = this.#connections;
    await takeTurn();
    if (!this.task && SelectQueryNode.is(query)) {
      return { rows: await readSynced<Row>(this.#connections, sql, parameters) };
    }
    const { rows, changes } = this.task
      ? this.task.run<Row>(sql, parameters)
      : await writer.run<Row>(sql, parameters);
    return { rows, numAffectedRows: BigInt(changes) };
  }

  // biome-ignore lint/correctness/useYield: the interface wants a generator; nothing here streams yet
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('Streaming is not supported on SQLite; page by key.');
  }
}

class NodeSqliteDriver implements Driver {
  readonly #connections: DriverOptions;

  constructor(connections: DriverOptions) {
    this.#connections = connections;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Lease> {
    return new Lease(this.#connections);
  }

  async beginTransaction(lease: Lease): Promise<void> {
    lease.task = await this.#connections.writer.begin();
  }

  async commitTransaction(lease: Lease): Promise<void> {
    await lease.task?.commit(); // where it throws, Kysely rolls back
    lease.task = undefined;
  }

  async rollbackTransaction(lease: Lease): Promise<void> {
    await lease.task?.rollback();
    lease.task = undefined;
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}
