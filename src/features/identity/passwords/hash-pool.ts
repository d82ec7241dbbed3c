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
 * How many hashes may wait for each thread: some 15 seconds of work. All of them may belong to one network or
 * account, which waits behind its own; everybody else goes first, and gets a place even if there is none left.
 */
const maxWaitingPerThread = 512;

/**
 * On Linux a priority belongs to a thread. One thread hashes at that of the event loop, so that sign-ins get their
 * share of a busy server; the others give way to everybody else, so that a storm of sign-ins does not. Measured in
 * docs/decisions/hash-priority.md.
 */
const priorities = { fast: 2, gentle: 5 } as const;

/**
 * How many tasks the first thread has: the next one when it is done with one, so that no core waits for the event
 * loop, which may be at a commit. Behind one of the others, which are gentle, no task waits.
 */
const tasksOfFirst = 2;

/** The threads that hash, and the queue before them. */
export interface HashPool {
  /** How many may wait. */
  readonly maxWaiting: number;
  /**
   * @param source the task waits in its turns
   * @param metrics of the server that asks
   * @throws AppError `overloaded` if too many wait, of the party with the most waiting tasks
   */
  run(task: HashTask, source: HashSource, metrics: Metrics): Promise<string | Verification>;
  close(): Promise<void>;
}

interface Waiting {
  readonly task: HashTask;
  readonly result: PromiseWithResolvers<string | Verification>;
}

/** Threads of one priority. */
interface Lane {
  readonly pool: Piscina<HashTask, string | Verification>;
  readonly threads: number;
  /** How many tasks its threads have at most. */
  readonly capacity: number;
  underWay: number;
}

const workerFile = isSource ? './hash-worker.ts' : './hash-worker.js';

/**
 * @param deps gets the errors of threads
 * @param worker the code of the threads; replaced by the test of a thread that fails
 */
export function createHashPool(
  deps: { metrics: Metrics; log: Logger },
  threads: number,
  worker = new URL(workerFile, import.meta.url).href,
): HashPool {
  const maxWaiting = threads * maxWaitingPerThread;
  const queue = createFairQueue<Waiting>(maxWaiting);
  const begun = new Set<(error: unknown) => void>();

  function createLane(speed: keyof typeof priorities, count: number, perThread: number): Lane {
    const pool = new Piscina<HashTask, string | Verification>({
      filename: worker,
      minThreads: 0, // a thread that waits for the next sign-in would hold 25 MB
      maxThreads: count,
      concurrentTasksPerWorker: perThread,
      atomics: 'disabled', // which would answer for both of its tasks when the second is done
      idleTimeout: 60_000,
      argv: [String(priorities[speed])],
    });
    // A thread that fails at work fails its task. If it fails between tasks, the pool has replaced it already, and
    // without a listener the whole process would end.
    pool.on('error', (error: unknown) => {
      deps.metrics.hashThreadFailures.inc();
      deps.log.error({ err: error }, 'a thread for password hashes failed');
      if (pool.threads.length > 0) return;
      for (const giveUp of begun) giveUp(error); // it could not even start: they would wait for ever
    });
    return { pool, threads: count, capacity: count * perThread, underWay: 0 };
  }

  // A single thread gives way: else a storm would have half of a machine that has one core.
  const lanes =
    threads === 1
      ? [createLane('gentle', 1, tasksOfFirst)]
      : [createLane('fast', 1, tasksOfFirst), createLane('gentle', threads - 1, 1)];

  /** Gives the threads what they can take. */
  function begin(): void {
    for (;;) {
      // A thread that rests, else one that takes the next one as well.
      const lane =
        lanes.find((one) => one.underWay < one.threads) ??
        lanes.find((one) => one.underWay < one.capacity);
      const next = lane && queue.take();
      if (!next) return;
      const { task, result } = next;
      lane.underWay += 1;
      begun.add(result.reject);
      lane.pool.run(task).then(result.resolve, result.reject);
      const end = () => {
        begun.delete(result.reject);
        lane.underWay -= 1;
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
      await Promise.all(lanes.map(({ pool }) => pool.close({ force: true })));
    },
  };
}
