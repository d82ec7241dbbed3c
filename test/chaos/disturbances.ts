import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from '../../src/db/database.ts';
import { isMigrated } from '../../src/db/readiness.ts';
import { createSigningKeys } from '../../src/features/platform/keys/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { setSetting } from '../../src/settings/change-settings.ts';
import { openSettings } from '../../src/settings/settings.ts';
import type { Operation } from '../crash/history.ts';
import { patienceMs } from '../eventually.ts';
import type { ChaosClient } from './client.ts';
import { type Cluster, secretKey } from './cluster.ts';

export interface Scene {
  readonly cluster: Cluster;
  readonly history: Operation[];
  /** A client who does nothing by itself. */
  readonly probe: ChaosClient;
  /** From 0. */
  readonly round: number;
}

/** What is done to the cluster while its clients work, in turn. */
export const disturbances: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  async 'a node is killed'({ cluster, round }) {
    const node = cluster.nodes[round % 2] ?? cluster.nodes[0];
    await node.kill();
    await node.start();
  },

  async 'connections are cut in the middle of commits'({ cluster }) {
    for (const { proxy } of cluster.nodes) {
      for (const text of ['commit', 'update "sessions"', 'update "users"']) {
        proxy.cutAnswerTo(text);
        await sleep(20);
        proxy.cutBefore(text);
        await sleep(20);
      }
    }
  },

  async 'a setting is changed'({ cluster, history, probe, round }) {
    const { database } = cluster;
    const value = String(10_000 + round);
    const origin = { actor: 'chaos', reason: '' };
    const deps = { database, clock: systemClock };
    await setSetting(deps, 'ACCESS_TOKEN_LIFETIME', 10_000 + round, origin);
    history.push({ kind: 'shared value set', name: 'lifetime', value });
    await readShared({ cluster, history }, 'lifetime', value, (node) => probe.lifetimeAt(node));
  },

  async 'the database is killed'({ cluster: { postgres, database } }) {
    await postgres.kill();
    await postgres.start();
    await untilAnswered(database);
  },

  async 'a key is rotated'({ cluster, history }) {
    const { database } = cluster;
    const settings = await openSettings(database);
    const deps = { database, settings, clock: systemClock, secretKeys: [secretKey] };
    const { kid } = await createSigningKeys(deps).rotate('EdDSA', { kind: 'cli', name: 'chaos' });
    history.push({ kind: 'shared value set', name: 'newest key', value: kid });
    await readShared({ cluster, history }, 'newest key', kid, async ({ origin }) => {
      const response = await fetch(`${origin}/.well-known/jwks.json`);
      const { keys } = (await response.json()) as { keys?: { kid: string }[] };
      return keys?.some((key) => key.kid === kid) ? kid : 'not there';
    });
  },

  async 'every connection of the nodes waits'({ cluster: { postgres } }) {
    const client = await connect(postgres.url);
    await client.query('begin');
    await client.query('lock table sessions in exclusive mode');
    await sleep(400);
    await client.query('rollback');
    await client.end();
  },

  async 'the database has no connection left'({ cluster: { postgres, database } }) {
    const clients: pg.Client[] = [];
    await postgres.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'latchkey' and pid <> pg_backend_pid()`,
    );
    try {
      for (;;) clients.push(await connect(postgres.url));
    } catch {
      // That was the last one.
    }
    await sleep(200);
    await Promise.all(clients.map((client) => client.end()));
    await untilAnswered(database);
  },
};

/** Our own connections, by which the next disturbance works, are there again. */
async function untilAnswered(database: Database): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      await isMigrated(database);
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await sleep(50);
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Notes what each node has, when it has learned of it or should have. */
async function readShared(
  { cluster, history }: Pick<Scene, 'cluster' | 'history'>,
  name: string,
  value: string,
  read: (node: Cluster['nodes'][number]) => Promise<string>,
): Promise<void> {
  for (const node of cluster.nodes) {
    const until = performance.now() + patienceMs;
    let found = await read(node);
    while (found !== value && performance.now() < until) {
      await sleep(50);
      found = await read(node);
    }
    history.push({ kind: 'shared value read', name, node: node.name, value: found });
  }
}
