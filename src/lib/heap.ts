import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How long a server has to itself before it is tidied: longer than it takes to be asked whether it is up. */
export const settledMs = 3_000;
/** A server that has more to do than this share of its time is left alone: what it runs is at its best. */
const maxUtilization = 0.1;

type CollectGarbage = (options: { type: 'major'; flavor: 'last-resort' }) => void;

/**
 * Gives back what the start has left behind, once: a fifth of the memory of a server that waits for its
 * first users. V8 would not look at it before there is much more. See docs/decisions/memory.md.
 */
export function releaseStartMemory(): void {
  const start = performance.eventLoopUtilization();
  setTimeout(() => {
    if (performance.eventLoopUtilization(start).utilization > maxUtilization) return;
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as CollectGarbage;
    setFlagsFromString('--no-expose-gc');
    collect({ type: 'major', flavor: 'last-resort' });
  }, settledMs).unref();
}
