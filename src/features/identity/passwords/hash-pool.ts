import type { Logger } from 'pino';
import { Piscina } from 'piscina';
import { AppError } from '../../../errors/index.ts';
import type { Metrics } from '../../../http/metrics.ts';
import { createFairQueue } from '../../../lib/fair-queue.ts';
import { siteOf } from '../../../lib/ip-address.ts';
import { isSource } from '../../../lib/own-package.ts';
import type { HashSource } from './hash-source.ts';
import type { HashTask, Verification } from './hash-worker.ts';

/**
 * How many hashes may wait for each thread: some 15 seconds of work. So many are those of one network or
 * account alone, which wait behind their own; everybody else goes first, and has a place where there is none.
 */
const maxWaitingPerThread = 512;

/**
 * A thread has the next task when it is done with one, so that no core waits for the event loop, which
 * may be at a commit.
 */
const tasksPerThread = 2;

/** The threads that hash, and the queue before them. */
export interface HashPool {
  /** How many may wait. */
  readonly maxWaiting: number;
  /**
   * @param source by whose turns the task waits
   * @param metrics of the server that asks
   * @throws AppError `overloaded` where too many wait, of whoever has the most waiting
   */
  run(task: HashTask, source: HashSource, metrics: Metrics): Promise<string | Verification>;
  close(): Promise<void>;
}

interface Waiting {
  readonly task: HashTask;
  readonly result: PromiseWithResolvers<string | Verification>;
}

interface Thread {
  /** How many tasks it has. */
  readonly currentUsage: number;
}

/** Who gets a task: a thread that rests, else a new one, else one that is at work. */
function nextThread<T extends Thread>(known: readonly T[], threads: number): T | null {
  const resting = known.find(({ currentUsage }) => currentUsage === 0);
  if (resting || known.length < threads) return resting ?? null;
  return known.find(({ currentUsage }) => currentUsage < tasksPerThread) ?? null;
}

const workerFile = isSource ? './hash-worker.ts' : './hash-worker.js';

/**
 * @param deps who is told of a thread that fails
 * @param worker what the threads run; replaced by the test of a thread that fails
 */
export function createHashPool(
  deps: { metrics: Metrics; log: Logger },
  threads: number,
  worker = new URL(workerFile, import.meta.url).href,
): HashPool {
  const maxWaiting = threads * maxWaitingPerThread;
  const queue = createFairQueue<Waiting>(maxWaiting);
  let underWay = 0;
  const pool = new Piscina<HashTask, string | Verification>({
    filename: worker,
    minThreads: 0, // a thread that waits for the next sign-in would hold 25 MB
    maxThreads: threads,
    concurrentTasksPerWorker: tasksPerThread,
    atomics: 'disabled', // which would answer for both of its tasks when the second is done
    loadBalancer: (_task, known) => nextThread(known, threads),
    idleTimeout: 60_000,
  });
  const begun = new Set<(error: unknown) => void>();
  // A thread that fails at work fails its task. One that fails between tasks has nobody to tell: the
  // pool has put another in its place, and without a listener the whole process would end.
  pool.on('error', (error: unknown) => {
    deps.metrics.hashThreadFailures.inc();
    deps.log.error({ err: error }, 'a thread for password hashes failed');
    if (pool.threads.length > 0) return;
    for (const giveUp of begun) giveUp(error); // it could not even start: they would wait for ever
  });

  /** Gives the threads what they can take. */
  function begin(): void {
    while (underWay < threads * tasksPerThread) {
      const next = queue.take();
      if (!next) return;
      const { task, result } = next;
      underWay += 1;
      begun.add(result.reject);
      pool.run(task).then(result.resolve, result.reject);
      const end = () => {
        begun.delete(result.reject);
        underWay -= 1;
        begin();
      };
      result.promise.then(end, end);
    }
  }

  function enqueue(task: HashTask, { network, account }: HashSource): Waiting['result'] {
    const result = Promise.withResolvers<string | Verification>();
    const site = siteOf(network);
    const parties = [
      ...(site === undefined ? [] : [`site ${site}`]),
      ...[`network ${network}`, `account ${account}`],
    ];
    const dropped = queue.push({ task, result }, parties);
    dropped?.result.reject(new AppError('overloaded', { headers: { 'retry-after': '2' } }));
    begin();
    return result;
  }

  return {
    maxWaiting,
    async run(task, source, metrics) {
      const done = metrics.hashSeconds.startTimer();
      try {
        const { promise } = enqueue(task, source);
        metrics.hashQueueDepth.set(queue.size);
        return await promise;
      } finally {
        metrics.hashQueueDepth.set(queue.size);
        done();
      }
    },
    async close() {
      // Nobody waits any more for what has not begun.
      for (const { result } of queue.clear()) result.reject(new AppError('shutting_down'));
      await pool.close({ force: true });
    },
  };
}
