import { requireVersion } from '../../../contract/expected-version.ts';
import { throwFieldErrors } from '../../../contract/fields.ts';
import type { Database, Db } from '../../../db/database.ts';
import { isUniqueViolation } from '../../../db/errors.ts';
import { AppError } from '../../../errors/index.ts';
import { type Acr, type AuthLevel, acrOf, levelOfAcr } from '../../../lib/auth-level.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { RelyingParty } from '../../../lib/relying-party.ts';
import { type Actor, maxListLength, record } from '../../platform/audit/index.ts';
import { changesInParts, difference } from './difference.ts';
import { requireMayGrant } from './granting.ts';
import { maxPermissions, requireFew } from './permissions.ts';
import {
  countRoleUsers,
  deleteRole,
  findRole,
  findRolePage,
  findRolePermissions,
  findRolesRequiring,
  grantToRole,
  insertRole,
  lockRole,
  type RoleRow,
  revokeFromRole,
  updateRole,
} from './roles.queries.ts';

/** Roles: bundles of permissions under a name. */

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
  /** Whose passkeys they are; absent: there are none, and no role can require one. */
  readonly relyingParty?: RelyingParty | undefined;
}

/** A role that half a million users have is not counted at each look at a list. */
export const maxCounted = 1_000;

export interface Role {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly permissions: string[];
  /** How strongly its users have to sign in; see docs/decisions/second-factor-policy.md. */
  readonly requiredLevel: AuthLevel;
  /** How many users have it; `maxCounted`: as many or more. */
  readonly userCount: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** One more with each change. */
  readonly version: number;
}

/** Settings say so many of them. */
const maxRequiringNamed = 20;

/** The names of roles that require a second factor, for those who change the policy. */
export async function namesOfRequiringRoles({ database }: Pick<Deps, 'database'>) {
  const roles = await findRolesRequiring(database.db, 2, maxRequiringNamed);
  return roles.map(({ name }) => name);
}

async function withDetails(db: Db, rows: readonly RoleRow[]): Promise<Role[]> {
  const ids = rows.map(({ id }) => id);
  const granted = Map.groupBy(await findRolePermissions(db, ids), (row) => row.roleId);
  const counts = await countRoleUsers(db, ids, maxCounted);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    description: row.description,
    permissions: (granted.get(row.id) ?? []).map(({ permission }) => permission).sort(),
    requiredLevel: row.requiredLevel,
    userCount: counts.get(row.id) ?? 0,
    createdAtMs: row.createdAtMs,
    updatedAtMs: row.updatedAtMs,
    version: row.version,
  }));
}

/** One page of all roles, in the order of their ids; `isLast` false where more follow. */
export async function listRoles(
  { database: { db } }: Pick<Deps, 'database'>,
  page: { afterId: number; limit: number },
): Promise<{ roles: Role[]; isLast: boolean }> {
  const rows = await findRolePage(db, { ...page, limit: page.limit + 1 });
  const roles = await withDetails(db, rows.slice(0, page.limit));
  return { roles, isLast: rows.length <= page.limit };
}

/** @throws AppError `not_found` */
export async function readRole(db: Db, id: number): Promise<Role> {
  const row = await findRole(db, id);
  const [role] = row ? await withDetails(db, [row]) : [];
  if (!role) throw new AppError('not_found');
  return role;
}

/** The content of a role. In a change, what is absent stays. */
export interface RoleChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly permissions?: readonly string[] | undefined;
  readonly required_acr?: Acr | undefined;
}

/**
 * Creates a role. It grants no more than its creator has: otherwise the next person to assign it would grant what its
 * creator did not have.
 *
 * @throws AppError `permission_denied`; `invalid_fields` if the name is taken, or it requires a passkey and there are none
 */
export function createRole(
  { database, clock, relyingParty }: Deps,
  actor: Actor,
  {
    name,
    description = '',
    permissions = [],
    required_acr = 'aal1',
  }: RoleChange & { readonly name: string },
): Promise<Role> {
  return database.transact(async (trx) => {
    requireFew('permissions', permissions, maxPermissions);
    requirePasskeys(relyingParty, required_acr);
    await requireMayGrant(trx, actor, { permissions });
    const atMs = clock.nowMs();
    const requiredLevel = levelOfAcr(required_acr);
    const made = await insertRole(trx, { name, description, requiredLevel, nowMs: atMs });
    if (!made) throw nameTaken();
    await grantToRole(trx, made.id, permissions);
    const details = {
      ...{ role_id: made.id, name, required_acr },
      permissions: permissions.slice(0, maxListLength),
    };
    await record(trx, { kind: 'role.created', actor, atMs, details });
    return readRole(trx, made.id);
  });
}

