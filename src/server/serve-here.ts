import type { ReadinessCheck } from '../http/health.ts';
import { releaseStartMemory } from '../lib/heap.ts';
import { loadSecretKeys } from '../workspace/secret-keys.ts';
import { endOnFault } from './end-on-fault.ts';
import { listen, listenForOperations } from './listen.ts';
import type { ServeFlags } from './serve-flags.ts';
import { onStopSignal } from './stop-signals.ts';
import { welcome } from './welcome.ts';
import { ownWorker, servePrimary } from './worker-channel.ts';

/**
 * Stopping takes no longer than this, whatever hangs: the service manager kills us soon after. It is longer than the
 * time in which requests under way may finish (`http/drain.ts`).
 */
const stopLimitMs = 9_500;

/** Serves in this process, as the only one or as one of several workers. */
export async function serveHere(flags: ServeFlags): Promise<void> {
  const { buildApp } = await import('../app.ts');
  const { createMetrics } = await import('../http/metrics.ts');
  const { findMissingAdministrator } = await import('./first-administrator.ts');
  const { lockDatabase, refuseDamaged } = await import('../workspace/claim-database.ts');
  const { createServerLog } = await import('./log.ts');
  const { loadMailTexts } = await import('./mail-texts.ts');
  const { refuseOtherRpId } = await import('./refuse-other-rp-id.ts');
  const { warnAtStart } = await import('./warn-at-start.ts');
  const { openWorkspace } = await import('../workspace/workspace.ts');
  const worker = ownWorker();
  const lock = lockDatabase(flags); // first: a newer release must not migrate under an older one
  // Workers find all of it done by the process that started them.
  const migrate = worker ? false : (flags.migrate ?? false);
  const workspace = await openWorkspace(flags, { migrate });
  const { config, database } = workspace;
  await refuseDamaged(database);
  if (!worker) await refuseOtherRpId(workspace);
  const serverLog = await createServerLog(config.logLevel, worker?.number);
  const { log, flush } = serverLog;
  endOnFault(serverLog);
  const secretKeys = loadSecretKeys(config);
  if (!worker) await warnAtStart(workspace, secretKeys, log);
  const metrics = createMetrics();
  const app = await buildApp({
    ...workspace,
    ...secretKeys,
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
    corsHeaders: config.corsHeaders,
    publicUrl: config.publicUrl,
    relyingParty: config.relyingParty,
    mailDelivery: config.mail,
    addedMailTexts: await loadMailTexts(config),
    issuer: config.issuer,
    audience: config.audience,
    breachRangeUrl: config.breachRangeUrl,
    metrics,
    log,
    worker,
  });

  const close = async () => {
    await app.close();
    await database.close();
    lock.release();
  };

  let isStopping = false;
  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (isStopping) return; // a worker is told by the primary as well
    isStopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => exit(1), stopLimitMs);
    try {
      await close();
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
    if (worker) {
      const where = { host: config.host, port: worker.port, isShared: true };
      const address = await listen(app.http, where, '--port');
      const answers = {
        metrics: () => metrics.registry.getMetricsAsJSON(),
        readiness: () => app.checkReadiness().catch((): ReadinessCheck[] => ['database']),
      };
      servePrimary(address, answers, stop);
    } else {
      const operations = await listenForOperations(app.operations, config, log);
      const address = await listen(app.http, config, '--port');
      const isInMaintenance = workspace.settings.get('MAINTENANCE_MODE');
      const missingAdministrator = await findMissingAdministrator({ ...workspace, log }, address);
      process.stdout.write(
        welcome({ address, operations, config, isInMaintenance, missingAdministrator, workers: 1 }),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  releaseStartMemory();
}
