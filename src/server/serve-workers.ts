import type { ReadinessCheck } from '../http/health.ts';
import { createMetrics } from '../http/metrics.ts';
import { createOperations } from '../http/operations.ts';
import { loadSecretKeys } from '../workspace/secret-keys.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { endOnError } from './end-on-error.ts';
import { findMissingAdministrator } from './first-administrator.ts';
import { claimPort, listenForOperations } from './listen.ts';
import { createServerLog } from './log.ts';
import { refuseOtherRpId } from './refuse-other-rp-id.ts';
import type { ServeFlags } from './serve-flags.ts';
import { onStopSignal } from './stop-signals.ts';
import { createMetricsSum } from './sum-metrics.ts';
import { warnAtStart } from './warn-at-start.ts';
import { welcome } from './welcome.ts';
import { startWorkers, type Workers } from './workers.ts';

/** Longer than what a worker takes at most to stop. */
const stopLimitMs = 9_800;

/**
 * Serves with several processes behind one port. This process answers no request of a client: it does once what must
 * be done once (migrations, the secret, the welcome), starts the workers, replaces a worker that ends, and reports
 * the state of all of them.
 */
export async function serveWithWorkers(flags: ServeFlags): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const workspace = await openWorkspace(flags, { migrate: flags.migrate ?? false });
  const { config, database } = workspace;
  opened.defer(() => database.close()); // at the end of the start: the workers have their own
  await refuseOtherRpId(workspace);
  const secretKeys = loadSecretKeys(config);
  const serverLog = await createServerLog(config.logLevel);
  const { log, flush } = serverLog;
  endOnError(serverLog);
  await warnAtStart(workspace, secretKeys, log);
  const sum = createMetricsSum();
  let workers: Workers | undefined;
  const operations = createOperations({
    log,
    metrics: createMetrics(),
    checkReadiness: () => checkAll(workers),
    async readMetrics() {
      for (const { id, value } of (await workers?.ask('metrics')) ?? []) sum.note(id, value);
      return { type: sum.contentType, text: await sum.text() };
    },
  });

  let greeting = '';
  try {
    const port = await claimPort(config);
    workers = await startWorkers(config.workers, { port, log, onEnd: sum.noteEnd });
    const operationsUrl = await listenForOperations(operations.app, config, log);
    const { listenUrl } = workers;
    greeting = welcome({
      listenUrl,
      operations: operationsUrl,
      config,
      isInMaintenance: workspace.settings.get('MAINTENANCE_MODE'),
      missingAdministrator: await findMissingAdministrator({ ...workspace, log }, listenUrl),
      workers: config.workers,
    });
  } catch (error) {
    await workers?.stop('SIGTERM');
    await operations.close();
    throw error;
  }

  const all = workers;
  onStopSignal({
    stop: async (signal) => {
      log.info({ signal }, 'stopping');
      setTimeout(() => {
        all.kill();
        exit(1);
      }, stopLimitMs);
      const isWell = await all.stop(signal);
      await operations.close();
      log.info('stopped');
      exit(isWell ? 0 : 1);
    },
    stopAtOnce() {
      all.kill();
      exit(1);
    },
  });
  process.stdout.write(greeting); // only now: until then a signal would end the process at once

  function exit(status: number): never {
    flush();
    process.exit(status);
  }
}

/** Why one of the workers cannot take requests: it may be the one that gets the next. */
async function checkAll(workers: Workers | undefined): Promise<readonly ReadinessCheck[]> {
  const answers = (await workers?.ask('readiness')) ?? [];
  if (answers.length === 0) return ['workers'];
  return [...new Set(answers.flatMap(({ value }) => value))];
}
