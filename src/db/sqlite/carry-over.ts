import type { DatabaseSync } from 'node:sqlite';
import { carryOverFactors } from './carry-over-factors.ts';
import { tableNames } from './inspect.ts';

/**
 * Restoring a backup must not bring back what was removed after it was made: a link that was used or voided, an
 * account that was deactivated or deleted, and power that was revoked. The backup still has all of it, so people
 * would get back what they lost. Factors are those of the later state, for the same reason. Passwords, emails and settings are those of the backup; they are named, so that an
 * operator can set them again.
 */
export interface CarriedOver {
  /** How many link tokens of the backup are not valid any more, those of notices and undos among them. */
  readonly voidedLinks: number;
  /** Users who were deactivated or deleted since: they are deactivated. */
  readonly deactivated: readonly RestoredUser[];
  /** Users who were superusers in the backup, and no longer were. */
  readonly demoted: readonly RestoredUser[];
  /** How many permissions of users and roles, and roles of users, were taken away again. */
  readonly revokedGrants: number;
  /** Users who have the password that they had when the backup was made, and not the newer one. */
  readonly olderPasswords: readonly RestoredUser[];
  /** Users who have the email that they had when the backup was made, and not the newer one. */
  readonly olderEmails: readonly OlderEmail[];
  /** Settings that have the value of the backup, and not the newer one. */
  readonly olderSettings: readonly OlderSetting[];
}

/** A setting that was changed since the backup. Null: it was not set, so the default counts. */
export interface OlderSetting {
  readonly name: string;
  readonly value: string | null;
  readonly newer: string | null;
}

export interface RestoredUser {
  readonly id: number;
  readonly email: string;
}

/** A user whose email was changed since the backup. `email` is the older one, which counts again. */
export interface OlderEmail extends RestoredUser {
  readonly newer: string;
}

export const nothingCarriedOver: CarriedOver = {
  voidedLinks: 0,
  deactivated: [],
  demoted: [],
  revokedGrants: 0,
  olderPasswords: [],
  olderEmails: [],
  olderSettings: [],
};

/** The tables of links that were mailed: of invitations and the like, of notices, and of undos of changed emails. */
const linkTables = ['link_tokens', 'notices', 'former_emails'] as const;

/** @param old the database that is replaced: a later state of the database that the backup was made of */
export function carryOver(restored: DatabaseSync, old: DatabaseSync): CarriedOver {
  carryOverFactors(restored, old);
  return {
    voidedLinks: linkTables
      .map((table) => removeMissing(restored, old, table, ['token_hash']))
      .reduce((sum, count) => sum + count, 0),
    ...carryOverUsers(restored, old),
    revokedGrants:
      removeMissing(restored, old, 'user_roles', ['user_id', 'role_id']) +
      removeMissing(restored, old, 'user_permissions', ['user_id', 'permission']) +
      removeMissing(restored, old, 'role_permissions', ['role_id', 'permission']),
    olderSettings: findOlderSettings(restored, old),
  };
}

function findOlderSettings(restored: DatabaseSync, old: DatabaseSync): OlderSetting[] {
  const [values, newerValues] = [storedSettings(restored), storedSettings(old)];
  const names = [...new Set([...values.keys(), ...newerValues.keys()])].sort();
  return names
    .map((name) => ({
      name,
      value: values.get(name) ?? null,
      newer: newerValues.get(name) ?? null,
    }))
    .filter(({ value, newer }) => value !== newer);
}

function storedSettings(file: DatabaseSync): Map<string, string> {
  if (!tableNames(file).has('settings')) return new Map();
  const rows = file.prepare('select name, value from settings').all();
  return new Map(rows.map(({ name, value }) => [String(name), String(value)]));
}

/** Voids every link of a backup whose later use is not known. */
export function voidLinks(restored: DatabaseSync): number {
  const tables = tableNames(restored);
  return linkTables
    .filter((table) => tables.has(table))
    .map((table) => Number(restored.prepare(`delete from ${table}`).run().changes))
    .reduce((sum, count) => sum + count, 0);
}

