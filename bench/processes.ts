import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { limitNames } from '../src/features/platform/limits/limit-windows.ts';
import { registry } from '../src/settings/registry.ts';
import type { LoadResult, LoadRun, LoadWork } from './load.ts';
import type { Seeded } from './seed.ts';

/** The processes of a measurement: the servers, and the generators that load them. */

const root = join(import.meta.dirname, '..');

export interface Server {
  readonly pid: number | undefined;
  readonly port: number;
  /** From its start to its first answer. */
  readonly readyMs: number;
  /** Time on a core so far, of all its threads; undefined without /proc. */
  cpuMicros(): number | undefined;
  /** Memory that it holds now; undefined without /proc. */
  residentMegabytes(): number | undefined;
  stop(): Promise<void>;
}

/** The limits are on, but the one ip that all load comes from is allowed more than others. */
const raisedLimits = Object.fromEntries(
  limitNames.map((name) => [`LATCHKEY_${name}`, String(registry[name].maximum)]),
);

/** The limits as they are by default, for a figure that is about them. */
export const defaultLimits = Object.fromEntries(
  limitNames.map((name) => [`LATCHKEY_${name}`, String(registry[name].default)]),
);

/** The product, as an operator starts it, on a database; its log goes where nobody looks. */
export function startLatchkey(
  { dataDir, databaseUrl }: Pick<Seeded, 'dataDir' | 'databaseUrl'>,
  ownSettings: Readonly<Record<string, string>> = {},
  workers = 1,
): Promise<Server> {
  const settings = {
    ...ownSettings,
    LATCHKEY_WORKERS: String(workers),
    ...(databaseUrl !== undefined && { LATCHKEY_DATABASE_URL: databaseUrl }),
  };
  const command = ['dist/main.js', 'serve', '--port', '0', '--data', dataDir];
  return startServer(command, '/api/me/', { ...raisedLimits, ...settings });
}

/** A server of one bare Fastify route; see limits/bare-server.ts. */
export function startBareServer(): Promise<Server> {
  return startServer(['bench/limits/bare-server.ts'], '/bare');
}

async function startServer(
  args: readonly string[],
  path: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const startedAt = performance.now();
  const nowhere = openSync('/dev/null', 'w');
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('LATCHKEY_'));
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...Object.fromEntries(environment), ...settings },
    stdio: ['ignore', 'pipe', nowhere],
  });
  closeSync(nowhere);
  const port = await readPort(child);
  await new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, agent: false }, (answer) => {
      answer.resume().on('end', resolve);
    }).on('error', reject);
  });
  const readyMs = performance.now() - startedAt;
  return {
    pid: child.pid,
    port,
    readyMs,
    cpuMicros: () => child.pid && cpuMicrosOfTree(child.pid),
    residentMegabytes() {
      const kilobytes = /VmRSS:\s+(\d+)/.exec(readProc(`${child.pid}/status`) ?? '')?.[1];
      return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function readPort(child: ChildProcess): Promise<number> {
  let printed = '';
  for await (const chunk of child.stdout ?? []) {
    printed += String(chunk);
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(printed)?.[1];
    if (port !== undefined) {
      child.stdout?.resume();
      return Number(port);
    }
  }
  throw new Error(`The server did not start: ${child.spawnargs.join(' ')}`);
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * What a process has used so far, with the children that it has and had: PostgreSQL ends some while it works. In
 * microseconds; undefined without /proc.
 */
export function cpuMicrosOfTree(pid: number): number | undefined {
  const children = readProc(`${pid}/task/${pid}/children`)?.trim().split(' ').filter(Boolean);
  if (!children) return undefined;
  const [user = 0, system = 0, userOfEnded = 0, systemOfEnded = 0] = cpuTicks(pid);
  const living = children.flatMap((child) => cpuTicks(Number(child)).slice(0, 2));
  const own = [user, system, userOfEnded, systemOfEnded];
  return [...own, ...living].reduce((sum, ticks) => sum + ticks, 0) * microsPerTick;
}

/** Linux counts in hundredths of a second here (proc(5), `sysconf(_SC_CLK_TCK)`). */
const microsPerTick = 10_000;

/** `utime`, `stime`, `cutime` and `cstime` of a process (proc(5)); nothing where it is gone. */
function cpuTicks(pid: number): number[] {
  // The name before them stands in parentheses, and may hold anything.
  const fields = readProc(`${pid}/stat`)?.split(') ').at(-1)?.split(' ') ?? [];
  return fields.slice(11, 15).map(Number);
}

export interface Generator {
  run(plan: LoadRun): Promise<LoadResult>;
  stop(): void;
}

/** Starts a generator and tells it what to send. */
export async function startGenerator(work: LoadWork): Promise<Generator> {
  const child = fork(join(import.meta.dirname, 'load.ts'), { serialization: 'advanced' });
  const exited = once(child, 'exit').then(() => {
    throw new Error('The load generator ended; standard error has the cause.');
  });
  exited.catch(() => undefined); // an end that was asked for
  const ask = async (message: LoadWork | LoadRun): Promise<unknown> => {
    child.send(message);
    const [answer] = (await Promise.race([once(child, 'message'), exited])) as [unknown];
    return answer;
  };
  await ask(work);
  return {
    async run(plan) {
      const result = (await ask(plan)) as LoadResult;
      if (result.wrong > 0) {
        throw new Error(
          `${result.wrong} answers were not a success; the first:\n${result.firstWrong}`,
        );
      }
      return result;
    },
    stop: () => {
      child.kill();
    },
  };
}
