import type { Command } from 'commander';
import { buildApp } from '../app.ts';
import { acquireServerLock } from '../db/sqlite/server-lock.ts';
import { createMetrics } from '../lib/metrics.ts';
import { CommandError } from './command-error.ts';
import { type ConfigFlags, loadSecretKey } from './config.ts';
import { createServerLog } from './log.ts';
import { openWorkspace } from './workspace.ts';

/** In-flight requests have this long to finish when the server is told to stop. */
const stopLimitMs = 9_000;

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('Run the server.')
    .option('--host <address>', 'the address to listen on (LATCHKEY_HOST; default 127.0.0.1)')
    .option('--port <number>', 'the port to listen on (LATCHKEY_PORT; default 8000)')
    .option('--log-level <level>', 'debug, info, warn, error or silent (LATCHKEY_LOG_LEVEL)')
    .addHelpText('after', '\nExample:\n  latchkey serve --port 8080 --data /var/lib/latchkey')
    .action((_options: unknown, command: Command) => serve(command.optsWithGlobals<ConfigFlags>()));
}

/** Runs the server until it is told to stop by SIGINT or SIGTERM. */
async function serve(flags: ConfigFlags): Promise<void> {
  const workspace = await openWorkspace(flags);
  const { config, database } = workspace;
  const lock = acquireServerLock(config.databasePath);
  if (!('release' in lock)) {
    await database.close();
    throw new CommandError(
      `Another server (process ${lock.pid}) runs on ${config.databasePath}. Stop it first, or name ` +
        'another folder with --data. SQLite serves one process; many nodes need PostgreSQL.',
    );
  }
  const { log, flush } = createServerLog(config.logLevel);
  const app = await buildApp({
    ...workspace,
    secretKey: loadSecretKey(config),
    metrics: createMetrics(),
    log,
  });
  const address = await listen();
  print(welcome(address, config.dataDir));

  const stop = async (signal: string) => {
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), stopLimitMs).unref();
    app.refuseNewRequests();
    await app.close();
    await database.close();
    lock.release();
    flush();
    process.exit(0);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);

  async function listen(): Promise<string> {
    try {
      return await app.http.listen({ host: config.host, port: config.port });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      throw new CommandError(
        `Port ${config.port} is in use. Stop what uses it, or choose another: --port ${config.port + 1}`,
      );
    }
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function welcome(address: string, dataDir: string): string {
  return [
    '',
    `  Latchkey is running at ${address}`,
    '',
    `  API reference    ${address}/docs`,
    `  Data folder      ${dataDir}`,
    '  Administrator    npx latchkey users create you@example.com --superuser',
    '',
  ].join('\n');
}
