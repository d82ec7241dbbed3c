import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import type { ImportSummary, LeftRow } from '../../features/administration/user-import/index.ts';
import { csvLine } from '../../lib/csv.ts';
import { countOf } from '../../lib/words.ts';
import { CommandError } from '../../terminal/command-error.ts';
import {
  jsonOption,
  note,
  print,
  printable,
  printJson,
  printTable,
} from '../../terminal/output.ts';
import { createProgress } from '../../terminal/progress.ts';
import { cliActor } from '../cli-actor.ts';
import { examples } from '../examples.ts';

interface ImportFlags extends ConfigFlags {
  readonly dryRun?: boolean;
  readonly keepIds?: boolean;
  readonly model?: string;
  readonly report?: string;
  readonly json?: boolean;
}

/** How many rows that were left are told without a report. */
const maxTold = 10;

export function addImportCommands(program: Command): void {
  const command = program
    .command('import')
    .description('Bring in what another system has.')
    .addHelpText('after', examples('latchkey import users users.csv --dry-run'));

  command
    .command('users')
    .description('Import users with the password hashes that they have, while the server runs.')
    .argument('<file>', 'CSV with a header, JSON lines, or what "dumpdata" of Django writes')
    .option('--dry-run', 'look at every row, and change nothing; do this first')
    .option('--keep-ids', 'keep the ids of the file, which tokens and other tables name')
    .option('--model <name>', "of Django's objects only those of this model, such as accounts.user")
    .option('--report <file>', 'write every row that is not imported, and why, as CSV')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nColumns, or members: email; and if you like id, username, password_hash, is_active,\n' +
        'is_superuser, created_at. Users whose address is there already are left alone, so\n' +
        'a file can be imported again. Status 0 only where no row was refused.\n' +
        examples(
          'latchkey import users users.csv --dry-run --report refused.csv',
          'latchkey import users dump.json --model auth.user --keep-ids',
        ),
    )
    .action((file: string, _options: unknown, self: Command) =>
      importFile(file, self.optsWithGlobals<ImportFlags>()),
    );
}

async function importFile(file: string, flags: ImportFlags): Promise<void> {
  const [{ importUsers, refusalReasons }, { withWorkspace }] = await Promise.all([
    import('../../features/administration/user-import/index.ts'),
    import('../../workspace/workspace.ts'),
  ]);
  const { size } = statSync(file);
  process.umask(0o077); // the report has addresses in it
  using report = flags.report === undefined ? undefined : openReport(flags.report);
  const progress = createProgress('rows');
  const startedAt = performance.now();
  let told = 0;
  const summary = await withWorkspace(flags, (workspace) =>
    importUsers(workspace, file, {
      actor: cliActor(),
      dryRun: flags.dryRun ?? false,
      keepIds: flags.keepIds ?? false,
      model: flags.model,
      onLeft(row) {
        if (report) report.write(row);
        else if (row.outcome === 'refused' && !flags.json) {
          told += 1;
          if (told > maxTold) return;
          progress.end();
          note(`Row ${row.place}: ${printable(`${row.email || '(no address)'}: ${row.text}`)}`);
        }
      },
      onProgress: ({ rows, bytes }) =>
        progress.update(flags.dryRun ? 'looking' : 'importing', rows, (rows * size) / bytes),
    }),
  ).finally(() => progress.end());
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  if (told > maxTold) note('There are more: --report FILE has all of them.');
  if (flags.json) printJson(jsonOf(file, seconds, summary, flags));
  else printSummary(file, seconds, summary, flags, refusalReasons);
  if (summary.refused > 0) {
    throw new CommandError(`${countOf(summary.refused, 'row')} of ${summary.rows} refused.`);
  }
}

function openReport(path: string) {
  const fd = openSync(path, 'w', 0o600);
  writeSync(fd, csvLine(['row', 'email', 'outcome', 'reason', 'text']));
  return {
    write(row: LeftRow) {
      const { place, email, outcome } = row;
      const why =
        row.outcome === 'refused' ? [row.reason, row.text] : ['', `It is user ${row.id}.`];
      writeSync(fd, csvLine([place, email, outcome, ...why]));
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function printSummary(
  file: string,
  seconds: number,
  summary: ImportSummary,
  { dryRun, report }: ImportFlags,
  meanings: Readonly<Record<string, string>>,
): void {
  const { imported, superusers, withoutPassword, alreadyPresent, rows } = summary;
  const rate = Math.round(rows / Math.max(seconds, 0.1));
  print(
    `${dryRun ? 'Would import' : 'Imported'} ${countOf(imported, 'user')} of ${countOf(rows, 'row')} ` +
      `from ${file} (${countOf(seconds, 'second')}, ${countOf(rate, 'row')} a second).`,
  );
  if (superusers > 0)
    print(`${countOf(superusers, 'superuser')} among them, who may do everything.`);
  if (withoutPassword > 0) print(`${countOf(withoutPassword, 'user')} without a password.`);
  if (alreadyPresent > 0)
    print(`${countOf(alreadyPresent, 'row')} left alone: the address is there.`);
  const reasons = Object.entries(summary.reasons);
  if (reasons.length > 0) {
    print('');
    printTable(
      ['REFUSED', 'ROWS', 'MEANING'],
      reasons.map(([reason, count]) => [reason, count, meanings[reason] ?? '']),
    );
  }
  if (report !== undefined) note(`${report} has every row that was not imported, and why.`);
}

function jsonOf(file: string, seconds: number, summary: ImportSummary, { dryRun }: ImportFlags) {
  return {
    file,
    is_dry_run: dryRun ?? false,
    seconds,
    rows: summary.rows,
    imported: summary.imported,
    superusers: summary.superusers,
    without_password: summary.withoutPassword,
    already_present: summary.alreadyPresent,
    refused: summary.refused,
    reasons: summary.reasons,
  };
}
