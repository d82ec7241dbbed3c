import type { Db } from '../../../db/database.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { findRolesOfUsers } from '../../identity/roles/index.ts';
import type { UserRow } from './list-users.queries.ts';
import type { UserView } from './user-admin.ts';

/** A user as an administrator sees them. */
export interface ListedUser extends UserView {
  readonly hasPassword: boolean;
  /** How strongly they can sign in. */
  readonly factorLevel: AuthLevel;
  /** By name. */
  readonly roles: readonly { readonly id: number; readonly name: string }[];
  readonly lastSignInAtMs: number | null;
  /** One more with each change of the user or of what they have. */
  readonly version: number;
}

/** What rows say, with the roles of their users. */
export async function viewUsers(db: Db, rows: readonly UserRow[]): Promise<ListedUser[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const roles = Map.groupBy(await findRolesOfUsers(db, ids), (role) => role.userId);
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    isEmailVerified: row.emailVerifiedAtMs !== null,
    username: row.username,
    locale: row.locale,
    isActive: row.isActive === 1,
    isSuperuser: row.isSuperuser === 1,
    hasPassword: row.hasPassword === 1,
    factorLevel: row.factorLevel,
    roles: (roles.get(row.id) ?? []).map(({ id, name }) => ({ id, name })),
    createdAtMs: row.createdAtMs,
    updatedAtMs: row.updatedAtMs,
    lastSignInAtMs: row.lastSignInAtMs,
    emailBouncedAtMs: row.emailBouncedAtMs,
    version: row.version,
  }));
}
