import { constants } from 'node:sqlite';
import type { Schema } from '../schema.ts';

type Table = keyof Schema;

/** Nothing of these is remembered that `Database.version` covers. */
const otherTables: ReadonlySet<string> = new Set<Table>([
  'roles',
  'role_permissions',
  'user_roles',
  'user_permissions',
  'known_networks',
  'activity',
  'rate_counts',
  'sign_in_flows',
  'authenticator_apps',
  'audit_events',
  'audit_chain',
  'nodes',
  'leases',
]);

/** Nor of these columns. */
const otherColumns: ReadonlySet<string> = new Set<`${Table}.${string}`>([
  'users.last_sign_in_at_ms',
  'sessions.generation',
  'sessions.refreshed_at_ms',
  'sessions.expires_at_ms',
  'sessions.retry_key',
]);

/** Nor can it be of a row that was not there before. */
const tablesToAddTo: ReadonlySet<string> = new Set<Table>(['sessions']);

/**
 * Whether an action of a statement may change what is remembered of users and their sessions. Signing in, with
 * a code of an app too, and refreshing may not, so concurrent readers need not read again. Any action that is not known to be harmless may.
 *
 * @param action the question of SQLite's authorizer (https://sqlite.org/c3ref/c_alter_table.html)
 */
export function changesRemembered(
  action: number,
  table: string | null,
  column: string | null,
): boolean {
  if (table !== null && otherTables.has(table)) return false;
  switch (action) {
    case constants.SQLITE_INSERT:
      return table === null || !tablesToAddTo.has(table);
    case constants.SQLITE_UPDATE:
      return !otherColumns.has(`${table}.${column}`);
    case constants.SQLITE_READ:
    case constants.SQLITE_SELECT:
    case constants.SQLITE_FUNCTION:
    case constants.SQLITE_RECURSIVE:
    case constants.SQLITE_TRANSACTION:
    case constants.SQLITE_SAVEPOINT:
    case constants.SQLITE_PRAGMA:
      return false;
    default:
      return true;
  }
}
