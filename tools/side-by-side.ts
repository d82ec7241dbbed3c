/**
 * Runs commands at the same time: `node tools/side-by-side.ts "tsc --noEmit" knip`.
 *
 * What each says is printed in one piece when it ends. All of them run to their end, so that every problem
 * is seen at once; the exit status is that of the first that failed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** @returns its exit status */
async function run(command: string): Promise<number> {
  const child = spawn(`${command} 2>&1`, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const said = await text(child.stdout);
  const [status] = await closed;
  process.stdout.write(`${status === 0 ? 'passed' : 'FAILED'}: ${command}\n${said}`);
  return status ?? 1;
}

const statuses = await Promise.all(process.argv.slice(2).map(run));
process.exitCode = statuses.find((status) => status !== 0) ?? 0;
