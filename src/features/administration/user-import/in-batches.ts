import { setTimeout as sleep } from 'node:timers/promises';

/** Some milliseconds of work, and one commit. */
const batchSize = 1_000;
/** The most that the next batch waits, so that a server that runs gets its turn. */
const maxPauseMs = 25;

/** Hands on what comes, a thousand at a time, with a rest as long as the work where it writes. */
export async function inBatches<T>(
  items: AsyncIterable<T>,
  run: (batch: readonly T[]) => Promise<void>,
  { pauses }: { readonly pauses: boolean },
): Promise<void> {
  let batch: T[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    const startedAt = performance.now();
    await run(batch);
    batch = [];
    if (pauses) await sleep(Math.min(maxPauseMs, performance.now() - startedAt));
  };
  for await (const item of items) {
    batch.push(item);
    if (batch.length >= batchSize) await flush();
  }
  await flush();
}
