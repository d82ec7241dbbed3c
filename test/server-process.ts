import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { patienceMs } from './eventually.ts';

/** The server as a process of its own, as an operator starts it. */
export interface ServerProcess extends AsyncDisposable {
  readonly origin: string;
  /** Where health and metrics are; undefined: nowhere. */
  readonly operationsOrigin: string | undefined;
  readonly process: ChildProcess;
  /** What it has written to standard output so far. */
  output(): string;
  /** What it has written to standard error so far: its log. */
  log(): string;
  /** Waits for it to end, and gives how. */
  ended(): Promise<{ status: number | null; signal: NodeJS.Signals | null }>;
}

export interface ServerProcessOptions {
  /** The file that `latchkey` is: another than the one in dist/. */
  readonly main?: string;
  readonly folder: string;
  /** More of the command line. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A command that starts it: it gets the server's own as its last arguments. */
  readonly prefix?: readonly string[];
  /** A file that gets its log instead. */
  readonly logFd?: number;
}

/** The program as it is built, which global-setup.ts sees to. */
export const builtMain = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** The environment of a server that shares nothing with another: no variable of ours is inherited. */
export function isolatedEnvironment(
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      !entry[0].startsWith('LATCHKEY_') && entry[1] !== undefined,
  );
  return { ...Object.fromEntries(inherited), ...own };
}

/** That of a server on free ports. */
export function serverEnvironment(
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return isolatedEnvironment({
    LATCHKEY_PORT: '0',
    LATCHKEY_METRICS_PORT: '0',
    LATCHKEY_RATE_LIMITS_ENABLED: 'false', // tests send more from one ip than people do
    ...own,
  });
}

function spawnServer(options: ServerProcessOptions): ChildProcess {
  const main = options.main ?? builtMain;
  const own = [process.execPath, main, 'serve', ...(options.flags ?? [])];
  const [command = '', ...rest] = [...(options.prefix ?? []), ...own];
  return spawn(command, rest, {
    cwd: options.folder,
    env: serverEnvironment(options.environment),
    stdio: ['ignore', 'pipe', options.logFd ?? 'pipe'],
  });
}

export interface ServerEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `latchkey serve` where it cannot start, and waits for its end. */
export async function runServerToEnd(options: ServerProcessOptions): Promise<ServerEnd> {
  const child = spawnServer(options);
  const limit = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (text) => {
      said[name] += text;
    });
  }
  const [status] = (await once(child, 'close')) as [number | null];
  clearTimeout(limit);
  return { status, ...said };
}

/** Starts `latchkey serve` on free ports and waits until it listens. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawnServer(options);
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  let log = '';
  let said = '';
  child.stderr?.on('data', (text) => {
    log += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text) => {
      said += text;
      if (said.includes('Data folder')) resolve();
    });
    child.once('exit', (status) =>
      reject(new Error(`The server ended with ${status}: ${said}${log}`)),
    );
  });
  return {
    origin: /(?:Listens at +|running at )(http:\/\/127\S+|http:\/\/\[\S+)/.exec(said)?.[1] ?? '',
    operationsOrigin: /Metrics +(\S+)\/metrics/.exec(said)?.[1],
    process: child,
    output: () => said,
    log: () => log,
    async ended() {
      const [status, signal] = await closed;
      return { status, signal };
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await closed;
    },
  };
}
