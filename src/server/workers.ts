import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CommandError } from '../terminal/command-error.ts';
import {
  type Answers,
  type Question,
  type ToPrimary,
  type ToWorker,
  workerEnvironment,
} from './worker-channel.ts';

/** A worker that lived this long was well: if it ends, another replaces it at once. */
const wellAfterMs = 10_000;
/** The pause before a worker replaces one that ended at once: the first one, and the longest. */
const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** A worker that does not answer in this time is passed over. */
const answerLimitMs = 2_000;

interface Running {
  readonly process: Worker;
  readonly number: number;
  readonly startedAt: number;
  readonly exited: Promise<number | null>;
  isReady: boolean;
}

/** The processes that serve behind one port. */
export interface Workers {
  /** Where they listen. */
  readonly listenUrl: string;
  /** Asks each worker that is ready; those that do not answer are left out. */
  ask<Name extends Question>(question: Name): Promise<{ id: number; value: Answers[Name] }[]>;
  /** How many serve now. */
  ready(): number;
  /**
   * Stops all of them, with patience.
   *
   * @returns whether all of them ended well
   */
  stop(signal: NodeJS.Signals): Promise<boolean>;
  /** Ends all of them at once. */
  kill(): void;
}

/**
 * Starts this many workers, and replaces any that ends, until they are told to stop. The first one starts alone, so
 * that an error is reported once.
 *
 * @throws CommandError if the first cannot start; it has reported why
 */
export async function startWorkers(
  count: number,
  {
    port,
    log,
    onEnd,
  }: { readonly port: number; readonly log: Logger; readonly onEnd: (id: number) => void },
): Promise<Workers> {
  const running = new Map<number, Running>();
  const asked = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const pauses = new Set<NodeJS.Timeout>();
  let nextId = 1;
  let isStopping = false;
  cluster.setupPrimary({ serialization: 'advanced' });

  /** Gives the URL when it listens. */
  function start(number: number, failures: number): Promise<string> {
    const worker = cluster.fork(workerEnvironment({ number, of: count, port }));
    const ready = Promise.withResolvers<string>();
    const exited = Promise.withResolvers<number | null>();
    const startedAt = performance.now();
    const self: Running = {
      process: worker,
      number,
      startedAt,
      exited: exited.promise,
      isReady: false,
    };
    running.set(worker.id, self);
    worker.on('error', () => undefined); // its channel is gone, and soon it is
    worker.on('message', (message: ToPrimary) => {
      if (message.kind === 'ready') {
        self.isReady = true;
        ready.resolve(message.listenUrl);
        return;
      }
      const waiting = asked.get(message.id);
      if (message.kind === 'answer') waiting?.resolve(message.value);
      else waiting?.reject(new Error('A worker could not answer.'));
    });
    worker.once('exit', (status: number | null, signal: NodeJS.Signals | null) => {
      running.delete(worker.id);
      exited.resolve(status);
      ready.reject(new CommandError('A worker could not start; it has said why.'));
      onEnd(worker.id);
      if (isStopping || !(isStarted || self.isReady)) return;
      replace(self, failures, { status, signal });
    });
    return ready.promise;
  }

  function replace(
    { number, startedAt, process: { process: ended } }: Running,
    failures: number,
    how: { status: number | null; signal: NodeJS.Signals | null },
  ): void {
    const wasWell = performance.now() - startedAt >= wellAfterMs;
    const pauseMs = wasWell ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
    log.error(
      { worker: number, worker_pid: ended.pid, ...how, pause_ms: pauseMs },
      'a worker has ended; another takes its place',
    );
    const pause = setTimeout(() => {
      pauses.delete(pause);
      start(number, wasWell ? 0 : failures + 1).then(
        () => log.info({ worker: number }, 'a worker has taken the place of another'),
        () => undefined, // its exit was told
      );
    }, pauseMs);
    pauses.add(pause);
  }

  let isStarted = false;
  let listenUrl: string;
  try {
    listenUrl = await start(1, 0);
    await Promise.all(Array.from({ length: count - 1 }, (_worker, i) => start(i + 2, 0)));
    isStarted = true;
  } catch (error) {
    isStopping = true;
    kill();
    throw error;
  }

  function kill(): void {
    for (const { process: worker } of running.values()) worker.process.kill('SIGKILL');
  }

  async function askOne(worker: Worker, question: Question): Promise<unknown> {
    const id = nextId;
    nextId += 1;
    const limit = AbortSignal.timeout(answerLimitMs);
    try {
      return await new Promise((resolve, reject) => {
        asked.set(id, { resolve, reject });
        limit.addEventListener('abort', () => reject(limit.reason as Error));
        const message: ToWorker = { kind: 'ask', id, question };
        worker.send(message, (error: Error | null) => {
          if (error) reject(error);
        });
      });
    } finally {
      asked.delete(id);
    }
  }

  const isReady = ({ isReady: said, process: worker }: Running) => said && worker.isConnected();

  return {
    listenUrl,
    ready: () => [...running.values()].filter(isReady).length,
    async ask<Name extends Question>(question: Name) {
      const answers = [...running.values()].filter(isReady).map(async ({ process: worker }) => ({
        id: worker.id,
        value: (await askOne(worker, question)) as Answers[Name],
      }));
      const settled = await Promise.allSettled(answers);
      return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    },
    async stop(signal) {
      isStopping = true;
      for (const pause of pauses) clearTimeout(pause);
      const all = [...running.values()];
      for (const { process: worker } of all) {
        const message: ToWorker = { kind: 'stop', signal };
        worker.send(message, () => undefined);
      }
      // A worker that has not begun to listen does not listen to us either.
      const idle = all.filter((one) => !one.isReady);
      if (idle.length > 0) await sleep(100);
      for (const { process: worker } of idle) worker.process.kill('SIGTERM');
      const statuses = await Promise.all(all.map(({ exited }) => exited));
      return statuses.every((status) => status === 0 || status === null);
    },
    kill,
  };
}
