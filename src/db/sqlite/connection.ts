import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy, translateDatabaseError } from '../errors.ts';

const maxStatements = 256;

/** One connection to the database file, with its prepared statements. */
export class SqliteConnection {
  readonly #handle: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, options: { readOnly: boolean }) {
    this.#handle = new DatabaseSync(path, {
      readOnly: options.readOnly,
      // Never let the event loop sleep on a lock: `write` waits for it without blocking.
      timeout: options.readOnly ? 1_000 : 0,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
    });
  }

  /** Runs statements that take no values and give no rows. */
  exec(sql: string): void {
    try {
      this.#handle.exec(sql);
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  /** Runs one statement, at once, on this thread. */
  all<Row>(sql: string, parameters: readonly unknown[] = []): Row[] {
    try {
      return this.#prepare(sql).all(...(parameters as SQLInputValue[])) as Row[];
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
        return this.#prepare(sql).all(...(parameters as SQLInputValue[])) as Row[];
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

  close(): void {
    this.#statements.clear();
    this.#handle.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= maxStatements) {
      const oldest = this.#statements.keys().next();
      if (!oldest.done) this.#statements.delete(oldest.value);
    }
    const statement = this.#handle.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
