import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { run } from '../../src/cli/run.ts';
import { Collected, startServerHere } from '../server-here.ts';
import { builtMain, isolatedEnvironment } from '../server-process.ts';

/** The command line: its commands and servers run in the process of the test, those at a terminal in their own. */

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What the process reads on standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another copy of the program. */
  readonly main?: string;
  /** Runs as another user of the system; only root can. */
  readonly uid?: number;
}

function start(args: readonly string[], options: RunOptions = {}): ChildProcess {
  return spawn(process.execPath, [options.main ?? builtMain, ...args], {
    env: isolatedEnvironment({ NO_COLOR: '1', ...options.env }),
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  });
}

/** Runs one command to its end. Nobody sits at a terminal. */
export async function latchkey(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const isOwn = args[0] === 'serve' || options.main !== undefined || options.uid !== undefined;
  if (isOwn) return inOwnProcess(args, options);
  const [stdout, stderr] = [new Collected(), new Collected()];
  const status = await runHere(args, {
    stdin: Readable.from([Buffer.from(options.input ?? '')]),
    stdout,
    stderr,
    env: isolatedEnvironment({ NO_COLOR: '1', ...options.env }),
  });
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** The next test of this process makes its files as others may read them. */
async function runHere(...parameters: Parameters<typeof run>): Promise<number> {
  try {
    return await run(...parameters);
  } finally {
    process.umask(0o022);
  }
}

/** As `latchkey`, in a process of its own: the program that is built. */
export async function inOwnProcess(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const child = start(args, options);
  child.stdin?.on('error', () => undefined); // a command that reads nothing may be gone already
  child.stdin?.end(options.input ?? '');
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text) => {
    output.stdout += text;
  });
  child.stderr?.on('data', (text) => {
    output.stderr += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...output };
}

/**
 * Runs commands on one data folder, which the environment names. An argument that holds spaces cannot be given this
 * way.
 */
export function commandLine(dataDir: string, defaults: RunOptions = {}) {
  return (args: string, { env, ...options }: RunOptions = {}) =>
    latchkey(args.split(' '), {
      ...defaults,
      ...options,
      env: { LATCHKEY_DATA_DIR: dataDir, ...defaults.env, ...env },
    });
}

/** Starts the server on the same data folder, in the process of the test. */
export function serve(dataDir: string, environment: Readonly<Record<string, string>> = {}) {
  return startServerHere({ data: dataDir, logLevel: 'warn' }, environment);
}

/** Of util-linux; it makes a pseudo-terminal. */
export const scriptCommand = '/usr/bin/script';

/** Runs one command at a terminal. */
export async function atTerminal(
  args: readonly string[],
  answers: readonly { readonly after: string; readonly type: string }[],
): Promise<Outcome> {
  const words = [process.execPath, builtMain, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn(scriptCommand, ['--quiet', '--return', '--command', words, '/dev/null'], {
    env: isolatedEnvironment({ NO_COLOR: '1', TERM: 'xterm' }),
  });
  const waiting = [...answers];
  let stdout = '';
  let seen = 0;
  child.stdout.on('data', (text) => {
    stdout += text;
    const [next] = waiting;
    const found = next ? stdout.indexOf(next.after, seen) : -1;
    if (!next || found < 0) return;
    seen = found + next.after.length;
    waiting.shift();
    setTimeout(() => child.stdin.write(`${next.type}\r`), 100); // what a person takes, and more
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr: '' };
}
