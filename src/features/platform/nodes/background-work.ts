import type { Deps } from '../../../deps.ts';
import type { Node } from './node.ts';

/** What a task can ask while it runs. */
export interface Lead {
  /**
   * Whether this node still leads. A long task asks before each of its steps, and ends where it does
   * not: the database was away for longer than a lease lives, and another node has taken over.
   */
  isHeld(): boolean;
}

interface LeaderDeps {
  readonly node: Node;
}

/**
 * Runs a task once, on the one node that leads the work of this name; on all others it does nothing. The node that
 * led before goes on leading. If it stops another takes over at once; if it dies, within a lease's life (15 seconds)
 * and a third. On SQLite, which one server has, it always runs.
 *
 * It keeps nodes from doing the same work, but it is not a lock: a process that stood still for longer than its lease
 * lives can end its step beside its successor. So what a task writes must come out right if two do it at once (a
 * compare-and-swap, a unique index, a row lock in its transaction).
 *
 * @param name of the work; several tasks may share one, and are then led by the same node
 * @returns the result of the task; undefined if another node leads
 * @throws AppError `database_unavailable` if nobody can tell who leads; and what the task throws
 */
export async function runAsLeader<T>(
  { node }: LeaderDeps,
  name: string,
  task: (lead: Lead) => Promise<T>,
): Promise<T | undefined> {
  const { leases } = node;
  if (!(await leases.take(name))) return undefined;
  // What takes longer than a lease lives keeps it meanwhile.
  const renewal = setInterval(() => {
    leases.take(name).catch(() => undefined); // `isHeld` tells
  }, leases.lifetimeMs / 3).unref();
  try {
    return await task({ isHeld: () => leases.isHeld(name) });
  } finally {
    clearInterval(renewal);
  }
}

/** Work that is done again and again in the background, by one node for all. */
export interface BackgroundWork {
  /** Of the lease; see `runAsLeader`. */
  readonly name: string;
  readonly firstPauseMs: number;
  /** After a failure. */
  readonly retryPauseMs: number;
  /** The log line of a failure: `could not remove old rows`. */
  readonly failure: string;
  /**
   * One step of it, of some milliseconds.
   *
   * @returns in how many milliseconds the next one is due; `more`: there is more to do, as soon as nobody
   *   suffers from it
   */
  run(lead: Lead): Promise<number | 'more'>;
}

/** The part of the time that all work which goes on and on takes together, at most. */
const maxShare = 1 / 3;

/** Of each node, the work that has more to do. */
const busyOf = new WeakMap<Node, Set<BackgroundWork>>();

/**
 * How long work rests after a step, where more is to follow: longer where others share the time, and where the
 * machine or the database is busy, so that the step took longer.
 */
function restMs(tookMs: number, busy: number): number {
  return tookMs * (busy / maxShare - 1);
}

export interface RunningWork {
  /** Done when nothing of it is under way any more. */
  stop(): Promise<void>;
}

/**
 * Does work in the background while the process runs and this node leads it. Under `MAINTENANCE_MODE`, which keeps
 * data unchanged, no node does.
 */
export function startBackgroundWork(
  deps: LeaderDeps & Pick<Deps, 'log' | 'settings'>,
  work: BackgroundWork,
): RunningWork {
  /** The other nodes look this often whether they must lead. */
  const followPauseMs = deps.node.leases.lifetimeMs / 3;
  const busy = busyOf.get(deps.node) ?? new Set();
  busyOf.set(deps.node, busy);
  let isStopped = false;
  let isFailing = false;
  let underWay = Promise.resolve();
  let timer = later(work.firstPauseMs);

  function later(pauseMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      underWay = step();
    }, pauseMs).unref();
  }

  async function step(): Promise<void> {
    let pauseMs: number;
    const fromMs = performance.now();
    try {
      await deps.settings.sync(); // there may have been no request for a long time
      const isPaused = deps.settings.get('MAINTENANCE_MODE');
      const next = isPaused
        ? work.retryPauseMs
        : ((await runAsLeader(deps, work.name, work.run)) ?? followPauseMs);
      if (next === 'more') busy.add(work);
      else busy.delete(work);
      pauseMs = next === 'more' ? restMs(performance.now() - fromMs, busy.size) : next;
      isFailing = false;
    } catch (error) {
      // Once: a database may be away for long, and this be tried every second.
      deps.log[isFailing ? 'debug' : 'warn']({ err: error }, `${work.failure}; will try again`);
      isFailing = true;
      busy.delete(work);
      pauseMs = work.retryPauseMs;
    }
    if (!isStopped) timer = later(pauseMs);
  }

  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
      return underWay;
    },
  };
}
