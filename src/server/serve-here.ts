import { readConfig } from '../config/config.ts';
import type { ReadinessCheck } from '../http/health.ts';
import { releaseStartMemory } from '../lib/heap.ts';
import { endOnError } from './end-on-error.ts';
import { listen } from './listen.ts';
import { createServerLog } from './log.ts';
import { listenAlone, type OpenServer, openServer } from './open-server.ts';
import type { ServeFlags } from './serve-flags.ts';
import { onStopSignal } from './stop-signals.ts';
import { ownWorker, servePrimary, type WorkerPlace } from './worker-channel.ts';

/**
 * Stopping takes no longer than this, whatever hangs: the service manager kills us soon after. It is longer than the
 * time in which requests under way may finish (`http/drain.ts`).
 */
const stopLimitMs = 9_500;

/** Serves in this process, as the only one or as one of several workers, until a signal ends it. */
export async function serveHere(flags: ServeFlags): Promise<void> {
  const worker = ownWorker();
  const serverLog = await createServerLog(readConfig(flags).logLevel, worker?.number);
  const { log, flush } = serverLog;
  endOnError(serverLog);
  const server = await openServer(flags, { log, worker });

  let isStopping = false;
  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (isStopping) return; // a worker is told by the primary as well
    isStopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => exit(1), stopLimitMs);
    try {
      await server.close();
      log.info('stopped');
      exit(0);
    } catch (error) {
      log.error({ err: error }, 'could not stop cleanly');
      exit(1);
    }
  }

  function exit(status: number): never {
    flush();
    process.exit(status);
  }

  // Before anybody is told that it runs: until then a signal would end the process at once.
  onStopSignal({ stop, stopAtOnce: () => exit(1) });
  try {
    if (worker) await serveAsWorker(server, worker, stop);
    else process.stdout.write((await listenAlone(server)).greeting);
  } catch (error) {
    await server.close();
    throw error;
  }
  releaseStartMemory();
}

/** Listens on the port of all workers, and serves the process that started them. */
async function serveAsWorker(
  { app, config, metrics }: OpenServer,
  { port }: WorkerPlace,
  stop: (signal: NodeJS.Signals) => void,
): Promise<void> {
  const listenUrl = await listen(app.http, { host: config.host, port, isShared: true }, '--port');
  const answers = {
    metrics: () => metrics.registry.getMetricsAsJSON(),
    readiness: () => app.checkReadiness().catch((): ReadinessCheck[] => ['database']),
  };
  servePrimary(listenUrl, answers, stop);
}
