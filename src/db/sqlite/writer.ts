import { unavailable } from '../errors.ts';
import { CommitGroup } from './commit-group.ts';
import type { SqliteConnection } from './connection.ts';
import { WriteLock } from './write-lock.ts';

/**
 * How long a write waits: for its turn among the writes of this process, for another process (the CLI,
 * a backup) to let go of the file, and for those that share its commit.
 */
const defaultWaitLimitMs = 5_000;

/** How many tasks share a commit at most. It bounds what one turn of the event loop has to do. */
const maxTasks = 128;

export interface Written<Row> {
  readonly rows: Row[];
  readonly changes: number;
}

/** One transaction. Its statements run at once; nobody else's come between them. */
export interface WriterTask {
  run<Row>(sql: string, parameters: readonly unknown[]): Written<Row>;
  /**
   * Fulfilled once it is on disk. Where this throws, or is rejected, nothing is kept; where it throws,
   * the task is still to be rolled back.
   */
  commit(): Promise<void>;
  /**
   * Fulfilled once those are on disk whose changes the task saw before them: the reason that it fails
   * for may be one of them. Never throws, so that this reason is what is reported.
   */
  rollback(): Promise<void>;
}

/**
 * The one connection of a process that writes. What it says is done is on disk, and what it says
 * failed changed nothing.
 *
 * Group commit: tasks that arrive in one turn of the event loop run one after the other, each in a
 * savepoint of its own, inside one transaction, so that the sync of the disk is paid once for all of
 * them. One that fails takes nothing of the others with it. Each is answered after the commit.
 */
export class SqliteWriter {
  readonly #connection: SqliteConnection;
  readonly #lock = new WriteLock();
  readonly #onCommit: () => void;
  readonly #waitLimitMs: number;
  /** The transaction that is open, if any. */
  #group: CommitGroup | undefined;
  /** Ends the task that uses the connection, whatever it is at. */
  #expel: (() => void) | undefined;

  /** @param onCommit told after each commit, before whoever asked for it knows */
  constructor(
    connection: SqliteConnection,
    onCommit: () => void,
    waitLimitMs = defaultWaitLimitMs,
  ) {
    this.#connection = connection;
    this.#onCommit = onCommit;
    this.#waitLimitMs = waitLimitMs;
  }

  /** Runs one statement, which is a task of its own. SQLite undoes one that fails. */
  async run<Row>(sql: string, parameters: readonly unknown[]): Promise<Written<Row>> {
    const giveUpAt = performance.now() + this.#waitLimitMs;
    await this.#lock.acquire(giveUpAt);
    return this.#runTask(giveUpAt, sql, parameters);
  }

