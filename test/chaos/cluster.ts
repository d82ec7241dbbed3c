import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../src/db/database.ts';
import { applyMigrations } from '../../src/db/migrate.ts';
import { openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { type CuttingProxy, startCuttingProxy } from '../postgres/cutting-proxy.ts';
import { type PostgresServer, startPostgres } from '../postgres/postgres-server.ts';
import { type ServerProcess, startServerProcess } from '../server-process.ts';

/** Nodes as processes of their own, and the PostgreSQL that they share. */

export const secretKey = 'a secret for chaos that is long enough for HS256';

const environment = {
  LATCHKEY_SECRET_KEY: secretKey,
  LATCHKEY_LOG_LEVEL: 'error',
  LATCHKEY_METRICS_PORT: 'off',
  LATCHKEY_DATABASE_POOL_SIZE: '4',
  LATCHKEY_ACCESS_TOKEN_ALGORITHM: 'EdDSA',
  // A predecessor that comes back within it ends nothing: sessions survive being asked about.
  LATCHKEY_REFRESH_GRACE_PERIOD: '300',
};

/**
 * What is committed must outlive its processes, which are killed; it need not outlive the machine, which is
 * not (docs/decisions/chaos.md).
 */
const configuration = [
  ...['synchronous_commit=on', 'fsync=off', 'full_page_writes=off', 'autovacuum=off'],
  ...['shared_buffers=64MB', 'max_connections=30'],
];

export interface ChaosNode {
  readonly name: string;
  /** It moves with each restart. */
  origin: string;
  /** Stands between it and the database. */
  readonly proxy: CuttingProxy;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** What it has logged since it was started. */
  log(): string;
}

export interface Cluster extends AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly nodes: readonly [ChaosNode, ChaosNode];
  /** The database without a proxy, for those who look and change settings. */
  readonly database: Database;
}

export async function startCluster(): Promise<Cluster> {
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-chaos-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const postgres = stack.use(await startPostgres({ configuration }));
  const database = stack.adopt(openPostgres(postgres.url, { size: 3 }), (db) => db.close());
  await applyMigrations(database);
  const [one, other] = await Promise.all(['one', 'other'].map(startNode));
  if (!one || !other) throw new Error('There are two.');
  return {
    postgres,
    nodes: [one, other],
    database,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };

  async function startNode(name: string): Promise<ChaosNode> {
    const proxy = stack.use(await startCuttingProxy(postgres.url));
    let server: ServerProcess | undefined;
    const node: ChaosNode = {
      name,
      origin: '',
      proxy,
      async kill() {
        server?.process.kill('SIGKILL');
        await server?.ended();
      },
      async start() {
        server = await startServerProcess({
          folder,
          flags: ['--data', join(folder, name)],
          environment: { ...environment, LATCHKEY_DATABASE_URL: proxy.url },
        });
        node.origin = server.origin;
      },
      log: () => server?.log() ?? '',
    };
    await node.start();
    stack.defer(() => node.kill());
    return node;
  }
}
