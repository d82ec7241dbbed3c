import { lookup } from 'node:dns/promises';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import type { App } from '../app.ts';
import { isCheckout } from '../lib/own-package.ts';
import { CommandError } from './command-error.ts';
import type { Config, ConfigFlags } from './config.ts';
import { addConfigFlags } from './config-options.ts';
import { endOnFault } from './end-on-fault.ts';
import { examples } from './examples.ts';
import { loadSecretKeys } from './secret-keys.ts';
import { onStopSignal } from './stop-signals.ts';

/**
 * Stopping takes no longer, whatever hangs: whoever stops us kills us soon after. Longer than what
 * requests that are under way are given to finish (`http/drain.ts`).
 */
const stopLimitMs = 9_500;

interface ServeFlags extends ConfigFlags {
  readonly migrate?: boolean;
  readonly maintenance?: boolean;
}

export function addServeCommand(program: Command): void {
  const command = program.command('serve').description('Run the server.');
  addConfigFlags(
    command,
    'host',
    'port',
    'trustedProxies',
    'metricsHost',
    'metricsPort',
    'issuer',
    'audience',
    'logLevel',
  )
    .option('--migrate', 'apply pending migrations first; on SQLite a start always does')
    .option(
      '--maintenance',
      'change nothing, and answer what only reads: as LATCHKEY_MAINTENANCE_MODE=true',
    )
    .addHelpText('after', examples('latchkey serve --port 8080 --data /var/lib/latchkey'))
    .action((_options: unknown, self: Command) => serve(self.optsWithGlobals<ServeFlags>()));
}

/** Runs the server until it is told to stop by SIGINT or SIGTERM. */
async function serve(flags: ServeFlags): Promise<void> {
  if (flags.maintenance) process.env.LATCHKEY_MAINTENANCE_MODE = 'true';
  // Half a second of loading, which no other command and no --help must wait for.
  const { buildApp } = await import('../app.ts');
  const { createMetrics } = await import('../lib/metrics.ts');
  const { firstAdministratorLink } = await import('./first-administrator.ts');
  const { lockDatabase, refuseDamaged } = await import('./claim-database.ts');
  const { createServerLog } = await import('./log.ts');
  const { openWorkspace } = await import('./workspace.ts');
  const lock = lockDatabase(flags); // first: a newer release must not migrate under an older one
  const workspace = await openWorkspace(flags, { migrate: flags.migrate ?? false });
  const { config, database } = workspace;
  await refuseDamaged(database);
  const serverLog = await createServerLog(config.logLevel);
  const { log, flush } = serverLog;
  endOnFault(serverLog);
  const app = await buildApp({
    ...workspace,
    ...loadSecretKeys(config),
    trustedProxies: config.trustedProxies,
    issuer: config.issuer,
    audience: config.audience,
    breachRangeUrl: config.breachRangeUrl,
    metrics: createMetrics(),
    log,
  });

  const close = async () => {
    await app.close();
    await database.close();
    lock.release();
  };

  try {
    const operations = await listenForOperations(app.operations, config, log);
    const address = await listen(app.http, config, '--port');
    const isInMaintenance = workspace.settings.get('MAINTENANCE_MODE');
    const setupLink = await firstAdministratorLink({ ...workspace, log }, address);
    const { dataDir } = config;
    print(welcome({ address, operations, dataDir, isInMaintenance, setupLink }));
  } catch (error) {
    await close();
    throw error;
  }

  onStopSignal({
    stop: async (signal) => {
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
    },
    stopAtOnce: () => exit(1),
  });

  function exit(status: number): never {
    flush();
    process.exit(status);
  }
}

type Listener = App['http'];

interface Listening {
  readonly host: string;
  readonly port: number;
}

async function bind(server: Listener, { host, port }: Listening): Promise<string> {
  // One address: of several, as "localhost" can have, Fastify waits for the first alone at the end.
  const { address } = await lookup(host);
  return server.listen({ host: address, port });
}

/** @throws CommandError where the port is taken */
async function listen(
  server: Listener,
  where: Listening,
  flag: '--port' | '--metrics-port',
): Promise<string> {
  try {
    return await bind(server, where);
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    throw new CommandError(
      `Port ${where.port} is in use. Stop what uses it, or choose another: ${flag} ${where.port + 1}`,
    );
  }
}

/** Gives undefined where there is no such listener: not wanted, or its default port is taken. */
async function listenForOperations(
  server: Listener,
  { metrics }: Config,
  log: Logger,
): Promise<string | undefined> {
  if (!metrics) return undefined;
  if (metrics.isPortGiven) return listen(server, metrics, '--metrics-port');
  try {
    return await bind(server, metrics);
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    log.warn(
      { port: metrics.port },
      'metrics are not served: their default port is in use; choose one with --metrics-port',
    );
    return undefined;
  }
}

function isPortTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

interface Welcome {
  readonly address: string;
  readonly operations: string | undefined;
  readonly dataDir: string;
  readonly isInMaintenance: boolean;
  /** Undefined where there is an administrator, or no link can be followed. */
  readonly setupLink: string | undefined;
}

/** How this program is called: installed, or in a checkout of its sources. */
const self = isCheckout ? 'npm run latchkey --' : 'npx latchkey';

function welcome(told: Welcome): string {
  const { address, operations, dataDir, isInMaintenance, setupLink } = told;
  return [
    '',
    `  Latchkey is running at ${address}`,
    '',
    `  API reference    ${address}/docs`,
    `  Metrics          ${operations === undefined ? 'not served' : `${operations}/metrics`}`,
    `  Data folder      ${dataDir}`,
    ...(isInMaintenance ? ['  Maintenance      on: what changes data is refused'] : []),
    `  Administrator    ${self} users create you@example.com --superuser`,
    ...(setupLink === undefined ? [] : ['', ...setupLines(setupLink)]),
    '',
  ].join('\n');
}

function setupLines(link: string): string[] {
  return [
    '  There is no administrator yet. Make one as above, or open this on this machine within an hour.',
    '  It works once; the next start prints another.',
    '',
    `  ${link}`,
  ];
}
