import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { tableNames } from './inspect.ts';

/**
 * Factors, as of the later state of a database: what was removed or used since a backup must not come back, and an account
 * that got a factor since must not go on without one.
 */

/** Where the rows of users count as they are now. */
const factorTables = ['authenticator_apps', 'passkeys', 'recovery_codes', 'trusted_devices'];
/** What the row of a user says of them. */
const factorColumns = ['factor_level', 'factor_epoch', 'passkey_handle', 'factor_due_at_ms'];

/** Gives the users of a restored database the factors that they have in the later one. A user's id is never used again. */
export function carryOverFactors(restored: DatabaseSync, old: DatabaseSync): void {
  const tables = [tableNames(restored), tableNames(old)] as const;
  // A backup from before there were factors has no place for them.
  if (!tables.every((names) => factorTables.every((table) => names.has(table)))) return;
  for (const table of factorTables) restored.exec(`delete from ${table}`);
  copyUserColumns(restored, old);
  for (const table of factorTables) copyRows(restored, old, table);
}

const anything =
  'factor_level > 1 or factor_epoch > 0 or passkey_handle is not null or factor_due_at_ms is not null';

function copyUserColumns(restored: DatabaseSync, old: DatabaseSync): void {
  const columns = sharedColumns(restored, old, 'users').filter((column) =>
    factorColumns.includes(column),
  );
  const rows = old.prepare(
    `select ${columns.join(', ')}, id from users
     where ${anything}`,
  );
  // First of all users: no two may have one handle, not for a moment.
  restored.exec(
    `update users set factor_level = 1, factor_epoch = 0, passkey_handle = null, factor_due_at_ms = null
     where ${anything}`,
  );
  const set = columns.map((column) => `${column} = ?`).join(', ');
  const update = restored.prepare(`update users set ${set} where id = ?`);
  for (const row of rows.iterate()) update.run(...valuesOf(row, [...columns, 'id']));
}

function copyRows(restored: DatabaseSync, old: DatabaseSync, table: string): void {
  const columns = sharedColumns(restored, old, table);
  const places = columns.map(() => '?').join(', ');
  const insert = restored.prepare(
    `insert into ${table} (${columns.join(', ')}) select ${places}
     where exists (select 1 from users where id = ?)`,
  );
  const rows = old.prepare(`select ${columns.join(', ')} from ${table}`);
  for (const row of rows.iterate()) insert.run(...valuesOf(row, [...columns, 'user_id']));
}

const valuesOf = (row: Record<string, unknown>, columns: readonly string[]) =>
  columns.map((column) => row[column] as SQLInputValue);

/** The columns that both have: one of them may be of an older release. */
function sharedColumns(restored: DatabaseSync, old: DatabaseSync, table: string): string[] {
  const columnsOf = (file: DatabaseSync) =>
    file
      .prepare('select name from pragma_table_info(?)')
      .all(table)
      .map(({ name }) => String(name));
  const known = new Set(columnsOf(old));
  return columnsOf(restored).filter((column) => known.has(column));
}
