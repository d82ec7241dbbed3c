import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export interface ServerLog {
  readonly log: Logger;
  /** Writes what is still held back. */
  flush(): void;
}

/**
 * The server's log, on standard error: JSON lines, or readable ones on a terminal. Lines are
 * written a few at a time, at most a quarter of a second late, so that logging costs a request
 * next to nothing.
 */
export function createServerLog(level: string): ServerLog {
  const options = { level, base: { pid: process.pid }, timestamp: createTimestamps() };
  if (process.stderr.isTTY) {
    const stream = pretty({
      destination: 2,
      sync: true,
      ignore: 'pid',
      translateTime: 'SYS:HH:MM:ss',
    });
    return { log: pino(options, stream), flush: () => undefined };
  }
  const destination = pino.destination({
    dest: 2,
    sync: false,
    minLength: 8_192,
    periodicFlush: 250,
  });
  return {
    log: pino(options, destination),
    flush() {
      try {
        destination.flushSync();
      } catch {
        // Nobody reads the log any more; that must not keep the server from stopping.
      }
    },
  };
}

/** The time as ISO 8601, of which a line pays for the milliseconds alone; pino's own takes 1 µs more. */
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
