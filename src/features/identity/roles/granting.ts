import type { Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Actor } from '../../platform/audit/index.ts';
import { findUserById, type User } from '../users/index.ts';
import { findHeld, findLacking, type Wanted } from './grants.queries.ts';
import type { BuiltInPermission } from './permissions.ts';

/**
 * The rules that keep authority from growing: nobody grants what they do not have, and nobody changes a user who has
 * more. To be checked in the transaction that makes the change. They do not bind the operator at the command line,
 * who has the database anyway.
 */

/** What a user or a role gets. */
export interface Grants {
  readonly permissions?: readonly string[];
  readonly roleIds?: readonly number[];
  readonly isSuperuser?: boolean;
}

/**
 * Refuses to grant what the actor does not have. Assigning a role grants all its permissions.
 *
 * @throws AppError `permission_denied`, which names what is missing
 */
export async function requireMayGrant(trx: Db, actor: Actor, grants: Grants): Promise<void> {
  const own = await granterOf(trx, actor);
  if (own === 'anybody' || own.isSuperuser === 1) return;
  if (grants.isSuperuser) throw new AppError('permission_denied', { detail: onlySuperusers });
  const lacking = await namesLacking(trx, own, grants);
  if (lacking === undefined) return;
  throw new AppError('permission_denied', {
    detail: `You cannot grant what you do not have: ${lacking}.`,
  });
}

/**
 * Refuses to change, deactivate, delete, impersonate, or set the password of a user who has a permission that the
 * actor does not have.
 *
 * @throws AppError `permission_denied`, which names the missing ones
 */
export async function requireMayManage(trx: Db, actor: Actor, userId: number): Promise<void> {
  if (actor.kind === 'user' && actor.id === userId) return;
  const own = await granterOf(trx, actor);
  if (own === 'anybody') return;
  const detail = await whyNotManage(trx, own, userId);
  if (detail !== undefined) throw new AppError('permission_denied', { detail });
}

/** What keeps a user from managing another one; undefined: nothing. */
async function whyNotManage(trx: Db, own: User, userId: number): Promise<string | undefined> {
  if (own.isSuperuser === 1) return undefined;
  const other = await findUserById(trx, userId);
  if (other?.isSuperuser === 1) return onlySuperusers;
  const lacking = await namesLacking(trx, own, { userId });
  return lacking && `This user has permissions that you do not have: ${lacking}.`;
}

const onlySuperusers = 'Only a superuser can make a superuser, or change one.';

/** @throws AppError `permission_denied` for anonymous actors and for users who were deactivated or deleted */
async function granterOf(trx: Db, actor: Actor): Promise<User | 'anybody'> {
  if (actor.kind === 'system' || actor.kind === 'cli') return 'anybody';
  const own = actor.kind === 'user' ? await findActiveUser(trx, actor.id) : undefined;
  if (!own) throw new AppError('permission_denied');
  return own;
}

/** A deactivated user has no permissions. */
async function findActiveUser(trx: Db, userId: number): Promise<User | undefined> {
  const user = await findUserById(trx, userId);
  return user?.isActive === 1 ? user : undefined;
}

/**
 * Whether a user may manage another one now. Permissions may have changed since the last check.
 *
 * @param permission a permission that the actor must have as well
 */
export async function mayManage(
  trx: Db,
  actorId: number,
  userId: number,
  permission?: BuiltInPermission,
): Promise<boolean> {
  const own = await findActiveUser(trx, actorId);
  if (!own) return false;
  if (permission && (await findHeld(trx, actorId, [permission])).size === 0) return false;
  return (await whyNotManage(trx, own, userId)) === undefined;
}

/** As many as a message names. */
const maxNamed = 5;

/** The wanted permissions that a user lacks, in words; undefined: none. */
async function namesLacking(trx: Db, own: User, wanted: Wanted): Promise<string | undefined> {
  const lacking = await findLacking(trx, own.id, wanted, maxNamed + 1);
  if (lacking.length === 0) return undefined;
  const names = lacking.slice(0, maxNamed).join(', ');
  return lacking.length > maxNamed ? `${names} and more` : names;
}
