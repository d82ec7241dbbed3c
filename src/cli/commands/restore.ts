import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type ConfigFlags, ensureDataDir, readConfig } from '../../config/config.ts';
import { requireSqlite } from '../../config/database-config.ts';
import type { Restored } from '../../db/sqlite/restore.ts';
import { systemClock } from '../../lib/clock.ts';
import { countOf } from '../../lib/words.ts';
import { explainDatabaseError } from '../../terminal/explain-database-error.ts';
import { jsonOption, note, print, printJson } from '../../terminal/output.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { recordEvent } from '../record-event.ts';

interface RestoreFlags extends ConfigFlags {
  readonly force?: boolean;
  readonly endSessions?: boolean;
  readonly json?: boolean;
}

export function addRestoreCommand(program: Command): void {
  program
    .command('restore')
    .description('Put a backup in the place of the database, while no server runs.')
    .argument('<file>', 'the backup; it is only read')
    .option('--force', 'replace a database that holds anything; it is kept beside')
    .option('--end-sessions', 'end every session, so that everybody signs in again')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nClients whose session was refreshed, or ended, after the backup was made sign\n' +
        'in again. Where the database that is replaced cannot tell which those are,\n' +
        'because it is lost or damaged, a session that was logged out after the backup\n' +
        'lives again: give --end-sessions to be safe.\n' +
        'Ids that were given out after the backup are not used again.\n' +
        examples('latchkey restore /backups/latchkey.db --force'),
    )
    .action((file: string, _options: unknown, command: Command) =>
      restore(resolve(file), command.optsWithGlobals<RestoreFlags>()),
    );
}

async function restore(file: string, flags: RestoreFlags): Promise<void> {
  const { restoreSqlite } = await import('../../db/sqlite/restore.ts');
  const { dataDir, database } = readConfig(flags);
  const { path: databasePath } = requireSqlite(database, 'Restore it with pg_restore or psql.');
  process.umask(0o077);
  ensureDataDir(dataDir);
  try {
    const restored = restoreSqlite(file, databasePath, {
      overwrite: flags.force ?? false,
      endSessions: flags.endSessions ?? false,
      nowMs: systemClock.nowMs(),
    });
    await recordEvent(flags, {
      ...{ kind: 'backup.restored', actor: cliActor(), atMs: Date.now() },
      details: { file, ended_sessions: restored.endedSessions },
    });
    if (flags.json) printJson(jsonOf(file, databasePath, restored));
    else report(file, databasePath, restored, flags);
  } catch (error) {
    throw explainDatabaseError(error, databasePath);
  }
}

function report(
  file: string,
  databasePath: string,
  { keptAs, endedSessions, isContinued, pending }: Restored,
  { endSessions }: RestoreFlags,
): void {
  print(`Restored ${file} to ${databasePath}.`);
  if (keptAs !== undefined) print(`The database that was there is kept as ${keptAs}.`);
  if (endedSessions > 0) {
    const why = endSessions ? '' : ' that had changed since the backup';
    print(`Ended ${countOf(endedSessions, 'session')}${why}; their clients sign in again.`);
  }
  if (!isContinued && !endSessions) {
    note(
      'What happened since the backup is not known: a session that was logged out since lives again. ' +
        'To end all of them, restore once more with --end-sessions --force.',
    );
  }
  if (pending.length > 0) {
    note(`The next start applies ${countOf(pending.length, 'migration')}: ${pending.join(', ')}`);
  }
}

function jsonOf(file: string, databasePath: string, restored: Restored) {
  return {
    file,
    database: databasePath,
    kept_as: restored.keptAs ?? null,
    ended_sessions: restored.endedSessions,
    is_continued: restored.isContinued,
    pending: restored.pending,
  };
}
