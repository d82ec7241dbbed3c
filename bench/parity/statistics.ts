import { median } from '../measure.ts';

/** What two ways of being refused differ by; see docs/decisions/parity.md. */
export interface Difference {
  /** Of the medians: the other way's less the reference's, in the unit of the samples. */
  readonly ofMedians: number;
  /** Where the median of the rounds' own differences lies, with a confidence of 99%. */
  readonly interval: readonly [number, number];
  /** How likely rounds that differ at least so much are, where the two take the same time. */
  readonly p: number;
}

/** Compares two ways by their times in the same rounds. */
export function compareRounds(reference: readonly number[], other: readonly number[]): Difference {
  const differences = other.map((time, round) => time - (reference[round] ?? Number.NaN));
  return {
    ofMedians: median(other) - median(reference),
    interval: medianInterval(differences),
    p: signedRankP(differences),
  };
}

/**
 * Wilcoxon's signed-rank test, two-sided: the p-value of differences that are as likely to be above
 * zero as below. By the normal approximation with its corrections for ties and for continuity, which
 * is good from some twenty differences on.
 */
export function signedRankP(differences: readonly number[]): number {
  const sorted = differences
    .filter((difference) => difference !== 0)
    .sort((a, b) => Math.abs(a) - Math.abs(b));
  const n = sorted.length;
  if (n === 0) return 1;
  let positive = 0;
  let ties = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    while (end < n && Math.abs(sorted[end] ?? 0) === Math.abs(sorted[start] ?? 0)) end += 1;
    const rank = (start + 1 + end) / 2; // the mean of those that are tied
    positive += rank * sorted.slice(start, end).filter((difference) => difference > 0).length;
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  const mean = (n * (n + 1)) / 4;
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - ties / 48;
  const distance = Math.max(Math.abs(positive - mean) - 0.5, 0);
  return Math.min(complementaryError(distance / Math.sqrt(2 * variance)), 1);
}

/** 2.576 standard deviations of the number of values below the median: 99% of a normal curve. */
const deviations = 2.576;

/** A confidence interval for the median that takes nothing for granted about the distribution. */
function medianInterval(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const reach = (deviations * Math.sqrt(n)) / 2;
  const at = (index: number) => sorted[Math.min(Math.max(index, 0), n - 1)] ?? Number.NaN;
  return [at(Math.floor(n / 2 - reach) - 1), at(Math.ceil(n / 2 + reach))];
}

/**
 * The p-values as they are after Holm's correction: that any one of them comes out below a level by
 * chance is then no likelier than that level, however many there are.
 */
export function correctForMany(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const corrected: number[] = [];
  let highest = 0;
  order.forEach((index, place) => {
    highest = Math.max(highest, Math.min(1, (values[index] ?? 1) * (values.length - place)));
    corrected[index] = highest;
  });
  return corrected;
}

/** erfc, to seven digits (Numerical Recipes 6.2.2). */
function complementaryError(x: number): number {
  const t = 1 / (1 + 0.5 * x);
  const terms = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418,
    0.37409196, 1.00002368, -1.26551223,
  ];
  const exponent = terms.reduce((sum, term) => sum * t + term, 0);
  return t * Math.exp(exponent - x * x);
}
