import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A counter that takes these outcomes and no other. */
interface OutcomeCounter<Outcome extends string> extends Pick<Counter<'outcome'>, 'get'> {
  inc(labels: { outcome: Outcome }, value?: number): void;
}

/** The measurements of one process, in the names and units of Prometheus. */
export interface Metrics {
  readonly registry: Registry;
  readonly requestSeconds: Histogram<'method' | 'route' | 'status'>;
  readonly signIns: OutcomeCounter<SignInOutcome>;
  readonly refreshes: Counter<'outcome'>;
  readonly rateLimited: Counter<'limit'>;
  readonly hashQueueDepth: Gauge;
  readonly hashSeconds: Histogram;
  readonly hashThreadFailures: Counter;
  readonly unusableHashes: Counter;
  readonly breachChecks: OutcomeCounter<BreachOutcome>;
  readonly mails: OutcomeCounter<MailOutcome>;
  readonly commitBatchSize: Histogram<'operation'>;
}

/** How attempts to sign in end. */
const signInOutcomes = [
  ...(['success', 'second_factor', 'refused', 'inactive'] as const),
  ...(['malformed', 'not_admitted'] as const),
] as const;
type SignInOutcome = (typeof signInOutcomes)[number];

/** How attempts to send a mail end. */
const mailOutcomes = ['sent', 'postponed', 'refused', 'unreachable', 'expired'] as const;
type MailOutcome = (typeof mailOutcomes)[number];

/** The outcome of a look-up among the passwords of known breaches. */
const breachOutcomes = ['clean', 'breached', 'failed'] as const;
type BreachOutcome = (typeof breachOutcomes)[number];

/** Makes the measurements of one process; each server has its own, so tests do not share them. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // Process figures: CPU, memory, garbage collection, and the delay of the event loop.
  collectDefaultMetrics({ register: registry, prefix: 'latchkey_' });
  const metrics: Metrics = {
    registry,
    requestSeconds: new Histogram({
      name: 'latchkey_http_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    signIns: new Counter({
      name: 'latchkey_sign_ins_total',
      help: 'Attempts to sign in, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    refreshes: new Counter({
      name: 'latchkey_refreshes_total',
      help: 'Attempts to refresh a session, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    rateLimited: new Counter({
      name: 'latchkey_rate_limited_total',
      help: 'Requests that were refused because a limit is reached, by the limit.',
      labelNames: ['limit'],
      registers,
    }),
    hashQueueDepth: new Gauge({
      name: 'latchkey_password_hash_queue_depth',
      help: 'Password hashes that wait for a thread now.',
      registers,
    }),
    hashSeconds: new Histogram({
      name: 'latchkey_password_hash_duration_seconds',
      help: 'Time from asking for a password hash to having it, waiting included.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    hashThreadFailures: new Counter({
      name: 'latchkey_password_hash_thread_failures_total',
      help: 'Threads for password hashes that ended while they had nothing to do.',
      registers,
    }),
    unusableHashes: new Counter({
      name: 'latchkey_password_hashes_unusable_total',
      help: 'Passwords that were refused because the stored hash cannot be checked.',
      registers,
    }),
    breachChecks: new Counter({
      name: 'latchkey_password_breach_checks_total',
      help: 'New passwords looked up among those of known breaches, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    mails: new Counter({
      name: 'latchkey_mails_total',
      help: 'Attempts to send a mail, by outcome, and mails that could not be sent in time.',
      labelNames: ['outcome'],
      registers,
    }),
    commitBatchSize: new Histogram({
      name: 'latchkey_commit_batch_size',
      help: 'How many writes shared one durable commit.',
      labelNames: ['operation'],
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
  };
  // There from the start, at zero: to `increase()` what appears has not risen, and the first burst is lost.
  for (const outcome of signInOutcomes) metrics.signIns.inc({ outcome }, 0);
  for (const outcome of mailOutcomes) metrics.mails.inc({ outcome }, 0);
  for (const outcome of breachOutcomes) metrics.breachChecks.inc({ outcome }, 0);
  return metrics;
}
