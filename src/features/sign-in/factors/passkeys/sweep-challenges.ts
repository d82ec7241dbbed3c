import type { Deps } from '../../../../deps.ts';
import { sweepExpired } from '../../../platform/nodes/index.ts';

/** Removes spent challenges that could not be used again in any case. */
export const sweepChallenges = (deps: Pick<Deps, 'database' | 'clock'>) =>
  sweepExpired(deps, 'spent_challenges', {
    pauseMs: 60_000,
    failure: 'could not remove spent challenges',
  });
