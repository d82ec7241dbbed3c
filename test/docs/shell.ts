import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A terminal in which a test types what a document says. */
export interface Shell extends AsyncDisposable {
  /** Runs commands and gives what they print, errors included. */
  run(commands: string): Promise<string>;
  /** Starts commands of which the last one does not end. */
  start(commands: string): void;
}

const endOfStep = '--- end of a step ---';

/** @param environment is all that the commands have */
export function openShell(cwd: string, environment: Readonly<Record<string, string>>): Shell {
  const child = spawn('bash', ['-euo', 'pipefail'], {
    cwd,
    env: environment,
    detached: true, // a group of its own, so that what it started ends with it
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.write('exec 2>&1\n');
  const lines = createInterface(child.stdout);
  return {
    run: (commands) => runStep(child, lines, commands),
    start: (commands) => void child.stdin.write(commands),
    async [Symbol.asyncDispose]() {
      const closed = once(child, 'close');
      child.stdin.end();
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await closed;
    },
  };
}

async function runStep(
  child: ChildProcess,
  lines: ReturnType<typeof createInterface>,
  commands: string,
): Promise<string> {
  const printed: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const onLine = (line: string) => {
    if (line === endOfStep) resolve(printed.join('\n'));
    else printed.push(line);
  };
  const onClose = () => reject(new Error(`The shell ended:\n${commands}\n${printed.join('\n')}`));
  lines.on('line', onLine).once('close', onClose);
  child.stdin?.write(`{ ${commands}\n} < /dev/null\necho; echo '${endOfStep}'\n`);
  return promise.finally(() => lines.off('line', onLine).off('close', onClose));
}
