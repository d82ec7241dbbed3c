import type { Deps } from '../../../deps.ts';
import { acrOf } from '../../../lib/auth-level.ts';
import { byteOrderMark } from '../../../lib/csv.ts';
import { record } from '../../platform/audit/index.ts';
import { listUsers, type UserQuery } from './list-users.ts';
import type { ListedUser } from './user-view.ts';
import type { Administrator } from './with-user.ts';

/** The list of users as CSV (RFC 4180), however long it is. */

/** So many rows are in memory at once, and so long nobody else is served on SQLite. */
const pageSize = 500;

const columns: Readonly<Record<string, (user: ListedUser) => string>> = {
  id: (user) => String(user.id),
  email: (user) => textCell(user.email),
  username: (user) => textCell(user.username),
  is_active: (user) => String(user.isActive),
  is_superuser: (user) => String(user.isSuperuser),
  has_password: (user) => String(user.hasPassword),
  roles: (user) => textCell(user.roles.map(({ name }) => name).join('; ')),
  created_at: (user) => timeCell(user.createdAtMs),
  updated_at: (user) => timeCell(user.updatedAtMs),
  last_sign_in_at: (user) => timeCell(user.lastSignInAtMs),
  email_verified: (user) => String(user.isEmailVerified),
  acr: (user) => acrOf(user.factorLevel),
};

/**
 * A text as a cell that no spreadsheet takes for a formula: a text that would begin one gets an apostrophe before it,
 * and every text is in quotes (OWASP, CSV Injection). Some read the full-width signs as the plain ones.
 */
export function textCell(text: string): string {
  const harmless = /^[\s\0]*[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

function timeCell(ms: number | null): string {
  return ms === null ? '' : new Date(ms).toISOString();
}

function rowOf(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`;
}

/**
 * The lines of the export, some hundred at a time. The next ones are read when they are asked for: a slow reader
 * occupies no connection and no memory, and one who is gone asks no more.
 */
export async function* exportUsers(
  deps: Pick<Deps, 'database'>,
  query: UserQuery,
): AsyncGenerator<string> {
  yield byteOrderMark + rowOf(Object.keys(columns));
  let cursor: string | undefined;
  do {
    const page = await listUsers(deps, query, { limit: pageSize, cursor });
    const cells = Object.values(columns);
    yield page.users.map((user) => rowOf(cells.map((cell) => cell(user)))).join('');
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** Records that somebody takes the list away; of the search only that there was one. */
export function recordExport(
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
  { search, ids, isActive, isSuperuser, roleId, acr }: UserQuery,
  actor: Administrator,
): Promise<void> {
  const filters = [
    ...(search === undefined ? [] : ['search']),
    ...(ids === undefined ? [] : ['ids']),
    ...(isActive === undefined ? [] : [`is_active=${isActive}`]),
    ...(isSuperuser === undefined ? [] : [`is_superuser=${isSuperuser}`]),
    ...(roleId === undefined ? [] : [`role=${roleId}`]),
    ...(acr === undefined ? [] : [`acr=${acr}`]),
  ];
  const event = { actor, atMs: clock.nowMs(), details: { filters } };
  return database.transact((trx) => record(trx, { kind: 'users.exported', ...event }));
}
