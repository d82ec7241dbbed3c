import type { Logger } from 'pino';
import { Piscina } from 'piscina';
import { AppError } from '../../../errors/index.ts';
import type { Metrics } from '../../../http/metrics.ts';
import { isSource } from '../../../lib/own-package.ts';
import type { HashTask, Verification } from './hash-worker.ts';

/** How many hashes may wait for each thread: about two seconds of work. */
const maxWaitingPerThread = 128;

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
   * @param metrics of the server that asks
   * @throws AppError `overloaded` where too many wait
   */
  run(task: HashTask, metrics: Metrics): Promise<string | Verification>;
  close(): Promise<void>;
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
  const maxQueue = threads * maxWaitingPerThread;
  const pool = new Piscina<HashTask, string | Verification>({
    filename: worker,
    minThreads: 0, // a thread that waits for the next sign-in would hold 25 MB
    maxThreads: threads,
    concurrentTasksPerWorker: tasksPerThread,
    atomics: 'disabled', // which would answer for both of its tasks when the second is done
    loadBalancer: (_task, known) => nextThread(known, threads),
    idleTimeout: 60_000,
    maxQueue,
  });
  const waiting = new Set<(error: unknown) => void>();
  // A thread that fails at work fails its task. One that fails between tasks has nobody to tell: the
  // pool has put another in its place, and without a listener the whole process would end.
  pool.on('error', (error: unknown) => {
    deps.metrics.hashThreadFailures.inc();
    deps.log.error({ err: error }, 'a thread for password hashes failed');
    if (pool.threads.length > 0) return;
    for (const giveUp of waiting) giveUp(error); // it could not even start: they would wait for ever
  });

  async function runInPool(task: HashTask): Promise<string | Verification> {
    const { promise, resolve, reject } = Promise.withResolvers<string | Verification>();
    waiting.add(reject);
    pool.run(task).then(resolve, reject);
    try {
      return await promise;
    } finally {
      waiting.delete(reject);
    }
  }

  return {
    maxWaiting: maxQueue,
    async run(task, metrics) {
      const done = metrics.hashSeconds.startTimer();
      try {
        const result = runInPool(task);
        metrics.hashQueueDepth.set(pool.queueSize);
        return await result;
      } catch (error) {
        if (pool.queueSize < maxQueue) throw error;
        throw new AppError('overloaded', { cause: error, headers: { 'retry-after': '2' } });
      } finally {
        metrics.hashQueueDepth.set(pool.queueSize);
        done();
      }
    },
    async close() {
      await pool.close({ force: true }); // nobody waits any more for what has not begun
    },
  };
}
