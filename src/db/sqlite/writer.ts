import { unavailable } from '../errors.ts';
import type { SqliteConnection } from './connection.ts';
import { WriteLock } from './write-lock.ts';

/**
 * How long a write waits, for its turn among the writes of this process and then for another process
 * (the CLI, a backup) to let go of the file.
 */
const defaultWaitLimitMs = 5_000;

export interface Written<Row> {
  readonly rows: Row[];
  readonly changes: number;
}

/**
 * The one connection of a process that writes. What it says is done is on disk, and what it says
 * failed changed nothing.
 */
export class SqliteWriter {
  readonly #connection: SqliteConnection;
  readonly #lock = new WriteLock();
  readonly #onCommit: () => void;
  readonly #waitLimitMs: number;

  /** @param onCommit told after each write, before whoever asked for it knows */
  constructor(
    connection: SqliteConnection,
    onCommit: () => void,
    waitLimitMs = defaultWaitLimitMs,
  ) {
    this.#connection = connection;
    this.#onCommit = onCommit;
    this.#waitLimitMs = waitLimitMs;
  }

  /** Runs one statement as a transaction of its own. */
  async run<Row>(sql: string, parameters: readonly unknown[]): Promise<Written<Row>> {
    return this.#inTurn(async (giveUpAt) => {
      try {
        const rows = await this.#connection.write<Row>(sql, parameters, giveUpAt);
        this.#onCommit();
        return { rows, changes: this.#connection.changes() };
      } finally {
        this.#lock.release();
      }
    });
  }

  /** Begins a transaction, which the caller must commit or roll back. */
  async begin(): Promise<void> {
    await this.#inTurn(async (giveUpAt) => {
      try {
        await this.#connection.write('begin immediate', [], giveUpAt);
      } catch (error) {
        this.#lock.release();
        throw error;
      }
    });
  }

  /** Runs one statement of the transaction that is open. */
  runInTransaction<Row>(sql: string, parameters: readonly unknown[]): Written<Row> {
    this.#requireTransaction();
    const rows = this.#connection.all<Row>(sql, parameters);
    return { rows, changes: this.#connection.changes() };
  }

  /** Where this throws the transaction is still to be rolled back. */
  commit(): void {
    this.#requireTransaction();
    this.#connection.exec('commit');
    this.#onCommit();
    this.#lock.release();
  }

  /** Never throws, so that the reason for it is what is reported. */
  rollback(): void {
    try {
      this.#connection.rollback();
    } catch {
      // Nothing is committed by that; whoever comes next tries again, and writes nothing before.
    } finally {
      this.#lock.release();
    }
  }

  /** Finishes the writes that wait, and refuses others from now on. */
  finish(): Promise<void> {
    return this.#lock.close();
  }

  /** Runs a task that releases the lock. */
  async #inTurn<T>(task: (giveUpAt: number) => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + this.#waitLimitMs;
    await this.#lock.acquire(giveUpAt);
    try {
      this.#connection.rollback(); // a transaction that could not be rolled back at its end
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    return task(giveUpAt);
  }

  /**
   * A full disk or a failed one makes SQLite roll back on its own. What follows must not then run
   * outside of any transaction, one by one.
   */
  #requireTransaction(): void {
    if (this.#connection.inTransaction) return;
    throw unavailable(new Error('SQLite has rolled the transaction back.'));
  }
}
