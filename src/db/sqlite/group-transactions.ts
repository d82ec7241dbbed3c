import type { Db } from '../database.ts';

type Task = (trx: Db) => Promise<unknown>;

interface Waiting {
  readonly task: Task;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** So long a transaction keeps no other writer out. */
const maxTasks = 64;

/**
 * Runs tasks that arrive in one turn of the event loop as one transaction, one after the other, so that they pay for one
 * commit. If one of them fails, nothing of any is kept, and each is run again as a transaction of its own.
 *
 * @param transact runs a task as one transaction
 */
export function createGroupTransactions(
  transact: <T>(task: (trx: Db) => Promise<T>) => Promise<T>,
) {
  let waiting: Waiting[] = [];

  function begin(): void {
    const all = waiting;
    waiting = [];
    while (all.length > 0) void run(all.splice(0, maxTasks));
  }

  async function run(batch: readonly Waiting[]): Promise<void> {
    try {
      const values = await transact(async (trx) => {
        const done: unknown[] = [];
        for (const { task } of batch) done.push(await task(trx));
        return done;
      });
      batch.forEach(({ resolve }, index) => {
        resolve(values[index]);
      });
    } catch (error) {
      if (batch.length > 1) for (const one of batch) void run([one]);
      else batch[0]?.reject(error);
    }
  }

  return <T>(task: (trx: Db) => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ task, resolve: resolve as Waiting['resolve'], reject });
      // The end of this turn: by then every request that the same poll brought has come.
      if (waiting.length === 1) setImmediate(begin);
    });
}
