import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The server as its users start it: a process of its own, told what to do by flags and environment. */

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface ProcessOptions {
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A command that the server is started by: it gets the server's as its last arguments. */
  readonly prefix?: readonly string[];
  /** Where standard error goes instead of `stderr()`. */
  readonly stderrFd?: number;
}

export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly exit: Promise<Exit>;
  readonly said: { stdout: string; stderr: string };
}

function start(dataDir: string, options: ProcessOptions): Started {
  const { flags = [], environment = {}, prefix = [], stderrFd } = options;
  const command = [...prefix, process.execPath, main, 'serve', '--port', '0', '--data', dataDir];
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LATCHKEY_'));
  const child = spawn(command[0] as string, [...command.slice(1), ...flags], {
    stdio: ['ignore', 'pipe', stderrFd ?? 'pipe'],
    env: { ...Object.fromEntries(inherited), ...environment },
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const exit = once(child, 'close').then(([status, signal]) => ({ status, signal, ...said }));
  return { child, exit, said };
}

/** Runs a server that is expected to end by itself. */
export async function runToEnd(dataDir: string, options: ProcessOptions = {}): Promise<Exit> {
  const { child, exit } = start(dataDir, options);
  const limit = setTimeout(() => child.kill('SIGKILL'), 20_000);
  try {
    return await exit;
  } finally {
    clearTimeout(limit);
  }
}

export interface ServerProcess extends AsyncDisposable {
  readonly origin: string;
  readonly pid: number;
  readonly exit: Promise<Exit>;
  stderr(): string;
  kill(signal: NodeJS.Signals): Promise<Exit>;
}

/** Starts a server and waits until it listens. `await using` kills it where nobody has. */
export async function startProcess(
  dataDir: string,
  options: ProcessOptions = {},
): Promise<ServerProcess> {
  const { child, exit, said } = start(dataDir, options);
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const address = /running at (http:\S+)/.exec(said.stdout)?.[1];
      if (address !== undefined) resolve(address);
    });
    exit.then(
      ({ status, signal, stderr }) =>
        reject(new Error(`The server ended (${status ?? signal}): ${stderr}`)),
      reject,
    );
  });
  const kill = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exit;
  };
  return {
    origin,
    pid: child.pid as number,
    exit,
    stderr: () => said.stderr,
    kill,
    [Symbol.asyncDispose]: async () => {
      await kill('SIGKILL');
    },
  };
}
