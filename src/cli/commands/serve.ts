import cluster from 'node:cluster';
import type { Command } from 'commander';
import { readConfig } from '../../config/config.ts';
import { addConfigFlags } from '../../config/config-options.ts';
import type { ServeFlags } from '../../server/serve-flags.ts';
import { examples } from '../examples.ts';

export function addServeCommand(program: Command): void {
  const command = program.command('serve').description('Run the server.');
  addConfigFlags(
    command,
    'host',
    'port',
    'publicUrl',
    'trustedProxies',
    'corsOrigins',
    'corsHeaders',
    'metricsHost',
    'metricsPort',
    'issuer',
    'audience',
    'logLevel',
    'workers',
  )
    .option('--migrate', 'apply pending migrations first; on SQLite a start always does')
    .option(
      '--maintenance',
      'refuse every request that changes data, as with LATCHKEY_MAINTENANCE_MODE=true',
    )
    .addHelpText('after', examples('latchkey serve --port 8080 --data /var/lib/latchkey'))
    .action((_options: unknown, self: Command) => serve(self.optsWithGlobals<ServeFlags>()));
}

/** Runs the server until it is told to stop by SIGINT or SIGTERM. */
async function serve(flags: ServeFlags): Promise<void> {
  if (flags.maintenance) process.env.LATCHKEY_MAINTENANCE_MODE = 'true';
  // Half a second of loading, which no other command and no --help must wait for.
  const config = readConfig(flags);
  if (cluster.isPrimary && Object.keys(config.mailTexts).length > 0) {
    const { loadMailTexts } = await import('../../server/mail-texts.ts');
    await loadMailTexts(config); // before anything is opened, and once for all workers
  }
  if (cluster.isPrimary && config.workers > 1) {
    const { serveWithWorkers } = await import('../../server/serve-workers.ts');
    await serveWithWorkers(flags);
  } else {
    const { serveHere } = await import('../../server/serve-here.ts');
    const { giveUpWorker } = await import('../../server/worker-channel.ts');
    try {
      await serveHere(flags);
    } catch (error) {
      giveUpWorker();
      throw error;
    }
  }
}