/**
 * Changes a role for all users who have it. The actor needs every permission that the role has before and after the
 * change.
 *
 * @param expectedVersion the version that the actor knows; undefined: any
 * @throws AppError `not_found`, `permission_denied`, `version_conflict`; `invalid_fields` as `createRole`
 */
export async function changeRole(
  { database, clock, relyingParty }: Deps,
  actor: Actor,
  id: number,
  { permissions, ...change }: RoleChange,
  expectedVersion?: number,
): Promise<Role> {
  try {
    return await database.transact(async (trx) => {
      const role = await lockOwnRole(trx, actor, id);
      requireVersion(role, expectedVersion);
      const changes = difference(role.permissions, permissions ?? role.permissions);
      requireFew('permissions', permissions ?? [], maxPermissions);
      // One that requires it already, because there were passkeys, can be changed in everything else.
      if (role.requiredLevel < 3) requirePasskeys(relyingParty, change.required_acr);
      await requireMayGrant(trx, actor, { permissions: changes.added });
      const atMs = clock.nowMs();
      const changed = defined(change);
      await revokeFromRole(trx, id, changes.removed);
      await grantToRole(trx, id, changes.added);
      const fields = Object.keys(changed);
      const details = {
        ...{ role_id: id, name: changed.name ?? role.name, fields },
        required_acr: changed.required_acr ?? acrOf(role.requiredLevel),
      };
      const events = changesInParts(changes, fields.length > 0).map((part) => ({
        ...({ kind: 'role.changed', actor, atMs } as const),
        details: { ...details, ...part },
      }));
      const { required_acr: acr, ...columns } = changed;
      const next = { ...columns, ...(acr && { requiredLevel: levelOfAcr(acr) }) };
      if (events.length > 0) await updateRole(trx, id, { ...next, updatedAtMs: atMs });
      await record(trx, ...events);
      return readRole(trx, id);
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw nameTaken();
    throw error;
  }
}

/**
 * Deletes a role, and so unassigns it from all users. The rows that say who had it mean nothing afterwards. They
 * are removed in the background (`sweepRoles`), because every user may have the role.
 *
 * @throws AppError `not_found`, `permission_denied`
 */
export async function removeRole(
  { database, clock }: Deps,
  actor: Actor,
  id: number,
): Promise<void> {
  await database.transact(async (trx) => {
    const { name, permissions, userCount } = await lockOwnRole(trx, actor, id);
    await deleteRole(trx, id);
    const details = {
      ...{ role_id: id, name, user_count: userCount },
      permissions: permissions.slice(0, maxListLength),
    };
    await record(trx, { kind: 'role.deleted', actor, atMs: clock.nowMs(), details });
  });
}

/** Locks a role that grants no more than the actor has. */
async function lockOwnRole(trx: Db, actor: Actor, id: number): Promise<Role> {
  if (!(await lockRole(trx, id))) throw new AppError('not_found');
  const role = await readRole(trx, id);
  await requireMayGrant(trx, actor, { permissions: role.permissions });
  return role;
}

/**
 * A role that requires a passkey where nobody can add one would keep its users out.
 *
 * @throws AppError `invalid_fields`
 */
function requirePasskeys(relyingParty: RelyingParty | undefined, acr: Acr | undefined): void {
  if (acr === 'phr' && !relyingParty) throwFieldErrors({ required_acr: [noPasskeys] });
}

const noPasskeys =
  'This server has no passkeys: its public URL has an IP. Set LATCHKEY_PUBLIC_URL to a URL with a domain, or LATCHKEY_PASSKEY_RP_ID.';

function nameTaken(): AppError {
  return new AppError('invalid_fields', {
    members: { name: ['A role with that name already exists.'] },
  });
}

function defined<T extends object>(change: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  const entries = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: NonNullable<T[Key]> };
}
