import { alternate, median, medianOf, medianRatio, type Sample, type Side } from '../measure.ts';
import type { FigureResult } from '../report.ts';
import type { Seeded } from '../seed.ts';
import { type Bench, sizeOf } from './bench.ts';

/** Ours on one database, and what it is held against. */
export interface Pair {
  readonly database: Seeded;
  /** How many workers are at it; one where it is not said. */
  readonly workers?: number;
  readonly limit: Side;
  readonly ours: Side;
}

export interface Comparison extends Pick<FigureResult, 'figure' | 'title' | 'unit'> {
  readonly target: string;
  isMet(figures: { measured: number; ratio: number }): boolean;
}

/** With the most users in the database, at least this much of what it is with the fewest. */
const scaleTargets = { sqlite: 0.9, postgres: 0.8 } as const;

/** Measures the pairs in turn: one result for each database, and one for the largest to the smallest. */
export async function compare(
  bench: Bench,
  pairs: readonly Pair[],
  comparison: Comparison,
): Promise<FigureResult[]> {
  const sides = [...new Set(pairs.flatMap(({ limit, ours }) => [limit, ours]))];
  const samples = await alternate(sides, bench.rounds, bench.say);
  const of = (side: Side) => samples.get(side) ?? [];
  const results = pairs.map(({ database, limit, ours, workers = 1 }): FigureResult => {
    const measured = median(of(ours).map(({ value }) => value));
    const ratio = medianRatio(of(ours), of(limit));
    return {
      figure: comparison.figure,
      title: `${comparison.title}, ${sizeOf(database)}${workers > 1 ? `, ${workers} workers` : ''}`,
      unit: comparison.unit,
      measured,
      limit: median(of(limit).map(({ value }) => value)),
      limitName: limit.name,
      ratio,
      // The other targets are those of one process on SQLite.
      ...(bench.engine === 'sqlite' && {
        target: comparison.target,
        isMet: comparison.isMet({ measured, ratio }),
      }),
      details: { [limit.name]: detailsOf(of(limit)), [ours.name]: detailsOf(of(ours)) },
    };
  });
  const alone = pairs.filter(({ workers = 1 }) => workers === 1);
  const [first] = alone;
  const last = alone.at(-1);
  if (first && last && first !== last) {
    results.push(
      scaleResult(
        { ...comparison, scaleTarget: scaleTargets[bench.engine] },
        [first.database, of(first.ours)],
        [last.database, of(last.ours)],
      ),
    );
  }
  return results;
}

type Scale = readonly [Seeded, readonly Sample[]];

/** How much of a figure is left with many users. */
export function scaleResult(
  {
    figure,
    title,
    unit,
    scaleTarget = scaleTargets.sqlite,
  }: Pick<Comparison, 'figure' | 'title' | 'unit'> & { scaleTarget?: number },
  [fewUsers, few]: Scale,
  [manyUsers, many]: Scale,
): FigureResult {
  // Of requests the more the better; of time and memory the less.
  const ratio = unit === '/s' ? medianRatio(many, few) : medianRatio(few, many);
  return {
    figure,
    title: `${title}, ${manyUsers.users.toLocaleString('en')} to ${fewUsers.users.toLocaleString('en')}`,
    unit,
    measured: median(many.map(({ value }) => value)),
    limit: median(few.map(({ value }) => value)),
    limitName: `with ${sizeOf(fewUsers)}`,
    ratio,
    target: `>= ${scaleTarget.toFixed(2)}`,
    isMet: ratio >= scaleTarget,
  };
}

function detailsOf(samples: readonly Sample[]) {
  return {
    p50Ms: medianOf(samples, 'p50Ms'),
    p99Ms: medianOf(samples, 'p99Ms'),
    cpuMicros: medianOf(samples, 'cpuMicros'),
    databaseMicros: medianOf(samples, 'databaseMicros'),
    generatorCores: medianOf(samples, 'generatorCores'),
  };
}
