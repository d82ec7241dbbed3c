import { setTimeout as sleep } from 'node:timers/promises';
import { settledMs } from '../../src/lib/heap.ts';
import type { Side } from '../measure.ts';
import { type Server, startBareServer, startLatchkey } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import { type Bench, sizeOf } from './bench.ts';
import { compare } from './compare.ts';

/** What a server takes before anybody asks anything of it: time to start, and memory. */

/** From the start of the process to its first answer. */
export function ready(bench: Bench): Promise<FigureResult[]> {
  const measureWith = (start: () => Promise<Server>) => async () => {
    const server = await start();
    await server.stop();
    return { value: server.readyMs };
  };
  return compareStarts(bench, measureWith, {
    figure: 'ready',
    title: 'ready after',
    unit: 'ms',
    target: '<= 1000 ms',
    isMet: ({ measured }) => measured <= 1_000,
  });
}

/** What is resident once the start has settled. */
export function memory(bench: Bench): Promise<FigureResult[]> {
  const measureWith = (start: () => Promise<Server>) => async () => {
    const server = await start();
    await sleep(settledMs + 1_500); // by then it has given back what its start used
    const value = server.residentMegabytes() ?? Number.NaN;
    await server.stop();
    return { value };
  };
  return compareStarts(bench, measureWith, {
    figure: 'memory',
    title: 'idle memory',
    unit: 'MB',
    target: '<= 120 MB',
    isMet: ({ measured }) => measured <= 120,
  });
}

async function compareStarts(
  bench: Bench,
  measureWith: (start: () => Promise<Server>) => Side['measure'],
  comparison: Parameters<typeof compare>[2],
): Promise<FigureResult[]> {
  await bench.servers[Symbol.asyncDispose](); // one server a database
  const limit = { name: 'bare Fastify', measure: measureWith(startBareServer) };
  const pairs = bench.databases.map((database) => ({
    database,
    limit,
    ours: {
      name: sizeOf(database),
      measure: measureWith(() => startLatchkey(database)),
    },
  }));
  return compare(bench, pairs, comparison);
}
