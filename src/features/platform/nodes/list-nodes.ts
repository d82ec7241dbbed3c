import type { Database } from '../../../db/database.ts';
import type { BackgroundWork } from './background-work.ts';
import { findLeases } from './leases.queries.ts';
import { deadAfterMs } from './node.ts';
import { deleteNodesUnseenFor, findNodes } from './nodes.queries.ts';

/** A node as those see it who run the server. Times are by the clock of the database. */
export interface ListedNode {
  readonly id: string;
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  /** Which of the processes behind one port; null: there is but one. */
  readonly worker: number | null;
  readonly startedAtMs: number;
  readonly seenAtMs: number;
  readonly isAlive: boolean;
  /** Since when a change of a setting waits to be in force on it; 0: none does. */
  readonly settingsLagMs: number;
  /** The work that it does for all. */
  readonly leads: readonly string[];
}

/** Every node, and those that died within the last hour; the oldest first. */
export async function listNodes({ db, engine }: Database): Promise<ListedNode[]> {
  const [nodes, leases] = await Promise.all([findNodes(db), findLeases(db)]);
  return nodes.map((node) => ({
    id: node.id,
    version: node.version,
    host: node.host,
    pid: node.pid,
    worker: node.worker,
    startedAtMs: node.startedAtMs,
    seenAtMs: node.seenAtMs,
    isAlive: node.nowMs - node.seenAtMs < deadAfterMs(engine),
    settingsLagMs: node.lacksSinceMs === null ? 0 : Math.max(0, node.nowMs - node.lacksSinceMs),
    leads: leases.filter((lease) => lease.nodeId === node.id).map(({ name }) => name),
  }));
}

/** How long a node is listed that has died. */
const rememberMs = 3_600_000;
const sweepPauseMs = 60_000;

/** Forgets the nodes that died. */
export function sweepNodes({ database }: { readonly database: Database }): BackgroundWork {
  return {
    name: 'sweep',
    firstPauseMs: 5_000,
    retryPauseMs: sweepPauseMs,
    failure: 'could not forget dead nodes',
    async run() {
      await deleteNodesUnseenFor(database.db, rememberMs);
      return sweepPauseMs;
    },
  };
}
