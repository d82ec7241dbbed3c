import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** The server as a process of its own, as an operator starts it. */
export interface ServerProcess extends AsyncDisposable {
  readonly origin: string;
  readonly process: ChildProcess;
}

export interface ServerProcessOptions {
  /** The file that `latchkey` is: `src/main.ts`, or the built one. */
  readonly main: string;
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

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

/** Starts `latchkey serve` on a free port and waits until it listens. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawn(process.execPath, [options.main, 'serve'], {
    cwd: options.folder,
    env: isolatedEnvironment({ LATCHKEY_PORT: '0', ...options.environment }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text) => {
      said += text;
      const url = /running at (\S+)/.exec(said)?.[1];
      if (url) resolve(url);
    });
    child.once('exit', (status) => reject(new Error(`The server ended with ${status}: ${said}`)));
  });
  return {
    origin,
    process: child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
