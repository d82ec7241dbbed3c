import { AppError } from '../../errors/index.ts';
import { unavailable } from '../errors.ts';
import type { SqliteConnection, Written } from './connection.ts';
import type { LogSync } from './log-sync.ts';
import { WriteLock } from './write-lock.ts';

/**
 * How long a write waits: for its turn among the writes of this process, and for another process (the
 * CLI, a backup) to let go of the file.
 */
const defaultWaitLimitMs = 5_000;

/** One transaction. Its statements run at once; nobody else's come between them. */
export interface WriterTask {
  run<Row>(sql: string, parameters: readonly unknown[]): Written<Row>;
  /** Fulfilled once it is on disk. Where this throws, the task is still to be rolled back. */
  commit(): Promise<void>;
  /**
   * Fulfilled once those commits are on disk that the task has seen: the reason that it fails for may be
   * one of them. Never throws, so that this reason is what is reported.
   */
  rollback(): Promise<void>;
}

/**
 * The one connection of a process that writes. What it says is done is on disk, and what it says
 * failed changed nothing; only of a disk that fails in a sync is nothing known.
 *
 * A commit is over in microseconds, and the next task has its turn while the disk is at it.
 */
export class SqliteWriter {
  readonly #connection: SqliteConnection;
  readonly #log: LogSync;
  readonly #lock = new WriteLock();
  readonly #onCommit: () => void;
  readonly #waitLimitMs: number;
  #hasFailed = false;

  /** @param onCommit called after each commit, before its caller knows */
  constructor(
    connection: SqliteConnection,
    log: LogSync,
    onCommit: () => void,
    waitLimitMs = defaultWaitLimitMs,
  ) {
    this.#connection = connection;
    this.#log = log;
    this.#onCommit = onCommit;
    this.#waitLimitMs = waitLimitMs;
  }

  /** Runs one statement, which is a transaction itself. SQLite undoes it if it fails. */
  async run<Row>(sql: string, parameters: readonly unknown[]): Promise<Written<Row>> {
    const giveUpAt = await this.#enter();
    let written: Written<Row>;
    let synced: Promise<void>;
    try {
      written = await this.#connection.write<Row>(sql, parameters, giveUpAt);
      synced = this.#noteCommit();
    } catch (error) {
      this.#noteFailure(error);
      this.#lock.release();
      await this.pending; // what it fails for may be on its way to the disk
      throw error;
    }
    this.#lock.release();
    await synced;
    return written;
  }

  /**
   * Runs one statement for each list of values, as one transaction: all of it or nothing.
   *
   * @returns the first row that each gave
   */
  async runEach<Row>(
    sql: string,
    values: readonly (readonly unknown[])[],
  ): Promise<(Row | undefined)[]> {
    const task = await this.begin();
    let rows: (Row | undefined)[];
    let synced: Promise<void>;
    try {
      rows = values.map((parameters) => task.run<Row>(sql, parameters).rows[0]);
      synced = task.commit();
    } catch (error) {
      await task.rollback();
      throw error;
    }
    await synced;
    return rows;
  }

  /** Begins a transaction, which the caller must commit or roll back. */
  async begin(): Promise<WriterTask> {
    const giveUpAt = await this.#enter();
    try {
      await this.#connection.write('begin immediate', [], giveUpAt);
    } catch (error) {
      this.#noteFailure(error);
      this.#lock.release();
      throw error;
    }
    let isOver = false;
    const end = (): void => {
      isOver = true;
      this.#lock.release();
    };
    /**
     * A full disk or a failed one makes SQLite roll back on its own. What follows must not then run
     * outside of any transaction, one by one; nor in another's, after the end.
     */
    const run = <Row>(sql: string, parameters: readonly unknown[]): Written<Row> => {
      if (isOver || !this.#connection.inTransaction) {
        throw unavailable(new Error('The transaction is over.'));
      }
      try {
        return this.#connection.run<Row>(sql, parameters);
      } catch (error) {
        this.#noteFailure(error);
        throw error;
      }
    };
    return {
      run,
      commit: () => {
        run('commit', []);
        end();
        return this.#noteCommit();
      },
      rollback: () => {
        if (!isOver) {
          this.#rollBack();
          end();
        }
        return this.pending ?? Promise.resolve();
      },
    };
  }

  /**
   * Fulfilled once what is committed now is on disk, or known to be in doubt; undefined if nothing is under way. An
   * answer from data that was read waits for it.
   */
  get pending(): Promise<void> | undefined {
    return this.#log.pending?.catch(() => undefined);
  }

  /** Whether the file did not take the last write, for what may pass. */
  get hasFailed(): boolean {
    return this.#hasFailed || this.#log.failure !== undefined;
  }

  /** Finishes the writes that wait, and refuses others from now on. */
  async finish(): Promise<void> {
    await this.#lock.close();
    await this.#log.close();
  }

  /**
   * Waits for the connection, and prepares it for a transaction.
   *
   * @returns when the caller gives up waiting for the file, on the clock of `performance.now()`
   */
  async #enter(): Promise<number> {
    const giveUpAt = performance.now() + this.#waitLimitMs;
    await this.#lock.acquire(giveUpAt);
    try {
      this.#connection.rollback(); // a transaction that could not be rolled back at its end
      if (this.#log.failure) this.#recover();
      return giveUpAt;
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** Puts what is committed on disk in another way than by the sync that failed. */
  #recover(): void {
    const [row] = this.#connection.all<{ busy: number }>('pragma wal_checkpoint(truncate)');
    if (row?.busy !== 0) throw unavailable(this.#log.failure);
    this.#log.recover();
  }

  #noteFailure(error: unknown): void {
    if (error instanceof AppError) this.#hasFailed = true; // else the statement caused it
  }

  #noteCommit(): Promise<void> {
    this.#hasFailed = false;
    this.#onCommit();
    return this.#log.add();
  }

  #rollBack(): void {
    try {
      this.#connection.rollback();
    } catch {
      // Nothing is committed by that; the next caller tries again, and writes nothing before.
    }
  }
}
