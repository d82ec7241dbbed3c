import { closeSync, openSync, writeSync } from 'node:fs';
import type { ImportSummary, LeftRow } from '../features/administration/user-import/index.ts';
import { byteOrderMark, csvLine } from '../lib/csv.ts';
import { countOf } from '../lib/words.ts';
import { isSettingName } from '../settings/registry.ts';
import { note, print, printTable } from '../terminal/output.ts';

/** The report of an import: a file of the rows that made no new user, and a summary. */

export interface ReportFlags {
  readonly dryRun?: boolean;
  readonly report?: string;
}

/** Why a row made no new user. */
export function reasonOf(row: LeftRow): string {
  if (row.outcome === 'refused') return row.text;
  if (row.outcome === 'reset') return `User ${row.id} was set to what the file says.`;
  const origin = row.isImported ? 'imported before' : 'not imported: it was made here';
  const use = row.isUnused ? 'nobody has signed in to it here' : 'it is in use';
  const { differences } = row;
  const inFile = differences.length > 0 ? ` In the file it is ${differences.join(' and ')}.` : '';
  return `It is user ${row.id}, ${origin}, and ${use}.${inFile}`;
}

/** Opens the file that gets a line for each row that made no new user. */
export function openReport(path: string) {
  const fd = openSync(path, 'w', 0o600);
  const header = ['row', 'email', 'id', 'username', 'outcome', 'reason', 'text'];
  writeSync(fd, byteOrderMark + csvLine(header));
  return {
    write(row: LeftRow) {
      const { place, email, fileId, username, outcome } = row;
      const reason = row.outcome === 'refused' ? row.reason : '';
      writeSync(fd, csvLine([place, email, fileId, username, outcome, reason, reasonOf(row)]));
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

export function printSummary(
  file: string,
  seconds: number,
  summary: ImportSummary,
  { dryRun, report }: ReportFlags,
  meanings: Readonly<Record<string, string>>,
): void {
  const rate = Math.round(summary.rows / Math.max(seconds, 0.1));
  print(
    `${dryRun ? 'Would import' : 'Imported'} ${countOf(summary.imported, 'user')} of ` +
      `${countOf(summary.rows, 'row')} ` +
      `from ${file} (${countOf(seconds, 'second')}, ${countOf(rate, 'row')} a second).`,
  );
  const { superusers, withoutPassword, withRoles, withApp, reset } = summary;
  if (superusers > 0)
    print(`${countOf(superusers, 'superuser')} among them, who may do everything.`);
  if (withoutPassword > 0) print(`${countOf(withoutPassword, 'user')} without a password.`);
  if (withRoles > 0) print(`${countOf(withRoles, 'user')} with roles.`);
  if (withApp > 0) print(`${countOf(withApp, 'user')} with an authenticator app.`);
  if (reset > 0)
    print(`${countOf(reset, 'account')} that nobody had signed in to set to the file.`);
  printPresent(summary);
  printApps(summary);
  printTokens(summary);
  const reasons = Object.entries(summary.reasons);
  if (reasons.length > 0) {
    print('');
    printTable(
      ['REFUSED', 'ROWS', 'MEANING'],
      reasons.map(([reason, count]) => [reason, count, meanings[reason] ?? '']),
    );
  }
  if (summary.reasons.id_taken || summary.reasons.id_used_before) {
    note(
      'This database has or had users whom no import created, with ids of the file. ' +
        'To keep the ids of all users, import into an empty data folder.',
    );
  }
  if (report !== undefined) note(`${report} has every row that made no new user, and why.`);
  noteSettings(summary);
}

function printPresent({ alreadyPresent, registeredHere, unused, differing }: ImportSummary): void {
  if (alreadyPresent === 0) return;
  print(
    `${countOf(alreadyPresent, 'row')} left alone: the email is there (${registeredHere} not ` +
      `imported, but made here; ${unused} that nobody has signed in to, see --reset-unused).`,
  );
  if (differing > 0) {
    print(
      `Not as in the file, deactivated or a superuser: ${countOf(differing, 'account')} of them.`,
    );
    note(
      '--report FILE names them. To change one: latchkey users deactivate EMAIL, activate, promote or demote.',
    );
  }
}

function printApps({ apps }: ImportSummary): void {
  if (apps.rows === 0) return;
  print(
    `${countOf(apps.imported, 'authenticator app')} of ${apps.rows} taken over (${apps.unconfirmed} never confirmed, ` +
      `${apps.refused} refused; others belong to users who were left alone).`,
  );
}

function printTokens({ tokens }: ImportSummary): void {
  if (tokens.rows === 0) return;
  print(
    `${countOf(tokens.imported, 'refresh token')} of ${tokens.rows} taken over ` +
      `(${tokens.alreadyPresent} imported before, ${tokens.ended} expired or revoked, ` +
      `${tokens.refused} refused).`,
  );
  if (tokens.sessionsEnded > 0) {
    print(
      `${countOf(tokens.sessionsEnded, 'session')} ended: the file does not have their refresh ` +
        'tokens as valid any more.',
    );
  }
}

function knownSettings({ constance }: ImportSummary) {
  return [...constance].filter(([name]) => isSettingName(name));
}

function isPlain(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** How many rows were refused, of users, of refresh tokens and of authenticator apps. */
export function refusedText({ rows, refused, tokens, apps }: ImportSummary): string {
  if (tokens.rows + apps.rows === 0) return `${countOf(refused, 'row')} of ${rows} refused.`;
  const parts = [
    `${refused} of ${countOf(rows, 'user')}`,
    ...(apps.rows === 0 ? [] : [`${apps.refused} of ${countOf(apps.rows, 'authenticator app')}`]),
    ...(tokens.rows === 0 ? [] : [`${tokens.refused} of ${countOf(tokens.rows, 'refresh token')}`]),
  ];
  return `${parts.join(' and ')} refused.`;
}

/** Settings are the operator's to set: the file is of users. */
function noteSettings(summary: ImportSummary): void {
  for (const [name, value] of knownSettings(summary)) {
    if (isPlain(value))
      note(`The file has the setting ${name}: latchkey settings set ${name} ${value}`);
    else note(`The file has the setting ${name}, in a form that is not read here. Set it by hand.`);
  }
}

export function jsonOf(
  file: string,
  seconds: number,
  summary: ImportSummary,
  { dryRun }: ReportFlags,
) {
  return {
    file,
    is_dry_run: dryRun ?? false,
    seconds,
    rows: summary.rows,
    imported: summary.imported,
    superusers: summary.superusers,
    without_password: summary.withoutPassword,
    with_roles: summary.withRoles,
    with_authenticator_app: summary.withApp,
    reset: summary.reset,
    already_present: summary.alreadyPresent,
    registered_here: summary.registeredHere,
    never_signed_in: summary.unused,
    differing: summary.differing,
    refused: summary.refused,
    reasons: summary.reasons,
    refresh_tokens: {
      rows: summary.tokens.rows,
      imported: summary.tokens.imported,
      already_present: summary.tokens.alreadyPresent,
      ended: summary.tokens.ended,
      refused: summary.tokens.refused,
      sessions_ended: summary.tokens.sessionsEnded,
    },
    authenticator_apps: summary.apps,
    settings: Object.fromEntries(
      knownSettings(summary).map(([name, value]) => [name, isPlain(value) ? value : null]),
    ),
  };
}
