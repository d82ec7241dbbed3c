import cluster from 'node:cluster';
import type { ReadinessCheck } from '../http/health.ts';
import type { MetricsSnapshot } from './sum-metrics.ts';

/** The messages between a worker and the process that started it. */

/** The questions of the primary to each worker, and their answers. */
export interface Answers {
  readonly metrics: MetricsSnapshot;
  readonly readiness: readonly ReadinessCheck[];
}

export type Question = keyof Answers;

export type ToWorker =
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'stop'; readonly signal: NodeJS.Signals };

export type ToPrimary =
  | { readonly kind: 'ready'; readonly listenUrl: string }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number };

/** What a worker is told when it starts. */
export interface WorkerPlace {
  /** Which it is, from 1, and of how many. */
  readonly number: number;
  readonly of: number;
  /** The port on which all of them listen. */
  readonly port: number;
}

/** Set for workers alone: `1/4/8000` for the first of four on port 8000. */
const variable = 'WORKER_OF_LATCHKEY';

/** The environment of a worker. */
export function workerEnvironment({ number, of, port }: WorkerPlace): Record<string, string> {
  return { [variable]: `${number}/${of}/${port}` };
}

/** The worker that this process is; undefined if it is not a worker. */
export function ownWorker(environment = process.env): WorkerPlace | undefined {
  if (!cluster.isWorker) return undefined;
  const [number = 1, of = 1, port = 0] = (environment[variable] ?? '').split('/').map(Number);
  return { number, of, port };
}

/** A worker that could not start has this long to say why. */
const sayWhyMs = 1_000;

/** Lets a worker that could not start end, and not wait for orders: the primary starts another. */
export function giveUpWorker(): void {
  if (!cluster.worker) return;
  cluster.worker.exitedAfterDisconnect = true; // else Node ends it at once, before it has said why
  if (process.connected) process.disconnect?.();
  setTimeout(() => process.exit(1), sayWhyMs).unref(); // whatever it has left open
}

/** Serves the primary: says that this worker is ready, answers what is asked, and obeys. */
export function servePrimary(
  listenUrl: string,
  answers: { readonly [Name in Question]: () => Promise<Answers[Name]> },
  stop: (signal: NodeJS.Signals) => void,
): void {
  const send = (message: ToPrimary) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  process.on('message', async (message: ToWorker) => {
    if (message.kind === 'stop') stop(message.signal);
    if (message.kind !== 'ask') return;
    const { id, question } = message;
    try {
      send({ kind: 'answer', id, value: await answers[question]() });
    } catch {
      send({ kind: 'failed', id });
    }
  });
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true; // else Node ends it at once
  process.on('disconnect', () => stop('SIGTERM')); // the primary has died
  send({ kind: 'ready', listenUrl });
}
