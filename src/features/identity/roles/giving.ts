import type { Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Actor } from '../../platform/audit/index.ts';
import { findUserById } from '../users/index.ts';
import { type Authority, findAuthority, holds } from './authority.ts';
import { findRolePermissions } from './roles.queries.ts';

/**
 * The rules that keep authority from growing: nobody gives what they do not have, and nobody changes
 * somebody who has more. Asked in the transaction that makes the change. The operator at the command
 * line, who has the database in hand, is bound by none of them.
 */

/** What is given to a user, or to a role. */
export interface Gift {
  readonly permissions?: readonly string[];
  readonly roleIds?: readonly number[];
  readonly isSuperuser?: boolean;
}

/**
 * Refuses to give what the actor does not have. Giving a role is giving all that it permits.
 *
 * @throws AppError `permission_denied`, which names what is missing
 */
export async function requireMayGive(trx: Db, actor: Actor, gift: Gift): Promise<void> {
  const own = await authorityOf(trx, actor);
  if (own === 'any' || own.isSuperuser) return;
  if (gift.isSuperuser) throw new AppError('permission_denied', { detail: onlySuperusers });
  const byRoles = await findRolePermissions(trx, gift.roleIds ?? []);
  const given = [...(gift.permissions ?? []), ...byRoles.map(({ permission }) => permission)];
  const lacking = lackedBy(own, given);
  if (lacking.length === 0) return;
  throw new AppError('permission_denied', {
    detail: `You cannot give what you do not have: ${named(lacking)}.`,
  });
}

/**
 * Refuses to change, deactivate, delete, impersonate, or set the password of a user who has a
 * permission that the actor has not.
 *
 * @throws AppError `permission_denied`, which names what is missing
 */
export async function requireMayManage(trx: Db, actor: Actor, userId: number): Promise<void> {
  if (actor.kind === 'user' && actor.id === userId) return;
  const own = await authorityOf(trx, actor);
  if (own === 'any') return;
  const detail = await whyNotManage(trx, own, userId);
  if (detail !== undefined) throw new AppError('permission_denied', { detail });
}

/** What keeps somebody with an authority from managing another user; undefined: nothing. */
export async function whyNotManage(
  trx: Db,
  own: Authority,
  userId: number,
): Promise<string | undefined> {
  if (own.isSuperuser) return undefined;
  const theirs = await findAuthority(trx, userId);
  if (theirs.isSuperuser) return onlySuperusers;
  const lacking = lackedBy(own, [...theirs.permissions]);
  if (lacking.length === 0) return undefined;
  return `This user has permissions that you do not have: ${named(lacking)}.`;
}

const onlySuperusers = 'Only a superuser can make a superuser, or change one.';

/** @throws AppError `permission_denied` for whoever has not signed in, or may not any more */
async function authorityOf(trx: Db, actor: Actor): Promise<Authority | 'any'> {
  if (actor.kind === 'system' || actor.kind === 'cli') return 'any';
  const own = actor.kind === 'user' ? await findActiveAuthority(trx, actor.id) : undefined;
  if (!own) throw new AppError('permission_denied');
  return own;
}

/** What a user may do, if they may do anything: who was deactivated may not. */
export async function findActiveAuthority(trx: Db, userId: number): Promise<Authority | undefined> {
  const user = await findUserById(trx, userId);
  return user?.is_active === 1 ? findAuthority(trx, userId) : undefined;
}

/** Whether a user may manage another one at this moment: what was allowed once may be so no more. */
export async function mayManage(trx: Db, actorId: number, userId: number): Promise<boolean> {
  const own = await findActiveAuthority(trx, actorId);
  return own !== undefined && (await whyNotManage(trx, own, userId)) === undefined;
}

/** As many as a message names. */
const maxNamed = 5;

function lackedBy(own: Authority, permissions: readonly string[]): string[] {
  return [...new Set(permissions)].filter((permission) => !holds(own, permission)).sort();
}

function named(permissions: readonly string[]): string {
  const names = permissions.slice(0, maxNamed).join(', ');
  return permissions.length > maxNamed ? `${names} and more` : names;
}
