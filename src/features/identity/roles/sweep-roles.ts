import type { Deps } from '../../../deps.ts';
import type { BackgroundWork } from '../../platform/nodes/index.ts';
import { findAssignedRoles, unassignDeletedRole } from './roles.queries.ts';

/** How many rows one step removes, and roles it looks at: some milliseconds. */
const stepSize = 500;
const pauseMs = 60_000;

/** Unassigns deleted roles: removes the rows that are left of a role that was deleted at once. */
export function sweepRoles({ database: { db } }: Pick<Deps, 'database'>): BackgroundWork {
  let afterId = 0;
  return {
    name: 'sweep',
    firstPauseMs: 1_000,
    retryPauseMs: pauseMs,
    failure: 'could not remove what is left of deleted roles',
    async run() {
      const roles = await findAssignedRoles(db, afterId, stepSize);
      const deleted = roles.find(({ isDeleted }) => isDeleted);
      if (deleted) {
        await unassignDeletedRole(db, deleted.id, stepSize);
        return 'more';
      }
      afterId = roles.at(-1)?.id ?? 0;
      return roles.length < stepSize ? pauseMs : 'more';
    },
  };
}
