import type { Deps } from '../../../deps.ts';
import { type AuditEvent, record } from './record.ts';

/**
 * Attempts that failed, for the audit log. They are kept in memory for a moment and written together: an
 * answer must not wait for a write that only one kind of refusal makes, because its time would tell which
 * it is; and a flood of failures must not become a flood of writes.
 */
export interface Failures {
  /**
   * Notes one failed attempt: nothing but a look-up in memory.
   *
   * @param key what tells it from others; attempts of one key that wait together become one event
   * @param eventOf makes the event of so many attempts
   */
  note(key: string, eventOf: (attempts: number) => AuditEvent): void;
  /** Writes what waits, and nothing any more after that. */
  stop(): Promise<void>;
}

/** The most that a kill can lose, outside of a flood. */
const flushPauseMs = 250;
/** How many keys wait at most. What comes past that is counted and no more. */
const maxWaiting = 1_000;
/** How many events are written: this many at once, and this many a second while it goes on. */
const burst = 100;
const eventsPerSecond = 10;

interface Waiting {
  readonly eventOf: (attempts: number) => AuditEvent;
  attempts: number;
}

/** @param pauseMs between one writing and the next */
export function createFailures(
  { database, settings, clock, log }: Pick<Deps, 'database' | 'settings' | 'clock' | 'log'>,
  pauseMs = flushPauseMs,
): Failures {
  const waiting = new Map<string, Waiting>();
  let omitted = 0;
  let credit = burst;
  let creditedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  let isStopped = false;

  /** How many events may be written now. */
  function allowance(): number {
    const now = performance.now();
    credit = Math.min(burst, credit + ((now - creditedAt) / 1000) * eventsPerSecond);
    creditedAt = now;
    return Math.floor(credit);
  }

  function schedule(): void {
    if (isStopped || timer || (waiting.size === 0 && omitted === 0)) return;
    timer = setTimeout(() => {
      timer = undefined;
      underWay = flush(allowance()).finally(schedule);
    }, pauseMs).unref();
  }

  /** Writes the oldest events, up to so many; what cannot be written now waits on. */
  async function flush(limit: number): Promise<void> {
    if (settings.get('MAINTENANCE_MODE')) return;
    const batch = [...waiting].slice(0, limit);
    const uncounted = batch.length < waiting.size ? 0 : omitted; // said once the flood is over
    if (batch.length === 0 && uncounted === 0) return;
    for (const [key] of batch) waiting.delete(key);
    omitted -= uncounted;
    credit -= batch.length;
    try {
      const events = batch.map(([, { eventOf, attempts }]) => eventOf(attempts));
      if (uncounted > 0) events.push(omission(uncounted));
      await database.transact((trx) => record(trx, ...events));
    } catch (error) {
      log.warn({ err: error }, 'could not record failed attempts; will try again');
      omitted += uncounted;
      for (const [key, { eventOf, attempts }] of batch) add(key, eventOf, attempts);
    }
  }

  function omission(attempts: number): AuditEvent {
    const [actor, atMs] = [{ kind: 'system' } as const, clock.nowMs()];
    return { kind: 'failures.omitted', actor, atMs, details: { attempts } };
  }

  function add(key: string, eventOf: Waiting['eventOf'], attempts: number): void {
    const known = waiting.get(key);
    if (known) known.attempts += attempts;
    else if (waiting.size < maxWaiting) waiting.set(key, { eventOf, attempts });
    else omitted += attempts;
  }

  return {
    note(key, eventOf) {
      add(key, eventOf, 1);
      schedule();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await underWay;
      await flush(Number.POSITIVE_INFINITY);
    },
  };
}
