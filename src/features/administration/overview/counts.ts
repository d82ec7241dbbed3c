import type { Deps } from '../../../deps.ts';
import { countAdministratorsWithoutFactor, maxCounted } from '../../identity/roles/index.ts';
import { countSessionsAfter, countUsersAfter, type StretchCount } from './counts.queries.ts';

/**
 * How many users and sessions there are, and how many administrators without a second factor. A million rows take half a second to count: so they are
 * counted stretch by stretch, with everybody else's requests between, when somebody asks and the last
 * count is old. Until it is done the last one is given.
 */

export interface Counts {
  readonly users: { readonly total: number; readonly active: number };
  readonly sessions: { readonly live: number };
  /** How many administrators have no second factor; `maxCounted`: as many or more. */
  readonly administratorsWithoutFactor: number;
  readonly countedAtMs: number;
}

/** Milliseconds of work; on SQLite nobody else is served meanwhile. */
const stretchLength = 5_000;
/** A count is used for this long, and for twenty times the time that it took. */
const goodForMs = 10_000;
const costFactor = 20;

/** Gives the last count, and begins the next one where that is old. The first caller waits for it. */
export function createReadCounts(deps: Pick<Deps, 'database' | 'clock' | 'log'>) {
  const { clock, log } = deps;
  let last: Counts | undefined;
  let isGoodUntil = Number.NEGATIVE_INFINITY;
  let underWay: Promise<Counts> | undefined;

  async function count(): Promise<Counts> {
    const from = performance.now();
    try {
      const counts = await countAll(deps);
      last = counts;
      const tookMs = performance.now() - from;
      isGoodUntil = clock.nowMs() + Math.max(goodForMs, tookMs * costFactor);
      return counts;
    } finally {
      underWay = undefined;
    }
  }

  return async function readCounts(): Promise<Counts> {
    if (last && clock.nowMs() < isGoodUntil) return last;
    underWay ??= count();
    if (!last) return underWay;
    underWay.catch((error) => log.debug({ err: error }, 'could not count users and sessions'));
    return last;
  };
}

async function countAll({ database: { db }, clock }: Pick<Deps, 'database' | 'clock'>) {
  const countedAtMs = clock.nowMs();
  const users = await sum((afterId) => countUsersAfter(db, afterId, stretchLength));
  const sessions = await sum((afterId) =>
    countSessionsAfter(db, afterId, stretchLength, countedAtMs),
  );
  return {
    users: { total: users.rows, active: users.live },
    sessions: { live: sessions.live },
    administratorsWithoutFactor: await countAdministratorsWithoutFactor(db, maxCounted),
    countedAtMs,
  };
}

async function sum(countAfter: (afterId: number) => Promise<StretchCount>) {
  let rows = 0;
  let live = 0;
  let afterId: number | null = 0;
  while (afterId !== null) {
    const stretch: StretchCount = await countAfter(afterId);
    rows += stretch.rows;
    live += stretch.live;
    afterId = stretch.rows < stretchLength ? null : stretch.throughId;
  }
  return { rows, live };
}
