import type { Database } from '../../../db/database.ts';
import { withKnownOutcome } from './known-outcome.ts';
import { onePerToken } from './one-per-token.ts';
import {
  prepareFindRotated,
  prepareRotateEach,
  prepareRotateSessions,
  type RotatedRow,
  type Rotation,
} from './rotate.queries.ts';

/** Renews the sessions of a batch; gives the row of each, undefined where it was not to be renewed. */
export type RotateSessions = (batch: readonly Rotation[]) => Promise<(RotatedRow | undefined)[]>;

/** In one transaction on SQLite, in one statement on PostgreSQL: of two calls with one token one wins. */
export function createRotateSessions(database: Database): RotateSessions {
  return (
    prepareRotateEach(database) ??
    onePerToken<Rotation, RotatedRow>(
      withKnownOutcome(database, prepareRotateSessions(database), prepareFindRotated(database)),
    )
  );
}
