import { Worker } from 'node:worker_threads';
import { isSource } from '../../lib/own-package.ts';
import type { CheckpointReport } from './checkpoint-worker.ts';
import type { SqliteConnection } from './connection.ts';

/**
 * Checkpoints: what was committed goes from the write-ahead log into the database file. SQLite does it in the commit
 * that fills the log, which stops the event loop while some thousand pages are written and synced. Here a separate
 * thread does it, which lives while there is work.
 */

export interface CheckpointPlan {
  /** With so many pages in the log. */
  readonly pages: number;
  /** At this size, if it was not done for a while: a small log for servers with few writes. */
  readonly fewPages: number;
  readonly whileMs: number;
  /** SQLite's own, in a commit, where the thread fails or does not keep up. */
  readonly lastResortPages: number;
}

export const defaultCheckpointPlan: CheckpointPlan = {
  pages: 16_384,
  fewPages: 1_000,
  whileMs: 60_000,
  lastResortPages: 65_536,
};

/** How often the size of the log is looked at. */
const commitsBetweenLooks = 16;
const idleLimitMs = 20_000;
const retryAfterMs = 5_000;

const workerFile = isSource ? './checkpoint-worker.ts' : './checkpoint-worker.js';

export interface Checkpointer {
  /** Told of each commit. Never throws: what is committed is committed. */
  noteCommit(): void;
  /** Whether the thread is at it. */
  readonly isBusy: boolean;
  close(): Promise<void>;
}

/** @param writer looked at, and told of the last resort */
export function createCheckpointer(
  path: string,
  writer: SqliteConnection,
  plan = defaultCheckpointPlan,
): Checkpointer {
  let worker: Worker | undefined;
  let isBusy = false;
  let commits = 0;
  let lastAtMs = performance.now();
  /** If the log could not restart: pages that are copied, and are still in it. */
  let donePages = 0;
  let idle: NodeJS.Timeout | undefined;

  writer.exec(`pragma wal_autocheckpoint = ${plan.lastResortPages}`);
  // The log keeps its size when it restarts: growing a file costs more than writing over it. What it had to grow
  // beyond that, during a long read, is given back.
  const [{ page_size: pageBytes } = { page_size: 4096 }] = writer.all<{ page_size: number }>(
    'pragma page_size',
  );
  writer.exec(`pragma journal_size_limit = ${plan.pages * 2 * pageBytes}`);

  function logPages(): number {
    try {
      const [row] = writer.all<{ log: number }>('pragma wal_checkpoint(noop)');
      return row?.log ?? 0;
    } catch {
      return 0; // the next look may tell
    }
  }

  function isDue(): boolean {
    const log = logPages();
    if (log < donePages) donePages = 0; // it has restarted
    const pages = log - donePages;
    const isLong = performance.now() - lastAtMs > plan.whileMs;
    return pages >= plan.pages || (isLong && pages >= plan.fewPages);
  }

  function start(): Worker {
    const started = new Worker(new URL(workerFile, import.meta.url), { workerData: path });
    started.unref();
    started.on('message', ({ logPages }: CheckpointReport) => {
      isBusy = false;
      donePages = logPages;
      lastAtMs = performance.now();
      idle = setTimeout(() => {
        worker = undefined;
        void started.terminate();
      }, idleLimitMs).unref();
    });
    // A full disk, or no memory for a thread: nothing is lost, the log is only longer for a while.
    started.on('error', () => {
      worker = undefined;
      setTimeout(() => {
        isBusy = false;
      }, retryAfterMs).unref();
    });
    return started;
  }

  return {
    noteCommit() {
      commits += 1;
      if (isBusy || commits < commitsBetweenLooks) return;
      commits = 0;
      if (!isDue()) return;
      clearTimeout(idle);
      isBusy = true;
      worker ??= start();
      worker.postMessage('checkpoint');
    },
    get isBusy() {
      return isBusy;
    },
    async close() {
      clearTimeout(idle);
      const ended = worker;
      worker = undefined;
      isBusy = true; // nothing is begun any more
      await ended?.terminate();
    },
  };
}
