import { write, writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';

export interface ServerLog {
  readonly log: Logger;
  /** Writes what is still held back. */
  flush(): void;
}

/**
 * The server's log, on standard error: JSON lines, or readable ones on a terminal. Lines are
 * written a few at a time, at most a quarter of a second late, so that logging costs a request
 * next to nothing.
 *
 * @param worker which of several that write to the same place
 */
export async function createServerLog(level: string, worker?: number): Promise<ServerLog> {
  const base = { pid: process.pid, ...(worker !== undefined && { worker }) };
  const options = { level, base, timestamp: createTimestamps() };
  if (process.stderr.isTTY) {
    const { default: pretty } = await import('pino-pretty');
    const stream = pretty({
      destination: 2,
      sync: true,
      ignore: 'pid',
      translateTime: 'SYS:HH:MM:ss',
    });
    return { log: pino(options, stream), flush: () => undefined };
  }
  const destination = createLineWriter(2, worker === undefined ? undefined : pipeBytes);
  process.once('exit', () => destination.flushSync());
  return { log: pino(options, destination), flush: () => destination.flushSync() };
}

const gatherBytes = 32_768;
/** What Linux writes to a pipe without anything of another process in between (POSIX's PIPE_BUF). */
const pipeBytes = 4_096;
const gatherMs = 250;
/** The most that is kept if the reader is slower than the log. */
const maxHeldBytes = 4 * 1024 * 1024;
const retryMs = 50;
const flushTries = 20;

export interface LineWriter {
  write(line: string): void;
  flushSync(): void;
}

/**
 * Writes lines to a file, without ever waiting or throwing: if its disk is full, or its reader slow or gone, lines
 * are lost and the server goes on. (pino's own destination throws, and then keeps trying at the exit until the disk
 * has space.)
 *
 * @param writeBytes the most that is written at once, in whole lines
 */
export function createLineWriter(fd: number, writeBytes = Number.POSITIVE_INFINITY): LineWriter {
  let held = '';
  let underWay = false;
  let timer: NodeJS.Timeout | undefined;
  /** A line was cut: what comes next must not be glued to it. */
  let isCut = false;

  function take(): Buffer {
    const length = held.length > writeBytes ? held.lastIndexOf('\n', writeBytes - 1) + 1 : 0;
    const lines = length > 0 ? held.slice(0, length) : held; // a longer line goes as it is
    held = held.slice(lines.length);
    const bytes = Buffer.from(isCut ? `\n${lines}` : lines);
    isCut = false;
    return bytes;
  }

  function begin(): void {
    clearTimeout(timer);
    timer = undefined;
    if (underWay || held === '') return;
    underWay = true;
    writeFrom(take());
  }

  function writeFrom(bytes: Buffer): void {
    write(fd, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(writeFrom, retryMs, bytes).unref();
        return;
      }
      if (!error && written < bytes.length) {
        writeFrom(bytes.subarray(written));
        return;
      }
      if (error) isCut = true;
      underWay = false;
      schedule();
    });
  }

  function schedule(): void {
    if (underWay || held === '') return;
    if (held.length >= gatherBytes) begin();
    else timer ??= setTimeout(begin, gatherMs).unref();
  }

  return {
    write(line) {
      if (held.length > maxHeldBytes) return;
      held += line;
      schedule();
    },
    flushSync() {
      let bytes = take();
      for (let tries = 0; bytes.length > 0 && tries < flushTries; ) {
        try {
          bytes = bytes.subarray(writeSync(fd, bytes));
          if (bytes.length === 0) bytes = take(); // one write may not write all that is held
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
          tries += 1;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        }
      }
    },
  };
}

/** The time as ISO 8601. Only the milliseconds are computed for each line; pino's own takes 1 µs more. */
function createTimestamps(): () => string {
  let second = 0;
  let untilSecond = '';
  return () => {
    const now = Date.now();
    const millisecond = now % 1000;
    if (now - millisecond !== second) {
      second = now - millisecond;
      untilSecond = new Date(second).toISOString().slice(0, -4); // without "000Z"
    }
    return `,"time":"${untilSecond}${String(millisecond).padStart(3, '0')}Z"`;
  };
}
