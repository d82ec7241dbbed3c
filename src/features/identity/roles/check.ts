import type { Database } from '../../../db/database.ts';
import { findUserById } from '../users/index.ts';
import { holds, type ReadAuthority } from './authority.ts';

interface Deps {
  readonly database: Database;
  readonly readAuthority: ReadAuthority;
}

/** Whether a user has each of the permissions. Who is unknown or deactivated has none. */
export async function checkPermissions(
  { database: { db }, readAuthority }: Deps,
  userId: number,
  permissions: readonly string[],
): Promise<Record<string, boolean>> {
  const [user, authority] = await Promise.all([findUserById(db, userId), readAuthority(userId)]);
  const isActive = user?.is_active === 1;
  return Object.fromEntries(
    permissions.map((permission) => [permission, isActive && holds(authority, permission)]),
  );
}
