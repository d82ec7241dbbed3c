import type { Database } from '../../../db/database.ts';
import { findUserById } from '../users/index.ts';
import type { Authority } from './authority.ts';

interface Deps {
  readonly database: Database;
  readonly authority: Authority;
}

/** Whether a user has each of the permissions. An unknown or deactivated user has none. */
export async function checkPermissions(
  { database: { db }, authority }: Deps,
  userId: number,
  permissions: readonly string[],
): Promise<Record<string, boolean>> {
  const [user, held] = await Promise.all([
    findUserById(db, userId),
    authority.findHeld(userId, permissions),
  ]);
  const isActive = user?.isActive === 1;
  return Object.fromEntries(
    permissions.map((permission) => [permission, isActive && held.has(permission)]),
  );
}
