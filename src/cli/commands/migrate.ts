import { dirname } from 'node:path';
import type { Command } from 'commander';
import { type ConfigFlags, ensureDataDir, readConfig } from '../../config/config.ts';
import type { DatabaseConfig } from '../../config/database-config.ts';
import { isThere } from '../../config/file-access.ts';
import { countOf } from '../../lib/words.ts';
import { explainDatabaseError } from '../../terminal/explain-database-error.ts';
import { jsonOption, note, print, printJson } from '../../terminal/output.ts';
import { examples } from '../examples.ts';

interface MigrateFlags extends ConfigFlags {
  readonly plan?: boolean;
  readonly json?: boolean;
}

export function addMigrateCommand(program: Command): void {
  const migrate = program
    .command('migrate')
    .description('Migrate the database to this release, or create it.')
    .option('--plan', 'print what would be applied, and change nothing')
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey migrate --plan', 'latchkey migrate'))
    .action((_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals<MigrateFlags>();
      return flags.plan ? plan(flags) : apply(flags);
    });

  migrate
    .command('new')
    .description('For developers of Latchkey: create an empty migration and add it to the list.')
    .argument('<name>', 'what it does, in lower case with hyphens')
    .addHelpText('after', examples('latchkey migrate new add-roles'))
    .action(async (name: string) => {
      const { writeMigration } = await import('../new-migration.ts');
      print(`Wrote ${await writeMigration(name)}`);
    });
}

async function apply(flags: MigrateFlags): Promise<void> {
  const [{ applyMigrations }, { giveToOwnerOf }, { openToMigrate, refuseEmptied }] =
    await Promise.all([
      import('../../db/migrate.ts'),
      import('../../db/sqlite/durable.ts'),
      import('../../workspace/open-database.ts'),
    ]);
  const { database: at, dataDir } = readConfig(flags);
  if (at.engine === 'sqlite') {
    ensureDataDir(dataDir);
    refuseEmptied(at.path, dataDir);
  }
  const isNewFile = at.engine === 'sqlite' && !isThere(at.path);
  const database = await openToMigrate(at);
  try {
    if (isNewFile) giveToOwnerOf(dirname(at.path), at.path);
    report('applied', await applyMigrations(database), at.location, flags);
  } catch (error) {
    throw explainDatabaseError(error, at.location);
  } finally {
    await database.close();
  }
}

/** Looks, and makes nothing: it makes no database. */
async function plan(flags: MigrateFlags): Promise<void> {
  const { database: at } = readConfig(flags);
  report('pending', await pendingAt(at, flags), at.location, flags);
}

async function pendingAt(at: DatabaseConfig, { json }: MigrateFlags): Promise<readonly string[]> {
  const [{ compareMigrations, migrationStatus }, { fileMigrations, openDatabase }] =
    await Promise.all([import('../../db/migrate.ts'), import('../../workspace/open-database.ts')]);
  if (at.engine === 'postgres') {
    const database = await openDatabase(at);
    try {
      return (await migrationStatus(database)).pending;
    } catch (error) {
      throw explainDatabaseError(error, at.location);
    } finally {
      await database.close();
    }
  }
  if (isThere(at.path)) return fileMigrations(at.path).pending;
  if (!json) note(`There is no database at ${at.path} yet; it would be made.`);
  return compareMigrations(at.path, { tables: new Set(), applied: [] }).pending;
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
