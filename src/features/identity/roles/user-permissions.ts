import { requireVersion } from '../../../contract/expected-version.ts';
import type { Database, Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import { findUserById, lockUser, type User, updateUser } from '../users/index.ts';
import { maxListed } from './authority.ts';
import { changesInParts, difference } from './difference.ts';
import { requireMayGrant, requireMayManage } from './granting.ts';
import { findGranted, findPermissionsInUse, type NamePage } from './grants.queries.ts';
import { builtInNames, maxPermissions, requireFew } from './permissions.ts';
import {
  assignRoles,
  findOwnPermissions,
  findRolesOfUsers,
  grantPermissions,
  lockRoles,
  revokePermissions,
  unassignRoles,
} from './roles.queries.ts';

/** The roles and permissions of users, and how they are changed. */

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
}

/** More than anybody needs; a limit on what one look-up reads. */
export const maxRolesOfUser = 100;

/** What a user has, and what the user may do with it. */
export interface UserPermissions {
  readonly roles: { id: number; name: string }[];
  /** Those granted to the user directly. */
  readonly permissions: string[];
  /** The permissions that the user has in any way, by name; the first `maxListed`. */
  readonly effective: string[];
  readonly isEffectiveComplete: boolean;
  readonly isSuperuser: boolean;
  /** Of the user. */
  readonly version: number;
}

/**
 * The names of what a user may do, a page at a time: for a superuser all that are built in and all that are in
 * use. An unknown user may do nothing.
 */
export async function listEffective(
  db: Db,
  userId: number,
  { after, limit }: NamePage,
): Promise<{ isSuperuser: boolean; permissions: string[]; isLast: boolean }> {
  const isSuperuser = (await findUserById(db, userId))?.isSuperuser === 1;
  const page = { after, limit: limit + 1 };
  const found = isSuperuser
    ? [...(await findPermissionsInUse(db, page)), ...builtInNames.filter((name) => name > after)]
    : await findGranted(db, userId, page);
  const names = [...new Set(found)].sort();
  return { isSuperuser, permissions: names.slice(0, limit), isLast: names.length <= limit };
}

/** @throws AppError `not_found` */
export async function readUserPermissions(db: Db, userId: number): Promise<UserPermissions> {
  const user = await findUserById(db, userId);
  if (!user) throw new AppError('not_found');
  const effective = await listEffective(db, userId, { after: '', limit: maxListed });
  const roles = await findRolesOfUsers(db, [userId]);
  return {
    roles: roles.map(({ id, name }) => ({ id, name })),
    permissions: await findOwnPermissions(db, userId),
    effective: effective.permissions,
    isEffectiveComplete: effective.isLast,
    isSuperuser: effective.isSuperuser,
    version: user.version,
  };
}

/** The roles and permissions that a user is to have. What is absent stays. */
export interface UserGrants {
  readonly roleIds?: readonly number[] | undefined;
  readonly permissions?: readonly string[] | undefined;
}

/**
 * Sets the roles and the permissions of a user, by the rules of `granting.ts`.
 *
 * @param expectedVersion the version of the user that the actor knows; undefined: any
 * @throws AppError `not_found`, `permission_denied`, `version_conflict`; `invalid_fields` if there is no such role
 */
export function changeUserPermissions(
  { database, clock }: Deps,
  actor: Actor,
  userId: number,
  grants: UserGrants,
  expectedVersion?: number,
): Promise<UserPermissions> {
  return database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const user = await lockUser(trx, userId);
    if (!user) throw new AppError('not_found');
    await requireMayManage(trx, actor, userId);
    requireVersion(user, expectedVersion);
    await setUserGrants(trx, actor, user, grants, nowMs);
    return readUserPermissions(trx, userId);
  });
}

/**
 * Assigns one more role to a user, or unassigns one.
 *
 * @returns whether that changed anything
 * @throws AppError as `changeUserPermissions`
 */
export function changeUserRole(
  { database, clock }: Deps,
  actor: Actor,
  userId: number,
  role: { readonly id: number; readonly isAssigned: boolean },
): Promise<boolean> {
  return database.transact(async (trx) => {
    const user = await lockUser(trx, userId);
    if (!user) throw new AppError('not_found');
    await requireMayManage(trx, actor, userId);
    const has = (await findRolesOfUsers(trx, [userId])).map(({ id }) => id);
    if (has.includes(role.id) === role.isAssigned) return false;
    const roleIds = role.isAssigned ? [...has, role.id] : has.filter((id) => id !== role.id);
    await setUserGrants(trx, actor, user, { roleIds }, clock.nowMs());
    return true;
  });
}

/**
 * The same within a transaction that has locked the user, or has just made them.
 *
 * @throws AppError `permission_denied`; `invalid_fields` if there is no such role, or too many of them
 */
export async function setUserGrants(
  trx: Db,
  actor: Actor,
  { id }: Pick<User, 'id'>,
  { roleIds, permissions }: UserGrants,
  nowMs: number,
): Promise<void> {
  requireFew('roles', roleIds ?? [], maxRolesOfUser);
  requireFew('permissions', permissions ?? [], maxPermissions);
  const hasRoles = (await findRolesOfUsers(trx, [id])).map((role) => role.id);
  const roles = difference(hasRoles, roleIds ?? hasRoles);
  const has = await findOwnPermissions(trx, id);
  const own = difference(has, permissions ?? has);
  const known = await lockRoles(trx, roles.added);
  const unknown = roles.added.find((roleId) => !known.includes(roleId));
  if (unknown !== undefined) {
    throw new AppError('invalid_fields', { members: { roles: [`There is no role ${unknown}.`] } });
  }
  await requireMayGrant(trx, actor, { roleIds: roles.added, permissions: own.added });
  await unassignRoles(trx, id, roles.removed);
  await assignRoles(trx, id, roles.added);
  await revokePermissions(trx, id, own.removed);
  await grantPermissions(trx, id, own.added);
  const byRoles = { added_roles: roles.added, removed_roles: roles.removed };
  const isChanged = roles.added.length + roles.removed.length > 0;
  const events = changesInParts(own, isChanged).map((part, index) => ({
    ...({ kind: 'user.permissions_changed', actor, atMs: nowMs, userId: id } as const),
    details: { ...(index === 0 ? byRoles : { added_roles: [], removed_roles: [] }), ...part },
  }));
  if (events.length > 0) await updateUser(trx, id, { updatedAtMs: nowMs });
  await record(trx, ...events);
}
