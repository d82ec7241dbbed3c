import { createBatcher } from '../../../db/batcher.ts';
import type { Database } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { withKnownOutcome } from './known-outcome.ts';
import { onePerToken } from './one-per-token.ts';
import {
  prepareFindRotated,
  prepareRotateEach,
  prepareRotateSessions,
  type RotatedSession,
  type Rotation,
} from './rotate.queries.ts';

/** Refreshes a session; undefined if it could not be refreshed with this token. */
export type RotateSession = (rotation: Rotation) => Promise<RotatedSession | undefined>;

const maxBatch = 128;
const maxWaiting = 10_000;

/** Calls that arrive together share one commit: of two calls with one token one wins. */
export function createRotateSession({
  database,
  metrics,
}: Pick<Deps, 'database' | 'metrics'>): RotateSession {
  const batchSize = metrics.commitBatchSize.labels({ operation: 'refresh' });
  return createBatcher({
    run: rotateBatch(database),
    maxBatch,
    maxWaiting,
    onBatch: (size) => batchSize.observe(size),
  });
}

/**
 * Each engine has its own way: SQLite takes a batch one by one, in one transaction, which costs
 * microseconds a session. PostgreSQL takes one statement for all, which is one round trip.
 */
export function rotateBatch(
  database: Database,
): (batch: readonly Rotation[]) => Promise<(RotatedSession | undefined)[]> {
  switch (database.engine) {
    case 'sqlite':
      return prepareRotateEach(database);
    case 'postgres':
      return onePerToken<Rotation, RotatedSession>(
        withKnownOutcome(prepareRotateSessions(database), prepareFindRotated(database)),
      );
  }
}
