/** Quantities as people say them. */

const durations = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A whole number of seconds: `2592000` is `30 days`, `5400` is `1 hour 30 minutes`. */
export function durationInWords(seconds: number): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [unit, size] of durations) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(countOf(count, unit));
  }
  return parts.join(' ') || countOf(0, 'second');
}

const sizes = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A number of bytes: `1536` is `1.5 KiB`. */
export function bytesInWords(bytes: number): string {
  let size = bytes;
  let step = 0;
  while (size >= 1024 && step < sizes.length - 1) {
    size /= 1024;
    step += 1;
  }
  return `${step === 0 ? size : size.toFixed(1)} ${sizes[step]}`;
}

/** `1 session`, `2 sessions`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The same of a unit that is named in the plural: `1 lane`, `1 refresh per minute`. */
export function countOfUnits(count: number, units: string): string {
  const unit = count === 1 ? units.replace(/^(\w+?)(?:(?<=ss|sh)e)?s\b/, '$1') : units;
  return `${count} ${unit}`;
}
