import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { type Config, type ConfigFlags, readConfig } from '../../config/config.ts';
import { addConfigFlags } from '../../config/config-options.ts';
import type { DatabaseConfig } from '../../config/database-config.ts';
import type { MoveReport, TableReport } from '../../db/move/move.ts';
import { countOf } from '../../lib/words.ts';
import { CommandError } from '../../terminal/command-error.ts';
import { explainDatabaseError } from '../../terminal/explain-database-error.ts';
import { jsonOption, note, print, printJson, printTable } from '../../terminal/output.ts';
import { createProgress } from '../../terminal/progress.ts';
import { secretKeyPath, storedSecrets } from '../../workspace/secret-keys.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { examples } from '../examples.ts';
import { openMoveTarget, requireMoveTarget } from '../move/move-target.ts';
import { quietSource } from '../move/quiet-source.ts';

interface MoveFlags extends ConfigFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addMoveCommand(program: Command): void {
  const command = program
    .command('move')
    .description('Copy everything to another database, SQLite or PostgreSQL, and compare it.');
  addConfigFlags(command, 'to')
    .option('--dry-run', 'say what would be copied, and change nothing')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nUsers, sessions, keys, settings and their history are copied: with the same secret nobody\n' +
        'is signed out. No server may change the data meanwhile: stop it, or switch maintenance on.\n' +
        'If a move was interrupted, run it again to continue. The exit status is 0 only if every row\n' +
        'is equal on both sides; until then no server starts on the target.\n' +
        examples(
          'latchkey settings set MAINTENANCE_MODE true',
          'latchkey move --to postgres://latchkey@db.example.com/latchkey --dry-run',
          'latchkey move --to postgres://latchkey@db.example.com/latchkey',
          'latchkey move --database postgres://latchkey@db.example.com/latchkey --to sqlite:latchkey.db',
        ),
    )
    .action((_options: unknown, self: Command) => move(self.optsWithGlobals<MoveFlags>()));
}

async function move(flags: MoveFlags): Promise<void> {
  const { withWorkspace } = await import('../../workspace/workspace.ts');
  const config = readConfig(flags);
  const target = requireMoveTarget(config);
  // The source is read for a long time as well, and must not be taken for a server.
  await withWorkspace(
    flags,
    (workspace) => (flags.dryRun ? plan(workspace, target, flags) : copy(workspace, target, flags)),
    { isMove: true },
  );
}

async function plan(
  { database }: Workspace,
  target: DatabaseConfig,
  { json }: MoveFlags,
): Promise<void> {
  const { findMovedTables, leftTables } = await import('../../db/move/moved-tables.ts');
  const { countRows } = await import('../../db/move/rows.ts');
  const tables: { name: string; rows: number }[] = [];
  for (const { name } of await findMovedTables(database)) {
    tables.push({ name, rows: await countRows(database.db, { name }) });
  }
  const state = await stateOf(target, database.location);
  if (json) {
    printJson({
      from: database.location,
      to: target.location,
      target: state,
      tables,
      left: leftTables,
    });
    return;
  }
  print(`Would copy ${database.location} to ${target.location}, which is ${state}:`);
  printTable(
    ['TABLE', 'ROWS'],
    tables.map(({ name, rows }) => [name, rows]),
  );
  for (const { name, reason } of leftTables) print(`Left behind: ${name}, ${reason}.`);
}

/** The target in words. It is not made. */
async function stateOf(target: DatabaseConfig, source: string): Promise<string> {
  if (target.engine === 'sqlite' && !existsSync(target.path)) return 'still to be made';
  const { inspectTarget } = await import('../../db/move/target.ts');
  try {
    await using opened = await openMoveTarget(target);
    const state = await inspectTarget(opened.database, source);
    return state === 'empty' ? state : 'filled in part by a move that was broken off';
  } catch (error) {
    throw explainDatabaseError(error, target.location);
  }
}

