import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { sweepExpired } from '../../platform/nodes/index.ts';
import { deleteFlows, type Purpose } from './flows.queries.ts';

/** Ends the flows of a user for one purpose, because it was achieved or is not possible any more. */
export function voidFlows(trx: Db, purpose: Purpose, userId: number): Promise<void> {
  return deleteFlows(trx, { purpose, userId });
}

/** Ends all flows of a user, for any purpose: another person may have begun them, who had the account before. */
export function voidAllFlows(trx: Db, userId: number): Promise<void> {
  return deleteFlows(trx, { userId });
}

/** Removes flows that have expired. */
export const sweepFlows = (deps: Pick<Deps, 'database' | 'clock'>) =>
  sweepExpired(deps, 'flows', { pauseMs: 30_000, failure: 'could not remove expired flows' });
