import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** Runs in a thread of its own; see checkpointer.ts. */

/** How it went: how many pages are left in the log that the database file does not have. */
export interface CheckpointReport {
  /** In the log, also those that were copied while it could not be begun anew. */
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
 * Copies the log into the database file beside the writers, as often as they have written much
 * meanwhile; then keeps them out for a moment, copies the rest, and lets the log begin anew.
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
