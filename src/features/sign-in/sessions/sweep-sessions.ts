import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import type { BackgroundWork } from '../../platform/nodes/index.ts';
import { deleteSessionsEndedBefore } from './sessions.queries.ts';
import { findIdsAfter } from './sweep-sessions.queries.ts';

/** How many rows one step looks at: some milliseconds of work, also where all of them go, and one commit at most. */
const stepSize = 250;
/** After a stretch in which there was nothing to remove. */
const stepPauseMs = 25;
/** Between one walk through the table and the next. */
const walkPauseMs = 60_000;

/**
 * Removes what is old from one stretch of a table.
 *
 * @returns the last id that it looked at, to go on from; undefined at the end of the table
 */
export type SweepStep = (
  deps: Deps,
  afterId: number,
) => Promise<{ throughId: number | undefined; removed: number }>;

/** A table whose rows go some time after they were of use. */
interface SweptTable {
  readonly retention: 'ENDED_SESSION_RETENTION' | 'KNOWN_NETWORK_RETENTION';
  findIdsAfter(db: Db, afterId: number, limit: number): Promise<number[]>;
  /** @returns how many there were */
  deleteBefore(
    db: Db,
    range: { afterId: number; throughId: number; beforeMs: number },
  ): Promise<number>;
}

/** The step that removes what a table has kept for longer than its retention. */
export function createSweepStep({ retention, findIdsAfter, deleteBefore }: SweptTable): SweepStep {
  return async ({ database: { db }, settings, clock }, afterId) => {
    const ids = await findIdsAfter(db, afterId, stepSize);
    const throughId = ids.at(-1);
    if (throughId === undefined) return { throughId, removed: 0 };
    const beforeMs = clock.nowMs() - settings.get(retention) * 1000;
    return { throughId, removed: await deleteBefore(db, { afterId, throughId, beforeMs }) };
  };
}

/**
 * Removes sessions that ended or expired longer ago than `ENDED_SESSION_RETENTION`.
 *
 * Looks at one stretch of ids, without an index on the times: keeping one would cost every refresh.
 */
export const sweepSessions = createSweepStep({
  retention: 'ENDED_SESSION_RETENTION',
  findIdsAfter: findIdsAfter('sessions'),
  deleteBefore: deleteSessionsEndedBefore,
});

/** Walks through a table in the background, again and again: one node does so for all. */
export function sweeping(
  deps: Deps,
  sweep: SweepStep,
  pauses = { stepMs: stepPauseMs, walkMs: walkPauseMs },
): BackgroundWork {
  let afterId = 0;
  return {
    name: 'sweep',
    firstPauseMs: pauses.stepMs,
    retryPauseMs: pauses.walkMs,
    failure: 'could not remove old rows',
    async run() {
      const { throughId, removed } = await sweep(deps, afterId);
      if (removed > 0) deps.log.debug({ removed }, 'removed old rows');
      afterId = throughId ?? 0;
      if (throughId === undefined) return pauses.walkMs;
      return removed > 0 ? 'more' : pauses.stepMs;
    },
  };
}
