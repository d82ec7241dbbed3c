import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, platform, release } from 'node:os';
import { join } from 'node:path';

/** What the figures hold for. A machine that is not idle at the start gives poor ones. */
export function machine(loadBefore: number) {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    system: `${platform()} ${release()}`,
    node: process.version,
    loadBefore,
    at: new Date().toISOString(),
  };
}

/** Gives a task a folder of its own, and removes it. */
export async function withWorkFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  // Beside the sources and not in /tmp, which on many machines is in memory.
  const parent = join(import.meta.dirname, '.work');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  try {
    return await task(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What goes on, on standard error: the results alone are on standard output. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
