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
  const roles = Map.groupBy(await findRolesOfUsers(db, ids), (role) => role.user_id);
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    isEmailVerified: row.email_verified_at_ms !== null,
    username: row.username,
    locale: row.locale,
    isActive: row.is_active === 1,
    isSuperuser: row.is_superuser === 1,
    hasPassword: row.has_password === 1,
    factorLevel: row.factor_level,
    roles: (roles.get(row.id) ?? []).map(({ id, name }) => ({ id, name })),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    lastSignInAtMs: row.last_sign_in_at_ms,
    emailBouncedAtMs: row.email_bounced_at_ms,
    version: row.version,
  }));
}
