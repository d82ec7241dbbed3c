import { durationInWords } from '../lib/words.ts';
import { type Terminal, terminal } from './terminal.ts';

/** How far a long task is, on standard error: a bar at a terminal, else a line now and then. */
export interface Progress {
  /** @param label what is being done, in a word or two */
  update(label: string, done: number, total: number): void;
  /** Leaves the line, so that what is printed next has its own. */
  end(): void;
}

const barWidth = 30;
const redrawMs = 100;
const lineEveryMs = 10_000;

/** @param unit what is counted: `rows` */
export function createProgress(
  unit: string,
  out: Pick<Terminal['stderr'], 'isTTY' | 'columns' | 'write'> = terminal().stderr,
): Progress {
  const everyMs = out.isTTY ? redrawMs : lineEveryMs;
  let current: { label: string; doneBefore: number; sinceMs: number } | undefined;
  let drawnAtMs = performance.now();
  let isOpen = false;

  return {
    update(label, done, total) {
      const nowMs = performance.now();
      if (current?.label !== label) current = { label, doneBefore: done, sinceMs: nowMs };
      if (nowMs - drawnAtMs < everyMs) return;
      drawnAtMs = nowMs;
      const seconds = (nowMs - current.sinceMs) / 1_000;
      const rate = (done - current.doneBefore) / seconds;
      const line = progressLine({ label, done, total, unit, rate }, out.isTTY ? barWidth : 0);
      out.write(out.isTTY ? `\r${line.slice(0, (out.columns ?? 80) - 1)}\x1b[K` : `${line}\n`);
      isOpen = out.isTTY === true;
    },
    end() {
      if (isOpen) out.write('\r\x1b[K');
      isOpen = false;
    },
  };
}

interface Moment {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** How many a second. */
  readonly rate: number;
}

/** `copying  [#####-----]  50%  120000 rows/s  1 minute left`. */
export function progressLine({ label, done, total, unit, rate }: Moment, width: number): string {
  const part = total > 0 ? Math.min(1, done / total) : 1;
  const filled = Math.round(part * width);
  const bar = width > 0 ? `  [${'#'.repeat(filled)}${'-'.repeat(width - filled)}]` : '';
  const isKnown = Number.isFinite(rate) && rate >= 1;
  const speed = isKnown ? `  ${Math.round(rate)} ${unit}/s` : '';
  const left = isKnown ? `  ${durationInWords(Math.ceil((total - done) / rate))} left` : '';
  return `${label}${bar}  ${Math.floor(part * 100)}%${speed}${left}`;
}
