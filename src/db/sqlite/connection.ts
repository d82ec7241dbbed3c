import { constants, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy, translateDatabaseError } from '../errors.ts';
import { changesRemembered } from './remembered.ts';

const maxStatements = 256;

/** Whether a statement may change what is remembered (`remembered.ts`), as far as can be said before it runs. */
type Effect = 'none' | 'of its rows' | 'certain';

interface Prepared {
  readonly statement: StatementSync;
  readonly effect: Effect;
  readonly givesRows: boolean;
}

/** The outcome of a statement. */
export interface Written<Row> {
  readonly rows: Row[];
  /** How many rows it changed, or gave. */
  readonly changes: number;
}

const rowActions: ReadonlySet<number> = new Set([
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
]);

/** One connection to the database file, with its prepared statements. */
export class SqliteConnection {
  readonly #handle: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();
  /** Of the statement that is being prepared. */
  #effect: Effect = 'none';
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
      if (changesRemembered(action, table, column)) {
        const isOfRows = rowActions.has(action) && this.#effect !== 'certain';
        this.#effect = isOfRows ? 'of its rows' : 'certain';
      }
      return constants.SQLITE_OK;
    });
  }

  /** Runs statements without values and results. */
  exec(sql: string): void {
    this.#hasChangedRemembered = true; // it is not looked at
    try {
      this.#handle.exec(sql);
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  /** Runs one statement, at once, on this thread. */
  run<Row>(sql: string, parameters: readonly unknown[] = []): Written<Row> {
    try {
      return this.#run<Row>(sql, parameters);
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  /** The same, for its rows. */
  all<Row>(sql: string, parameters: readonly unknown[] = []): Row[] {
    return this.run<Row>(sql, parameters).rows;
  }

  /**
   * Runs one statement that writes, waiting for other processes' locks without blocking. It is
   * tried once, however late it is.
   *
   * @param giveUpAt on the clock of `performance.now()`
   */
  async write<Row>(
    sql: string,
    parameters: readonly unknown[],
    giveUpAt: number,
  ): Promise<Written<Row>> {
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

  #run<Row>(sql: string, parameters: readonly unknown[]): Written<Row> {
    const { statement, effect, givesRows } = this.#prepare(sql);
    const values = parameters as SQLInputValue[];
    const rows = givesRows ? (statement.all(...values) as Row[]) : [];
    const changes = givesRows ? rows.length : Number(statement.run(...values).changes);
    if (effect === 'certain' || (effect === 'of its rows' && changes > 0)) {
      this.#hasChangedRemembered = true;
    }
    return { rows, changes };
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= maxStatements) {
      const oldest = this.#statements.keys().next();
      if (!oldest.done) this.#statements.delete(oldest.value);
    }
    this.#effect = 'none';
    const statement = this.#handle.prepare(sql);
    const givesRows = statement.columns().length > 0;
    const prepared = { statement, effect: this.#effect, givesRows };
    this.#statements.set(sql, prepared);
    return prepared;
  }
}