/**
 * Forgets the mail that waited when the backup was made, which was sent since or is for what was voided, and the
 * codes that were good then.
 */
export function forgetPendingMail(restored: DatabaseSync): void {
  const tables = tableNames(restored);
  if (tables.has('outbox')) restored.exec("delete from outbox where state in ('pending', 'decoy')");
  for (const table of ['flows', 'sign_in_flows']) {
    if (tables.has(table)) restored.exec(`delete from ${table}`);
  }
}

/** How many of the users with power are named. */
const maxNamed = 100;

/**
 * The active users who may do more than use their own account: superusers, and users who have a role or permission.
 */
export function activeAdministrators(restored: DatabaseSync): readonly RestoredUser[] {
  const sources = ['user_roles', 'user_permissions'].filter((table) =>
    tableNames(restored).has(table),
  );
  const holders = sources.map((table) => `or id in (select user_id from ${table})`).join(' ');
  return restored
    .prepare(
      `select id, email from users where is_active = 1 and (is_superuser = 1 ${holders})
       order by is_superuser desc, id limit ${maxNamed}`,
    )
    .all()
    .map(({ id, email }) => ({ id: Number(id), email: String(email) }));
}

/** Whether an active superuser is left. */
export function hasActiveSuperuser(restored: DatabaseSync): boolean {
  return (
    restored
      .prepare('select 1 from users where is_active = 1 and is_superuser = 1 limit 1')
      .get() !== undefined
  );
}

/** How many rows are looked at in one step. */
const stepSize = 1_000;

function carryOverUsers(
  restored: DatabaseSync,
  old: DatabaseSync,
): Pick<CarriedOver, 'deactivated' | 'demoted' | 'olderPasswords' | 'olderEmails'> {
  const now = old.prepare(
    'select email, is_active, is_superuser, password_hash from users where id = ?',
  );
  const next = restored.prepare(
    `select id, email, is_active, is_superuser, password_hash from users
     where id > ? order by id limit ${stepSize}`,
  );
  const deactivate = restored.prepare('update users set is_active = 0 where id = ?');
  const demote = restored.prepare('update users set is_superuser = 0 where id = ?');
  const deactivated: RestoredUser[] = [];
  const demoted: RestoredUser[] = [];
  const olderPasswords: RestoredUser[] = [];
  const olderEmails: OlderEmail[] = [];
  for (let afterId = 0, step = next.all(afterId); step.length > 0; step = next.all(afterId)) {
    for (const row of step) {
      const user = { id: Number(row.id), email: String(row.email) };
      afterId = user.id;
      const later = now.get(user.id);
      if (row.is_active === 1 && later?.is_active !== 1) {
        deactivate.run(user.id);
        deactivated.push(user);
      }
      if (row.is_superuser === 1 && later?.is_superuser !== 1) {
        demote.run(user.id);
        demoted.push(user);
      }
      if (!later) continue;
      if (later.password_hash !== row.password_hash) olderPasswords.push(user);
      const newer = String(later.email);
      if (newer !== user.email) olderEmails.push({ ...user, newer });
    }
  }
  return { deactivated, demoted, olderPasswords, olderEmails };
}

/** Removes the rows of a table that a later state of it does not have. */
function removeMissing(
  restored: DatabaseSync,
  old: DatabaseSync,
  table: string,
  key: readonly string[],
): number {
  if (!tableNames(restored).has(table) || !tableNames(old).has(table)) return 0;
  const where = key.map((column) => `${column} = ?`).join(' and ');
  const isThere = old.prepare(`select 1 from ${table} where ${where}`);
  const remove = restored.prepare(`delete from ${table} where ${where}`);
  const missing = restored
    .prepare(`select ${key.join(', ')} from ${table}`)
    .all()
    .map((row) => key.map((column) => row[column] as string | number))
    .filter((values) => isThere.get(...values) === undefined);
  for (const values of missing) remove.run(...values);
  return missing.length;
}
