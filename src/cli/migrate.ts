import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { countOf } from '../lib/words.ts';
import { type ConfigFlags, ensureDataDir, readConfig } from './config.ts';
import { examples } from './examples.ts';
import { explainDatabaseError } from './explain-error.ts';
import { note, print, printJson } from './output.ts';

interface MigrateFlags extends ConfigFlags {
  readonly plan?: boolean;
  readonly json?: boolean;
}

export function addMigrateCommand(program: Command): void {
  const migrate = program
    .command('migrate')
    .description('Bring the database up to this release; make it where there is none.')
    .option('--plan', 'print what would be applied, and change nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('latchkey migrate --plan', 'latchkey migrate'))
    .action((_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals<MigrateFlags>();
      return flags.plan ? plan(flags) : apply(flags);
    });

  migrate
    .command('new')
    .description('For who develops Latchkey: write the next migration, empty, and list it.')
    .argument('<name>', 'what it does, in lower case with hyphens')
    .addHelpText('after', examples('latchkey migrate new add-roles'))
    .action(async (name: string) => {
      const { writeMigration } = await import('./new-migration.ts');
      print(`Wrote ${await writeMigration(name)}`);
    });
}

async function apply(flags: MigrateFlags): Promise<void> {
  const [{ applyMigrations }, { giveToOwnerOf }, { openDatabase }] = await Promise.all([
    import('../db/migrate.ts'),
    import('../db/sqlite/durable.ts'),
    import('./workspace.ts'),
  ]);
  const config = readConfig(flags);
  const { databasePath } = config;
  process.umask(0o077);
  ensureDataDir(config.dataDir);
  const isNew = !existsSync(databasePath);
  const database = openDatabase(config);
  try {
    if (isNew) giveToOwnerOf(dirname(databasePath), databasePath);
    report('applied', await applyMigrations(database), databasePath, flags);
  } catch (error) {
    throw explainDatabaseError(error, databasePath);
  } finally {
    await database.close();
  }
}

/** Looks, and makes nothing: no database where there is none. */
async function plan(flags: MigrateFlags): Promise<void> {
  const [{ compareMigrations }, { fileMigrations }] = await Promise.all([
    import('../db/migrate.ts'),
    import('./workspace.ts'),
  ]);
  const { databasePath } = readConfig(flags);
  if (existsSync(databasePath)) {
    return report('pending', fileMigrations(databasePath).pending, databasePath, flags);
  }
  const { pending } = compareMigrations(databasePath, { tables: new Set(), applied: [] });
  if (!flags.json) note(`There is no database at ${databasePath} yet; it would be made.`);
  report('pending', pending, databasePath, flags);
}

function report(
  kind: 'applied' | 'pending',
  names: readonly string[],
  location: string,
  { json }: MigrateFlags,
): void {
  if (json) printJson({ database: location, [kind]: names });
  else if (names.length === 0) print(`${location} is up to date.`);
  else {
    const done = kind === 'applied' ? 'Applied' : 'Would apply';
    print(`${done} ${countOf(names.length, 'migration')} to ${location}:`);
    for (const name of names) print(`  ${name}`);
  }
}
