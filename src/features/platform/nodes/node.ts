import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '../../../deps.ts';
import { packageInfo } from '../../../lib/own-package.ts';
import { createLeases, type Leases } from './leases.ts';
import { deleteNode, deleteOtherNodes, noteNode } from './nodes.queries.ts';

/** How long things take. Tests shorten it; there is nothing to configure. */
export interface NodeTimes {
  /** How often a node reports that it is alive. A node that was not seen for three times as long is dead. */
  readonly renewMs: number;
  /** How often it looks whether settings have changed; that it says at once. */
  readonly lookMs: number;
  /** How long a lease lives that is not renewed: how long work may lie still when a node dies. */
  readonly leaseMs: number;
}

/** On SQLite there is one node, and nobody to take over. */
const defaultTimes: Readonly<Record<'sqlite' | 'postgres', NodeTimes>> = {
  sqlite: { renewMs: 60_000, lookMs: 1_000, leaseMs: 15_000 },
  postgres: { renewMs: 5_000, lookMs: 500, leaseMs: 15_000 },
};

/** A node that was not seen for this long is dead. */
export function deadAfterMs(engine: 'sqlite' | 'postgres'): number {
  return 3 * defaultTimes[engine].renewMs;
}

/** A node that stops does not wait longer for the database to delete its row. */
const leaveLimitMs = 1_000;

/** One server process, among all that serve the same database. */
export interface Node {
  readonly id: string;
  readonly leases: Leases;
  /** Leaves the others: it leads no more, and is no longer listed. */
  stop(): Promise<void>;
}

/**
 * Joins the nodes of a database, and says every few seconds that it is there. A database that does
 * not answer keeps nobody from starting: it is tried again.
 */
export async function startNode(
  { database, settings, log, worker }: Pick<Deps, 'database' | 'settings' | 'log' | 'worker'>,
  times: NodeTimes = defaultTimes[database.engine],
): Promise<Node> {
  const id = randomUUID();
  const leases = createLeases({ database, nodeId: id }, times.leaseMs);
  const self = {
    id,
    version: packageInfo().version,
    host: hostname(),
    pid: process.pid,
    worker: worker?.number ?? null,
  };
  let saidAt = Number.NEGATIVE_INFINITY;
  let saidChangeId: number | undefined;
  let isFailing = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    try {
      await settings.sync();
      const changeId = settings.changeId();
      const isDue =
        changeId !== saidChangeId ||
        performance.now() - saidAt >= times.renewMs ||
        database.hasFailedWrite?.(); // whether it takes writes again is known by writing
      if (isDue) {
        await noteNode(database.db, { ...self, settingChangeId: changeId });
        saidAt = performance.now();
        saidChangeId = changeId;
      }
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'could not tell the other nodes that this one runs');
      isFailing = true;
    }
    if (!isStopped) lookLater();
  }

  let underWay = Promise.resolve();
  function lookLater(): void {
    timer = setTimeout(() => {
      underWay = look();
    }, times.lookMs).unref();
  }

  async function leave(): Promise<void> {
    await underWay;
    try {
      await leases.release();
      await deleteNode(database.db, id);
    } catch (error) {
      log.debug({ err: error }, 'could not take leave of the other nodes');
    }
  }

  await look();
  // Any other node in the list has died without leaving, because one server at a time has the file.
  if (database.engine === 'sqlite') await deleteOtherNodes(database.db, id).catch(() => undefined);
  return {
    id,
    leases,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await Promise.race([leave(), sleep(leaveLimitMs, undefined, { ref: false })]);
    },
  };
}
