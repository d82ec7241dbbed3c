import { constants, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy, translateDatabaseError } from '../errors.ts';
import { changesRemembered } from './remembered.ts';

const maxStatements = 256;

interface Prepared {
  readonly statement: StatementSync;
  /** Whether it may change what is remembered; see `remembered.ts`. */
  readonly isNoted: boolean;
}

/** One connection to the database file, with its prepared statements. */
export class SqliteConnection {
  readonly #handle: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();
  #isNoted = false;
  #hasChangedRemembered = false;

  constructor(path: string, options: { readOnly: boolean }) {
    this.#handle = new DatabaseSync(path, {
      readOnly: options.readOnly,
      // Never let the event loop sleep on a lock: `write` waits for it without blocking.
      timeout: options.readOnly ? 1_000 : 0,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
    });
    // Asked when a statement is prepared: of what it does itself, and of what follows from that.
    this.#handle.setAuthorizer((action, table, column) => {
      this.#isNoted ||= changesRemembered(action, table, column);
      return constants.SQLITE_OK;
    });
  }

  /** Runs statements that take no values and give no rows. */
  exec(sql: string): void {
    this.#hasChangedRemembered = true; // it is not looked at
    try {
      this.#handle.exec(sql);
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  /** Runs one statement, at once, on this thread. */
  all<Row>(sql: string, parameters: readonly unknown[] = []): Row[] {
    try {
      return this.#run<Row>(sql, parameters);
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  /** How many rows the last statement changed. */
  changes(): number {
    return this.all<{ n: number }>('select changes() as n')[0]?.n ?? 0;
  }

  /**
   * Runs one statement that writes, waiting for other processes' locks without blocking. It is
   * tried once, however late it is.
   *
   * @param giveUpAt on the clock of `performance.now()`
   */
  async write<Row>(sql: string, parameters: readonly unknown[], giveUpAt: number): Promise<Row[]> {
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
      try {
        return this.#run<Row>(sql, parameters);
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpAt) throw translateDatabaseError(error);
      }
      await sleep(waitMs);
    }
  }

  /** Rolls back what is open, if anything is. */
  rollback(): void {
    if (this.#handle.isTransaction) this.exec('rollback');
  }

  get inTransaction(): boolean {
    return this.#handle.isTransaction;
  }

  /** Whether anything that was run since this was last asked may have changed what is remembered. */
  takeChangedRemembered(): boolean {
    const hasChanged = this.#hasChangedRemembered;
    this.#hasChangedRemembered = false;
    return hasChanged;
  }

  close(): void {
    this.#statements.clear();
    this.#handle.close();
  }

  #run<Row>(sql: string, parameters: readonly unknown[]): Row[] {
    const { statement, isNoted } = this.#prepare(sql);
    this.#hasChangedRemembered ||= isNoted;
    return statement.all(...(parameters as SQLInputValue[])) as Row[];
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= maxStatements) {
      const oldest = this.#statements.keys().next();
      if (!oldest.done) this.#statements.delete(oldest.value);
    }
    this.#isNoted = false;
    const statement = this.#handle.prepare(sql);
    const prepared = { statement, isNoted: this.#isNoted };
    this.#statements.set(sql, prepared);
    return prepared;
  }
}
