import { median } from '../measure.ts';
import { layOut } from '../report.ts';
import type { Way, WaySamples } from './samples.ts';
import { compareRounds, correctForMany } from './statistics.ts';

/** How one way of being refused compares with the first. Times are in microseconds. */
export interface Finding {
  readonly name: string;
  readonly medianMicros: number;
  readonly differenceMicros: number;
  readonly intervalMicros: readonly [number, number];
  /** After the correction for how many there are. */
  readonly p: number;
  readonly hasSameAnswer: boolean;
  readonly isMet: boolean;
}

/** The chance that is taken of calling equal times different. */
const level = 0.01;

export interface Verdict {
  /** The way that the others are held against. */
  readonly reference: string;
  readonly referenceMicros: number;
  readonly findings: readonly Finding[];
  readonly thresholdMicros: number;
  /** Half of the widest interval: a difference that is smaller would not have shown. */
  readonly resolutionMicros: number;
}

/** Compares all ways with the first: a difference counts if it is not chance, and is large enough. */
export function judge(samples: ReadonlyMap<Way, WaySamples>, thresholdMicros: number): Verdict {
  const [[reference, first], ...others] = [...samples] as [
    [Way, WaySamples],
    ...[Way, WaySamples][],
  ];
  const differences = others.map(([, { times }]) => compareRounds(first.times, times));
  const corrected = correctForMany(differences.map(({ p }) => p));
  const findings = others.map(([{ name }, { times, answers }], index): Finding => {
    const { ofMedians = 0, interval = [0, 0] } = differences[index] ?? {};
    const p = corrected[index] ?? 1;
    const differenceMicros = ofMedians * 1000;
    const hasSameAnswer = new Set([...first.answers, ...answers]).size === 1;
    return {
      name,
      medianMicros: median(times) * 1000,
      differenceMicros,
      intervalMicros: [interval[0] * 1000, interval[1] * 1000],
      p,
      hasSameAnswer,
      isMet: hasSameAnswer && !(p < level && Math.abs(differenceMicros) > thresholdMicros),
    };
  });
  return {
    reference: reference.name,
    referenceMicros: median(first.times) * 1000,
    findings,
    thresholdMicros,
    resolutionMicros: Math.max(
      ...findings.map(({ intervalMicros: [low, high] }) => (high - low) / 2),
    ),
  };
}

/** The findings as a table for people. */
export function formatParity(endpoint: string, verdict: Verdict): string {
  const { reference, referenceMicros, findings, thresholdMicros, resolutionMicros } = verdict;
  const micros = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 0 });
  const rows = findings.map((finding) => [
    finding.name,
    micros(finding.medianMicros),
    micros(finding.differenceMicros),
    `${micros(finding.intervalMicros[0])} to ${micros(finding.intervalMicros[1])}`,
    finding.p.toPrecision(2),
    finding.hasSameAnswer ? 'the same' : 'ANOTHER',
    finding.isMet ? 'yes' : 'NO',
  ]);
  const table = layOut([
    [endpoint, 'median µs', 'difference', '99% interval', 'p', 'answer', 'met'],
    [reference, micros(referenceMicros), '', '', '', '', ''],
    ...rows,
  ]);
  if (resolutionMicros <= thresholdMicros) return table;
  return (
    `${table}\nA difference below some ${micros(resolutionMicros)} µs would not have shown: take more ` +
    'samples, or an idle machine.\n'
  );
}
