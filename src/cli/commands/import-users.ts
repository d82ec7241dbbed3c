import { statSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import type { LeftRow } from '../../features/administration/user-import/index.ts';
import { CommandError } from '../../terminal/command-error.ts';
import { jsonOption, note, printable, printJson } from '../../terminal/output.ts';
import { createProgress } from '../../terminal/progress.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';
import {
  jsonOf,
  openReport,
  printSummary,
  type ReportFlags,
  reasonOf,
  refusedText,
} from '../import-report.ts';
import { serverSecret } from '../server-secret.ts';

interface ImportFlags extends ConfigFlags, ReportFlags {
  readonly keepIds?: boolean;
  readonly resetUnused?: boolean;
  readonly model?: string;
  readonly tokenModel?: string;
  readonly groupRole?: ReadonlyMap<string, string>;
  readonly staffRole?: string;
  readonly json?: boolean;
}

/** How many rows of each kind are told without a report. */
const maxTold = 10;

export function addImportCommands(program: Command): void {
  const command = program
    .command('import')
    .description('Import data from another system.')
    .addHelpText('after', examples('latchkey import users users.csv --dry-run'));

  command
    .command('users')
    .description(
      'Import users with the password hashes that they have, and the refresh tokens of a Django dump, ' +
        'while the server runs.',
    )
    .argument('<file>', 'CSV with a header, JSON lines, or what "dumpdata" of Django writes')
    .option('--dry-run', 'check every row, and change nothing; do this first')
    .option('--keep-ids', 'keep the ids of the file, because tokens and other tables refer to them')
    .option(
      '--reset-unused',
      'update existing accounts from the file, if nobody has signed in to them',
    )
    .option('--model <name>', 'the Django model of the users, such as accounts.user')
    .option(
      '--token-model <name>',
      'the Django model of the refresh tokens, such as auth_api.refreshtoken',
    )
    .option(
      '--group-role <group=role>',
      'assign a role to the users of a group; repeat it',
      addPair,
    )
    .option('--staff-role <role>', 'assign a role to the users who are staff')
    .option('--report <file>', 'write every row that made no new user, and why, as CSV')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nColumns, or members: email; and optionally id, username, password_hash, totp_secret, is_active,\n' +
        'is_superuser, is_staff, groups, created_at, last_sign_in_at. Users whose email exists already\n' +
        'are left alone, so a file can be imported again. The exit status is 0 only if no row was\n' +
        'refused.\n' +
        examples(
          'latchkey import users users.csv --dry-run --report left.csv',
          'latchkey import users dump.json --keep-ids --group-role editors=editor',
        ),
    )
    .action((file: string, _options: unknown, self: Command) =>
      importFile(file, self.optsWithGlobals<ImportFlags>()),
    );
}

/** The name of a role has no `=`, that of a group may. */
function addPair(text: string, pairs: ReadonlyMap<string, string> = new Map()) {
  const at = text.lastIndexOf('=');
  const [group, role] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at < 1 || group === '' || role === '') {
    throw new InvalidArgumentError('Name a group and a role, such as editors=editor.');
  }
  return new Map([...pairs, [group, role]]);
}

async function importFile(file: string, flags: ImportFlags): Promise<void> {
  const [{ importUsers, refusalReasons }, { withWorkspace }] = await Promise.all([
    import('../../features/administration/user-import/index.ts'),
    import('../../workspace/workspace.ts'),
  ]);
  const { size } = statSync(file);
  using report = flags.report === undefined ? undefined : openReport(flags.report);
  const progress = createProgress('rows');
  const startedAt = performance.now();
  const told = { refused: 0, already_present: 0, reset: 0 };

  /** Without a report: what is refused, and which accounts were here and are left alone. */
  function tell(row: LeftRow): void {
    if (row.outcome === 'reset' || (row.outcome === 'already_present' && row.isImported)) return;
    told[row.outcome] += 1;
    if (told[row.outcome] > maxTold) return;
    progress.end();
    const name = row.email || row.username || '(no email)';
    note(`Row ${row.place}: ${printable(`${name}: ${reasonOf(row)}`)}`);
  }

  const summary = await withWorkspace(flags, async (workspace) =>
    importUsers({ ...workspace, secretKey: await serverSecret(workspace) }, file, {
      actor: cliActor(),
      dryRun: flags.dryRun ?? false,
      keepIds: flags.keepIds ?? false,
      resetsUnused: flags.resetUnused ?? false,
      model: flags.model,
      tokenModel: flags.tokenModel,
      roles: { groups: flags.groupRole ?? new Map(), staff: flags.staffRole },
      onLeft(row) {
        if (report) report.write(row);
        else if (!flags.json) tell(row);
      },
      onProgress: ({ rows, bytes }) =>
        progress.update(flags.dryRun ? 'looking' : 'importing', rows, (rows * size) / bytes),
    }),
  ).finally(() => progress.end());
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const isMore = Math.max(told.refused, told.already_present) > maxTold;
  if (isMore) note('There are more: --report FILE has all of them.');
  if (flags.json) printJson(jsonOf(file, seconds, summary, flags));
  else printSummary(file, seconds, summary, flags, refusalReasons);
  const refused = summary.refused + summary.tokens.refused + summary.apps.refused;
  if (refused > 0) {
    throw new CommandError(refusedText(summary));
  }
}
