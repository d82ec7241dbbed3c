import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** Runs in a separate thread; see checkpointer.ts. */

/** How it went: how many pages are left in the log that the database file does not have. */
export interface CheckpointReport {
  /** In the log, including pages that were copied while the log could not restart. */
  readonly logPages: number;
}

/** How long the last step waits for writers and readers of this moment. It holds no lock meanwhile. */
const busyLimitMs = 500;
/** So few pages are copied in a moment, which writers can be kept waiting for. */
const fewPages = 500;
const maxRounds = 8;

interface Row {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

/**
 * Copies the log into the database file beside the writers, again while they have written much since. Then it keeps
 * them out for a moment, copies the rest, and lets the log restart.
 */
function checkpoint(db: DatabaseSync): CheckpointReport {
  const run = (mode: 'passive' | 'restart') =>
    db.prepare(`pragma wal_checkpoint(${mode})`).get() as unknown as Row;
  for (let round = 0; round < maxRounds; round += 1) {
    run('passive');
    const { log, checkpointed } = db.prepare('pragma wal_checkpoint(noop)').get() as unknown as Row;
    if (log - checkpointed < fewPages) break;
  }
  const { busy, log } = run('restart');
  return { logPages: busy === 0 ? 0 : log };
}

const db = new DatabaseSync(workerData as string, { timeout: busyLimitMs });
db.exec('pragma synchronous = full');
parentPort?.on('message', () => {
  parentPort?.postMessage(checkpoint(db));
});