  /**
   * Runs one statement that stands for many calls already: it waits for no others to share its commit
   * with. And in a commit of its own SQLite need not be able to undo it alone, which costs for so many
   * rows.
   */
  async runBatch<Row>(sql: string, parameters: readonly unknown[]): Promise<Written<Row>> {
    const giveUpAt = performance.now() + this.#waitLimitMs;
    await this.#lock.acquire(giveUpAt);
    if (this.#group) return this.#runTask(giveUpAt, sql, parameters);
    try {
      this.#connection.rollback(); // a transaction that could not be rolled back at its end
      const rows = await this.#connection.write<Row>(sql, parameters, giveUpAt);
      this.#onCommit();
      return { rows, changes: this.#connection.changes() };
    } finally {
      this.#lock.release();
    }
  }

  /** Begins a transaction, which the caller must commit or roll back. */
  async begin(): Promise<WriterTask> {
    const giveUpAt = performance.now() + this.#waitLimitMs;
    await this.#lock.acquire(giveUpAt);
    const group = await this.#join(giveUpAt);
    let isOver = false;
    const end = (): void => {
      isOver = true;
      this.#expel = undefined;
      this.#leave();
    };
    const expel = (): void => {
      this.#undoTask(group);
      end();
    };
    const requireOpen = (): void => {
      if (isOver) throw unavailable(new Error('The transaction took too long.'));
    };
    try {
      this.#execute(group, 'savepoint task', []);
    } catch (error) {
      this.#leave();
      throw error;
    }
    this.#expel = expel;
    return {
      run: (sql, parameters) => {
        requireOpen();
        return this.#execute(group, sql, parameters);
      },
      commit: () => {
        requireOpen();
        this.#execute(group, 'release task', []);
        group.add(giveUpAt);
        end();
        return group.committed;
      },
      rollback: () => {
        if (!isOver) expel();
        return group.settled;
      },
    };
  }

  /** Finishes the writes that wait, and refuses others from now on. */
  async finish(): Promise<void> {
    await this.#lock.close();
    if (this.#group) this.#commit(this.#group);
  }

  async #runTask<Row>(
    giveUpAt: number,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<Written<Row>> {
    const group = await this.#join(giveUpAt);
    let written: Written<Row>;
    try {
      written = this.#execute<Row>(group, sql, parameters);
    } catch (error) {
      this.#leave();
      await group.settled; // what it saw, and fails for, may be what another one has yet to commit
      throw error;
    }
    group.add(giveUpAt);
    this.#leave();
    await group.committed;
    return written;
  }

  /** Gives the transaction to whoever has its turn; waits for the file where none is open. */
  async #join(giveUpAt: number): Promise<CommitGroup> {
    try {
      this.#group ??= await this.#open(giveUpAt);
      return this.#group;
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** What every task ends with, whether or not anything is kept of it. */
  #leave(): void {
    const group = this.#group;
    if (group?.isComplete(maxTasks, this.#waitLimitMs)) this.#commit(group);
    this.#lock.release();
  }

  async #open(giveUpAt: number): Promise<CommitGroup> {
    this.#connection.rollback(); // a transaction that could not be rolled back at its end
    await this.#connection.write('begin immediate', [], giveUpAt);
    const group = new CommitGroup();
    // The end of this turn: whatever the same poll brought is in the group by then.
    setImmediate(() => this.#fallDue(group));
    return group;
  }

  #fallDue(group: CommitGroup): void {
    if (group !== this.#group) return;
    if (!this.#lock.held) {
      this.#commit(group);
      return;
    }
    // A task has let the event loop turn, and is not over. Those before it wait for it, but no longer
    // than anybody waits.
    group.fallDue(() => this.#expel?.());
  }

  #commit(group: CommitGroup): void {
    this.#group = undefined;
    if (group.size === 0) {
      this.#rollBackAll();
      group.succeed();
      return;
    }
    try {
      this.#connection.all('commit');
    } catch (error) {
      this.#rollBackAll();
      group.fail(group.size === 1 ? error : unavailable(error)); // of several it is nobody's own fault
      return;
    }
    this.#onCommit();
    group.succeed();
  }

  /**
   * Runs a statement of the task that has its turn.
   *
   * A full disk or a failed one makes SQLite roll back on its own: all who share the transaction have
   * lost what they did. What follows must not then run outside of any transaction, one by one.
   */
  #execute<Row>(group: CommitGroup, sql: string, parameters: readonly unknown[]): Written<Row> {
    if (group !== this.#group || !this.#connection.inTransaction) {
      throw unavailable(new Error('SQLite has rolled the transaction back.'));
    }
    try {
      const rows = this.#connection.all<Row>(sql, parameters);
      return { rows, changes: this.#connection.changes() };
    } catch (error) {
      if (!this.#connection.inTransaction) this.#lose(group, error);
      throw error;
    }
  }

  /** Undoes what the task that has its turn has done, and nothing else. */
  #undoTask(group: CommitGroup): void {
    if (group !== this.#group) return; // SQLite has, and more
    try {
      this.#connection.all('rollback to task');
      this.#connection.all('release task');
    } catch (error) {
      this.#rollBackAll();
      this.#lose(group, error);
    }
  }

  /** Nothing of a group will be kept. */
  #lose(group: CommitGroup, cause: unknown): void {
    this.#group = undefined;
    group.fail(unavailable(cause));
  }

  #rollBackAll(): void {
    try {
      this.#connection.rollback();
    } catch {
      // Nothing is committed by that; whoever comes next tries again, and writes nothing before.
    }
  }
}
