import type { Logger } from 'pino';
import { type App, type AppOptions, buildApp } from '../app.ts';
import { createMetrics, type Metrics } from '../http/metrics.ts';
import { lockDatabase, refuseDamaged } from '../workspace/claim-database.ts';
import { loadSecretKeys } from '../workspace/secret-keys.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { findMissingAdministrator } from './first-administrator.ts';
import { listen, listenForOperations } from './listen.ts';
import { loadMailTexts } from './mail-texts.ts';
import { refuseOtherRpId } from './refuse-other-rp-id.ts';
import type { ServeFlags } from './serve-flags.ts';
import { warnAtStart } from './warn-at-start.ts';
import { welcome } from './welcome.ts';
import type { WorkerPlace } from './worker-channel.ts';

/** The server of a workspace, ready to listen. Of its process it knows nothing: no signal, no exit. */
export interface OpenServer extends Workspace {
  readonly app: App;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Stops it, closes its database, and leaves that to the next server; called again, it waits for the same. */
  close(): Promise<void>;
}

interface OpenOptions extends AppOptions {
  readonly log: Logger;
  /** Which of several it is; absent: the only one. */
  readonly worker?: WorkerPlace | undefined;
}

/**
 * Opens the server of the configured workspace. What it has opened is closed again if it fails.
 *
 * @throws ConfigError, or OperatorError if another server runs or the database cannot be used
 */
export async function openServer(
  flags: ServeFlags,
  { log, worker, ...options }: OpenOptions,
): Promise<OpenServer> {
  await using opened = new AsyncDisposableStack();
  const lock = lockDatabase(flags); // first: a newer release must not migrate under an older one
  // Workers find all of it done by the process that started them.
  const migrate = worker ? false : (flags.migrate ?? false);
  const workspace = await openWorkspace(flags, { migrate }).catch((error) => {
    lock.release();
    throw error;
  });
  const { config, database } = workspace;
  opened.defer(async () => {
    await database.close(); // if it cannot be closed, it is this process's until the process ends
    lock.release();
  });
  await refuseDamaged(database);
  if (!worker) await refuseOtherRpId(workspace);
  const secretKeys = loadSecretKeys(config);
  if (!worker) await warnAtStart(workspace, secretKeys, log);
  const metrics = createMetrics();
  const app = await buildApp(
    {
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
    },
    options,
  );
  opened.defer(() => app.close());
  const all = opened.move();
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= all.disposeAsync());
  return { ...workspace, app, metrics, log, close };
}

/** Where a server listens that is the only one behind its port. */
interface Listening {
  readonly listenUrl: string;
  /** Where health and metrics are; undefined: nowhere. */
  readonly operations: string | undefined;
  /** What a start prints. */
  readonly greeting: string;
}

/** @throws CommandError if a port is taken */
export async function listenAlone(server: OpenServer): Promise<Listening> {
  const { app, config, settings, log } = server;
  const operations = await listenForOperations(app.operations, config, log);
  const listenUrl = await listen(app.http, config, '--port');
  const isInMaintenance = settings.get('MAINTENANCE_MODE');
  const missingAdministrator = await findMissingAdministrator(server, listenUrl);
  const told = { listenUrl, operations, config, isInMaintenance, missingAdministrator, workers: 1 };
  return { listenUrl, operations, greeting: welcome(told) };
}
