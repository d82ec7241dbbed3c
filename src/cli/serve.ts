import type { Command } from 'commander';
import { buildApp } from '../app.ts';
import type { Database } from '../db/database.ts';
import { isDamage } from '../db/errors.ts';
import { throwOnDamage } from '../db/sqlite/find-damage.ts';
import { acquireServerLock, type LockHolder, type ServerLock } from '../db/sqlite/server-lock.ts';
import { createMetrics } from '../lib/metrics.ts';
import { CommandError } from './command-error.ts';
import { type ConfigFlags, ensureDataDir, loadSecretKey, readConfig } from './config.ts';
import { endOnFault } from './end-on-fault.ts';
import { explainDatabaseError } from './explain-error.ts';
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
  const lock = lockDatabase(flags); // first: a newer release must not migrate under an older one
  const workspace = await openWorkspace(flags);
  const { config, database } = workspace;
  await refuseDamaged(database);
  const serverLog = createServerLog(config.logLevel);
  const { log, flush } = serverLog;
  endOnFault(serverLog);
  const app = await buildApp({
    ...workspace,
    secretKey: loadSecretKey(config),
    metrics: createMetrics(),
    log,
  });
  print(welcome(await listen(), config.dataDir));

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
      await app.close();
      await database.close();
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      throw new CommandError(
        `Port ${config.port} is in use. Stop what uses it, or choose another: --port ${config.port + 1}`,
      );
    }
  }
}

function lockDatabase(flags: ConfigFlags): ServerLock {
  const { databasePath, dataDir } = readConfig(flags);
  process.umask(0o077);
  ensureDataDir(dataDir);
  const lock = tryLock(databasePath);
  if ('release' in lock) return lock;
  throw new CommandError(
    `Another server (process ${lock.pid}) runs on ${databasePath}. Stop it first, or name ` +
      'another folder with --data. SQLite serves one process; many nodes need PostgreSQL.',
  );
}

function tryLock(databasePath: string): ServerLock | LockHolder {
  try {
    return acquireServerLock(databasePath);
  } catch (error) {
    if (isDamage(error)) {
      throw new CommandError(
        `${databasePath}.lock is damaged. Delete it; nothing needs what is in it.`,
      );
    }
    throw explainDatabaseError(error, `${databasePath}.lock`);
  }
}

async function refuseDamaged(database: Database): Promise<void> {
  try {
    await throwOnDamage(database);
  } catch (error) {
    await database.close();
    throw explainDatabaseError(error, database.location);
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
