import type { LoadRun } from './load.ts';
import type { Generator, Server } from './processes.ts';

/** What one side of a comparison gave in one round. */
export interface Sample {
  readonly value: number;
  /** Times of the requests, where requests were sent. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** What the server used for each request, on all of its threads. */
  readonly cpuMicros?: number | undefined;
  /** What the database, where it is a process of its own, used for each request. */
  readonly databaseMicros?: number | undefined;
  /** What the generator used, as a share of one core. */
  readonly generatorCores?: number;
}

/** One side of a comparison: a limit, or ours. */
export interface Side {
  readonly name: string;
  measure(): Promise<Sample> | Sample;
}

/**
 * Takes the sides in turn, round after round, so that whatever else the machine does falls on all of
 * them. A first round warms them up and is not counted.
 *
 * @returns the samples of each side, by round
 */
export async function alternate(
  sides: readonly Side[],
  rounds: number,
  say: (text: string) => void,
): Promise<Map<Side, Sample[]>> {
  const samples = new Map<Side, Sample[]>(sides.map((side) => [side, []]));
  for (let round = 0; round <= rounds; round += 1) {
    const line: string[] = [];
    for (const side of sides) {
      const sample = await side.measure();
      if (round > 0) samples.get(side)?.push(sample);
      line.push(`${side.name} ${sample.value.toPrecision(4)}`);
    }
    say(`${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${line.join(', ')}`);
  }
  return samples;
}

/** A side that sends requests to a server, and gives the answers a second. */
export function throughput(
  name: string,
  server: Server,
  generator: Generator,
  plan: Omit<LoadRun, 'port'>,
): Side {
  return {
    name,
    async measure() {
      const before = server.cpuMicros();
      const result = await generator.run({ ...plan, port: server.port });
      const after = server.cpuMicros();
      const isKnown = before !== undefined && after !== undefined;
      return {
        value: result.answers / result.seconds,
        p50Ms: result.p50Ms,
        p99Ms: result.p99Ms,
        cpuMicros: isKnown ? (after - before) / result.answers : undefined,
        generatorCores: result.cores,
      };
    },
  };
}

/** NaN if there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)];
  return ((sorted[low] ?? Number.NaN) + (sorted[high] ?? Number.NaN)) / 2;
}

/** The median of one member; undefined if no sample has it. */
export function medianOf(samples: readonly Sample[], member: keyof Sample): number | undefined {
  const values = samples.map((sample) => sample[member]).filter((value) => value !== undefined);
  return values.length > 0 ? median(values) : undefined;
}

/** The median, over the rounds, of what one side is to the other in the same round. */
export function medianRatio(side: readonly Sample[], other: readonly Sample[]): number {
  return median(side.map((sample, round) => sample.value / (other[round]?.value ?? Number.NaN)));
}
