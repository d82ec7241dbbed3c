import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type ConfigFlags, ensureDataDir, readConfig } from '../../config/config.ts';
import { requireSqlite } from '../../config/database-config.ts';
import type { RestoredUser } from '../../db/sqlite/carry-over.ts';
import type { Restored } from '../../db/sqlite/restore.ts';
import { systemClock } from '../../lib/clock.ts';
import { countOf } from '../../lib/words.ts';
import { explainDatabaseError } from '../../terminal/explain-database-error.ts';
import { jsonOption, note, print, printable, printJson } from '../../terminal/output.ts';
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
    .description('Replace the database with a backup, while no server runs.')
    .argument('<file>', 'the backup; it is only read')
    .option('--force', 'replace a database that is not empty; the old one is kept beside it')
    .option('--end-sessions', 'end every session, so that everybody signs in again')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nSessions that were refreshed or ended after the backup was made have ended: their users\n' +
        'sign in again. If the replaced database is lost or damaged, nobody knows which sessions\n' +
        'those are, and one that was logged out after the backup is live again: use --end-sessions\n' +
        'to be safe.\n' +
        'What was revoked since the backup stays revoked: links that were used, users who were\n' +
        'deactivated or deleted (they are deactivated), superusers, roles and permissions. If that\n' +
        'is not known, every link is void, and the users with permissions are listed.\n' +
        'Passwords, emails and settings that were changed since have their older values again, and\n' +
        'are listed. Ids that were used after the backup are not used again.\n' +
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
  ensureDataDir(dataDir);
  try {
    const restored = restoreSqlite(file, databasePath, {
      overwrite: flags.force ?? false,
      endSessions: flags.endSessions ?? false,
      nowMs: systemClock.nowMs(),
    });
    await recordEvent(flags, {
      ...{ kind: 'backup.restored', actor: cliActor(), atMs: Date.now() },
      details: {
        file,
        ended_sessions: restored.endedSessions,
        voided_links: restored.voidedLinks,
        deactivated_users: restored.deactivated.length,
        demoted_superusers: restored.demoted.length,
        revoked_grants: restored.revokedGrants,
      },
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
  restored: Restored,
  { endSessions }: RestoreFlags,
): void {
  const { keptAs, endedSessions, isContinued, pending } = restored;
  print(`Restored ${file} to ${databasePath}.`);
  if (keptAs !== undefined) print(`The database that was there is kept as ${keptAs}.`);
  if (endedSessions > 0) {
    const why = endSessions ? '' : ' that had changed since the backup';
    print(`Ended ${countOf(endedSessions, 'session')}${why}; their clients sign in again.`);
  }
  reportTaken(restored);
  if (!isContinued) reportUnknown(restored, endSessions ?? false);
  if (!restored.hasSuperuser && restored.demoted.length + restored.deactivated.length > 0) {
    note('No superuser can sign in. To make one: latchkey users promote EMAIL');
  }
  if (pending.length > 0) {
    note(`The next start applies ${countOf(pending.length, 'migration')}: ${pending.join(', ')}`);
  }
}

/** What differs from the backup because it was revoked or removed since. */
function reportTaken(restored: Restored): void {
  const { voidedLinks, deactivated, demoted, revokedGrants } = restored;
  const { olderPasswords, olderEmails, olderSettings } = restored;
  if (voidedLinks > 0) print(`Voided ${countOf(voidedLinks, 'link')}, as of invitations.`);
  if (deactivated.length > 0) {
    print(`Deactivated, as they were deactivated or deleted since: ${namesOf(deactivated)}`);
    note('To undo: latchkey users activate EMAIL');
  }
  if (demoted.length > 0) {
    print(`No superusers any more, as they were demoted since: ${namesOf(demoted)}`);
  }
  if (revokedGrants > 0) {
    print(`Revoked ${countOf(revokedGrants, 'grant')} of roles and permissions again.`);
  }
  if (olderPasswords.length > 0) {
    note(
      `${countOf(olderPasswords.length, 'user')} changed the password since; the older one is good again: ` +
        namesOf(olderPasswords),
    );
    note('Where one was changed because it was stolen: latchkey users set-password EMAIL');
  }
  if (olderEmails.length > 0) {
    note(
      `${countOf(olderEmails.length, 'user')} changed the email since; the older one is good again, ` +
        `also to reset the password: ${namesOf(olderEmails, ({ newer }) => ` (was ${printable(newer)})`)}`,
    );
    note('Where the older mailbox is in the wrong hands: latchkey users deactivate EMAIL');
  }
  if (olderSettings.length > 0) {
    const names = olderSettings.map(
      ({ name, value, newer }) => `${name} ${value ?? 'default'} (was ${newer ?? 'default'})`,
    );
    note(`Settings that have the value of the backup again: ${printable(names.join(', '))}`);
    note('To set one: latchkey settings set NAME VALUE');
  }
}

/** What may be wrong, where nobody knows what happened since the backup. */
function reportUnknown({ administrators }: Restored, endSessions: boolean): void {
  if (!endSessions) {
    note(
      'What happened since the backup is not known: a session that was logged out since lives again. ' +
        'To end all of them, restore once more with --end-sessions --force.',
    );
  }
  note('Users who were deactivated or deleted since are active again, with the passwords of then.');
  note('Factors are those of then too: recovery codes that were used since work again.');
  if (administrators.length > 0) {
    note(`Those with power, whom to look at: ${namesOf(administrators)}`);
    note('To keep one out: latchkey users deactivate EMAIL');
  }
}

/** How many names are printed; JSON has all of them. */
const maxPrinted = 20;

function namesOf<User extends RestoredUser>(
  users: readonly User[],
  more: (user: User) => string = () => '',
): string {
  const named = users
    .slice(0, maxPrinted)
    .map((user) => `${printable(user.email)} (${user.id})${more(user)}`);
  const rest = users.length - named.length;
  return `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function jsonOf(file: string, databasePath: string, restored: Restored) {
  return {
    file,
    database: databasePath,
    kept_as: restored.keptAs ?? null,
    ended_sessions: restored.endedSessions,
    is_continued: restored.isContinued,
    voided_links: restored.voidedLinks,
    deactivated: restored.deactivated,
    demoted: restored.demoted,
    revoked_grants: restored.revokedGrants,
    older_passwords: restored.olderPasswords,
    older_emails: restored.olderEmails,
    older_settings: restored.olderSettings,
    administrators: restored.administrators,
    has_superuser: restored.hasSuperuser,
    pending: restored.pending,
  };
}
