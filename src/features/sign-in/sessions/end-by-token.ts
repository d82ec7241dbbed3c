import { createBatcher } from '../../../db/batcher.ts';
import type { Deps } from '../../../deps.ts';
import { type ClientLogOut, endLoggedOut } from './end-sessions.ts';
import { withKnownOutcome } from './known-outcome.ts';
import { type LoggedOutSession, prepareFindLoggedOut } from './log-out.queries.ts';
import { onePerToken } from './one-per-token.ts';

/** Ends the session of a logout; undefined if its token is not the current one. */
export type EndByToken = (logOut: ClientLogOut) => Promise<LoggedOutSession | undefined>;

const maxBatch = 128;
const maxWaiting = 10_000;

/** Calls that arrive together share one transaction. */
export function createEndByToken({
  database,
  metrics,
}: Pick<Deps, 'database' | 'metrics'>): EndByToken {
  const batchSize = metrics.commitBatchSize.labels({ operation: 'logout' });
  const end = (batch: readonly ClientLogOut[]) => endLoggedOut(database, batch);
  const run =
    database.engine === 'sqlite' ? end : withKnownOutcome(end, prepareFindLoggedOut(database));
  return createBatcher({
    run: onePerToken<ClientLogOut, LoggedOutSession>(run),
    maxBatch,
    maxWaiting,
    onBatch: (size) => batchSize.observe(size),
  });
}
