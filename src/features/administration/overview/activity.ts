import type { Counter } from 'prom-client';
import type { Deps } from '../../../deps.ts';
import {
  type ActivityCounts,
  addActivity,
  findActivitySince,
  removeActivityBefore,
} from './activity.queries.ts';

/**
 * Sign-ins, failures and refreshes of the last 24 hours, by ten minutes. Each node adds what its own
 * counters have gained to one small table, once a minute and only if they have: no request pays for it,
 * a restart loses a minute at most, and the table never has more than 145 rows.
 */

const periodMs = 10 * 60_000;
const periods = 144;
const writePauseMs = 60_000;

/** Ten minutes, from `atMs` on. */
export interface ActivityPeriod extends ActivityCounts {
  readonly atMs: number;
}

export interface Activity {
  /** The last 24 hours, the oldest first; of other nodes all but their last minute. */
  read(): Promise<ActivityPeriod[]>;
  /** Writes what is not written yet, and counts no more. */
  stop(): Promise<void>;
}

const nothing: ActivityCounts = { signIns: 0, failures: 0, refreshes: 0 };

export function createActivity(
  deps: Pick<Deps, 'database' | 'settings' | 'clock' | 'metrics' | 'log'>,
): Activity {
  const { database, settings, clock, log } = deps;
  let written = nothing;
  let underWay = Promise.resolve();
  let isStopped = false;
  let timer = later();

  function later(): NodeJS.Timeout {
    return setTimeout(() => {
      underWay = step();
    }, writePauseMs).unref();
  }

  async function step(): Promise<void> {
    try {
      await write();
    } catch (error) {
      log.debug({ err: error }, 'could not write the figures of the dashboard; will try again');
    }
    if (!isStopped) timer = later();
  }

  async function write(): Promise<void> {
    if (settings.get('MAINTENANCE_MODE')) return; // which keeps data as it is
    const total = await totals(deps);
    const gained = minus(total, written);
    if (Object.values(gained).every((count) => count === 0)) return;
    const fromMs = periodOf(clock.nowMs());
    // Before the outcome is known: a missing figure is better than one that counts twice.
    written = total;
    await addActivity(database.db, fromMs, gained);
    await removeActivityBefore(database.db, fromMs - periods * periodMs);
  }

  return {
    async read() {
      const lastMs = periodOf(clock.nowMs());
      const firstMs = lastMs - (periods - 1) * periodMs;
      const rows = await findActivitySince(database.db, firstMs);
      const found = new Map(rows.map((row) => [row.fromMs, row]));
      const gained = minus(await totals(deps), written);
      return Array.from({ length: periods }, (_, index) => {
        const atMs = firstMs + index * periodMs;
        const row = found.get(atMs);
        const own = atMs === lastMs ? gained : nothing;
        return {
          atMs,
          signIns: (row?.signIns ?? 0) + own.signIns,
          failures: (row?.failures ?? 0) + own.failures,
          refreshes: (row?.refreshes ?? 0) + own.refreshes,
        };
      });
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await underWay;
      await step();
    },
  };
}

function periodOf(ms: number): number {
  return ms - (ms % periodMs);
}

function minus(a: ActivityCounts, b: ActivityCounts): ActivityCounts {
  return {
    signIns: a.signIns - b.signIns,
    failures: a.failures - b.failures,
    refreshes: a.refreshes - b.refreshes,
  };
}

/** What this process has counted since it began. */
async function totals({ metrics }: Pick<Deps, 'metrics'>): Promise<ActivityCounts> {
  const signIns = await byOutcome(metrics.signIns);
  const refreshes = await byOutcome(metrics.refreshes);
  const of = (counts: Map<string, number>, outcome: string) => counts.get(outcome) ?? 0;
  return {
    signIns: of(signIns, 'success'),
    failures: of(signIns, 'refused') + of(signIns, 'inactive'),
    refreshes: of(refreshes, 'success'),
  };
}

async function byOutcome(counter: Pick<Counter<'outcome'>, 'get'>): Promise<Map<string, number>> {
  const { values } = await counter.get();
  return new Map(values.map(({ labels, value }) => [String(labels.outcome), value]));
}
