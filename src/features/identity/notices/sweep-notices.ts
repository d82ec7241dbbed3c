import type { Deps } from '../../../deps.ts';
import { sweepExpired } from '../../platform/nodes/index.ts';

/** Removes the links of notices that have expired. */
export const sweepNotices = (deps: Pick<Deps, 'database' | 'clock'>) =>
  sweepExpired(deps, 'notices', { pauseMs: 60_000, failure: 'could not remove expired notices' });