async function copy(workspace: Workspace, target: DatabaseConfig, flags: MoveFlags): Promise<void> {
  const { moveDatabase } = await import('../../db/move/move.ts');
  const { database: source, config } = workspace;
  const lock = await quietSource(workspace);
  const progress = createProgress('rows');
  const startedAt = performance.now();
  let report: MoveReport;
  try {
    await using opened = await openMoveTarget(target);
    report = await moveDatabase(source, opened.database, {
      onProgress: ({ phase, done, total }) => progress.update(phase, done, total),
    });
  } catch (error) {
    throw explainDatabaseError(error, target.location);
  } finally {
    progress.end();
    lock.release();
  }
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  if (flags.json) printJson(jsonOf(source.location, target.location, seconds, report));
  else printReport(source.location, target.location, seconds, report);
  if (!report.isEqual) {
    const names = report.tables.filter(({ isEqual }) => !isEqual).map(({ name }) => name);
    throw new CommandError(
      `The two differ in ${names.join(', ')}. Do not use ${target.location}: no server starts on it. ` +
        'Move again; if they still differ, that is a bug of Latchkey, and we should like to know of it.',
    );
  }
  if (!flags.json) printNextSteps(config, target, workspace.settings.get('MAINTENANCE_MODE'));
}

function printReport(from: string, to: string, seconds: number, report: MoveReport): void {
  const rows = report.tables.reduce((sum, { source }) => sum + source.rows, 0);
  const kept = report.rowsKept > 0 ? ` (${report.rowsKept} by the move that was broken off)` : '';
  print(
    `Copied ${countOf(rows, 'row')}${kept} from ${from} to ${to} in ${countOf(seconds, 'second')}.`,
  );
  print('');
  printTable(
    ['TABLE', 'ROWS', 'ROWS THERE', 'LARGEST ID', 'SHA-256', 'SHA-256 THERE', 'EQUAL'],
    report.tables.map(({ name, source, target, isEqual }) => [
      ...[name, source.rows, target.rows, target.largestId ?? '-'],
      ...[source.sha256.slice(0, 16), target.sha256.slice(0, 16), isEqual ? 'yes' : 'NO'],
    ]),
  );
}

function jsonOf(from: string, to: string, seconds: number, report: MoveReport) {
  const sideOf = ({ rows, sha256, largestId }: TableReport['source']) => ({
    rows,
    sha256,
    largest_id: largestId ?? null,
  });
  return {
    from,
    to,
    is_equal: report.isEqual,
    seconds,
    rows_kept: report.rowsKept,
    tables: report.tables.map(({ name, source, target, isEqual }) => ({
      name,
      is_equal: isEqual,
      source: sideOf(source),
      target: sideOf(target),
    })),
  };
}

function printNextSteps(config: Config, target: DatabaseConfig, isInMaintenance: boolean): void {
  const path = secretKeyPath(config.dataDir);
  const older = (storedSecrets(config.dataDir)?.length ?? 1) - 1;
  const secret =
    config.secretKey !== undefined
      ? 'LATCHKEY_SECRET_KEY (and LATCHKEY_SECRET_KEY_FALLBACKS) stay as they are, on every node.'
      : `it is in ${path}. With the same --data a server finds it. Elsewhere:\n` +
        `       export LATCHKEY_SECRET_KEY="$(head -n 1 ${path})"` +
        (older > 0
          ? `\n       export LATCHKEY_SECRET_KEY_FALLBACKS="$(tail -n +2 ${path} | paste -sd ,)"`
          : '');
  const isPostgres = target.engine === 'postgres';
  const url = isPostgres ? target.location : `sqlite:${target.path}`;
  // It is not shown: what is printed is read, and kept, by others.
  const withCredentials = isPostgres ? ' (with the user and the password in the URL)' : '';
  note(`
Every row is equal. Now:
  1. Take the secret along, or everybody must sign in again: ${secret}
  2. Stop the old servers for good, and start the new ones${withCredentials}:
       export LATCHKEY_DATABASE_URL='${url}'
       latchkey serve${
         isInMaintenance
           ? `
  3. The copy is in maintenance, as the source is. Switch it off there, in a shell with the same
     LATCHKEY_DATABASE_URL: without it you switch off that of the source.
       latchkey settings set MAINTENANCE_MODE false`
           : ''
       }`);
}
