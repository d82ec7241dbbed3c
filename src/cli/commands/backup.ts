import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type ConfigFlags, readConfig } from '../../config/config.ts';
import { requireSqlite } from '../../config/database-config.ts';
import { bytesInWords, countOf } from '../../lib/words.ts';
import { explainDatabaseError } from '../../terminal/explain-database-error.ts';
import { jsonOption, note, print, printJson } from '../../terminal/output.ts';
import { secretKeyPath } from '../../workspace/secret-keys.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import { recordEvent } from '../record-event.ts';

interface BackupFlags extends ConfigFlags {
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addBackupCommand(program: Command): void {
  program
    .command('backup')
    .description('Copy the database to a file, while the server runs.')
    .argument('<file>', 'where the copy goes')
    .option('--force', 'replace the file if it exists')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nThe copy is the database at one moment. It is checked, and appears under its\n' +
        'name only when it is complete and on the disk. The secret key is not in it:\n' +
        'keep that as well.\n' +
        examples(
          'latchkey backup /backups/latchkey.db',
          'latchkey backup "/backups/latchkey-$(date +%F).db" --data /var/lib/latchkey',
        ),
    )
    .action((file: string, _options: unknown, command: Command) =>
      backUp(resolve(file), command.optsWithGlobals<BackupFlags>()),
    );
}

async function backUp(file: string, flags: BackupFlags): Promise<void> {
  const [{ backUpSqlite, CopyError }, { requireFile }] = await Promise.all([
    import('../../db/sqlite/backup.ts'),
    import('../../workspace/workspace.ts'),
  ]);
  const config = readConfig(flags);
  const { path } = requireSqlite(config.database, 'Back it up with pg_dump.');
  requireFile(path, config.dataDir);
  try {
    const { bytes, users, sessions } = await backUpSqlite(path, file, {
      overwrite: flags.force ?? false,
    });
    const actor = cliActor();
    await recordEvent(flags, {
      ...{ kind: 'backup.made', actor, atMs: Date.now() },
      details: { file },
    });
    const secret = config.secretKey ? 'LATCHKEY_SECRET_KEY' : secretKeyPath(config.dataDir);
    if (flags.json) {
      return printJson({ file, bytes, users, sessions, is_secret_key_included: false });
    }
    const contents = `${countOf(users, 'user')}, ${countOf(sessions, 'session')}`;
    print(`Wrote ${file}: ${bytesInWords(bytes)}, ${contents}.`);
    note(
      `The secret key is not in it. Keep a copy of ${secret} elsewhere: without it a restored ` +
        'database works, but everybody must sign in again.',
    );
  } catch (error) {
    if (error instanceof CopyError) throw explainDatabaseError(error.cause, file);
    throw explainDatabaseError(error, path);
  }
}
