import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely';
import type { Db } from '../../../db/database.ts';
import type { Schema } from '../../../db/schema.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';

/** The permissions of the given roles. */
export function findRolePermissions(db: Db, roleIds: readonly number[]) {
  return db
    .selectFrom('role_permissions')
    .select(['role_id as roleId', 'permission'])
    .where('role_id', 'in', roleIds.length > 0 ? roleIds : [0])
    .execute();
}

/** The roles of users, by name. */
export function findRolesOfUsers(db: Db, userIds: readonly number[]) {
  return db
    .selectFrom('user_roles')
    .innerJoin('roles', 'roles.id', 'user_roles.role_id')
    .select(['user_roles.user_id as userId', 'roles.id', 'roles.name'])
    .where('user_roles.user_id', 'in', userIds.length > 0 ? userIds : [0])
    .orderBy('roles.name')
    .execute();
}

/** The highest level that the roles of the user of a row require, as a column of it; null: they have no role. */
export const roleLevelOf = (eb: ExpressionBuilder<Schema, 'users'>) =>
  eb
    .selectFrom('user_roles')
    .innerJoin('roles', 'roles.id', 'user_roles.role_id')
    .select(({ fn }) => fn.max('roles.required_level').as('level'))
    .whereRef('user_roles.user_id', '=', 'users.id')
    .as('roleLevel');

/** The permissions that a user has beside the roles. */
export async function findOwnPermissions(db: Db, userId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('user_permissions')
    .select('permission')
    .where('user_id', '=', userId)
    .execute();
  return rows.map(({ permission }) => permission).sort();
}

/** The ids that belong to roles. Nobody deletes or changes those roles until the transaction ends. */
export async function lockRoles(trx: Db, ids: readonly number[]): Promise<number[]> {
  const rows = await trx
    .selectFrom('roles')
    .select('id')
    .where('id', 'in', ids.length > 0 ? ids : [0])
    .orderBy('id')
    .forShare()
    .execute();
  return rows.map(({ id }) => id);
}

export async function assignRoles(db: Db, userId: number, roleIds: readonly number[]) {
  if (roleIds.length === 0) return;
  const rows = roleIds.map((role_id) => ({ user_id: userId, role_id }));
  await db.insertInto('user_roles').values(rows).execute();
}

export async function unassignRoles(db: Db, userId: number, roleIds: readonly number[]) {
  if (roleIds.length === 0) return;
  await db
    .deleteFrom('user_roles')
    .where('user_id', '=', userId)
    .where('role_id', 'in', roleIds)
    .execute();
}

export async function grantPermissions(db: Db, userId: number, permissions: readonly string[]) {
  if (permissions.length === 0) return;
  const rows = permissions.map((permission) => ({ user_id: userId, permission }));
  await db.insertInto('user_permissions').values(rows).execute();
}

export async function revokePermissions(db: Db, userId: number, permissions: readonly string[]) {
  if (permissions.length === 0) return;
  await db
    .deleteFrom('user_permissions')
    .where('user_id', '=', userId)
    .where('permission', 'in', permissions)
    .execute();
}

const roleColumns = [
  'id',
  'name',
  'description',
  'created_at_ms as createdAtMs',
  'updated_at_ms as updatedAtMs',
  'version',
  'required_level as requiredLevel',
] as const;

export type RoleRow = Awaited<ReturnType<typeof findRolePage>>[number];

/** In the order of their ids, after `afterId`. */
export function findRolePage(db: Db, page: { afterId: number; limit: number }) {
  return db
    .selectFrom('roles')
    .select(roleColumns)
    .where('id', '>', page.afterId)
    .orderBy('id')
    .limit(page.limit)
    .execute();
}

export function findRole(db: Db, id: number) {
  return db.selectFrom('roles').select(roleColumns).where('id', '=', id).executeTakeFirst();
}

export function findRoleByName(db: Db, name: string) {
  return db.selectFrom('roles').select(roleColumns).where('name', '=', name).executeTakeFirst();
}

/** As `findRole`, and nobody else changes, assigns or deletes it until the transaction ends. */
export function lockRole(trx: Db, id: number) {
  return trx
    .selectFrom('roles')
    .select(roleColumns)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

/** How many users have each role, counted as far as `most`. */
export async function countRoleUsers(
  db: Db,
  ids: readonly number[],
  most: number,
): Promise<Map<number, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('roles')
    .select((eb) => [
      'roles.id',
      eb
        .selectFrom(
          eb
            .selectFrom('user_roles')
            .select('user_roles.user_id')
            .whereRef('user_roles.role_id', '=', 'roles.id')
            .limit(most)
            .as('some'),
        )
        .select((some) => some.fn.countAll().as('n'))
        .as('n'),
    ])
    .where('roles.id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.id, Number(row.n)]));
}

/** Undefined if the name is taken. */
export function insertRole(
  db: Db,
  role: { name: string; description: string; requiredLevel: AuthLevel; nowMs: number },
) {
  return db
    .insertInto('roles')
    .values({
      name: role.name,
      description: role.description,
      required_level: role.requiredLevel,
      created_at_ms: role.nowMs,
      updated_at_ms: role.nowMs,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst();
}

/** @param change what is undefined stays as it is */
export async function updateRole(
  db: Db,
  id: number,
  change: {
    readonly name?: string | undefined;
    readonly description?: string | undefined;
    readonly requiredLevel?: AuthLevel | undefined;
    readonly updatedAtMs: number;
  },
) {
  await db
    .updateTable('roles')
    .set({
      name: change.name,
      description: change.description,
      required_level: change.requiredLevel,
      updated_at_ms: change.updatedAtMs,
      version: sql<number>`version + 1`,
    })
    .where('id', '=', id)
    .execute();
}

export async function grantToRole(db: Db, roleId: number, permissions: readonly string[]) {
  if (permissions.length === 0) return;
  const rows = permissions.map((permission) => ({ role_id: roleId, permission }));
  await db.insertInto('role_permissions').values(rows).execute();
}

export async function revokeFromRole(db: Db, roleId: number, permissions: readonly string[]) {
  if (permissions.length === 0) return;
  await db
    .deleteFrom('role_permissions')
    .where('role_id', '=', roleId)
    .where('permission', 'in', permissions)
    .execute();
}

/** Its users have nothing from it any more; `unassignDeletedRole` removes the rows that are left. */
export async function deleteRole(db: Db, id: number) {
  await db.deleteFrom('roles').where('id', '=', id).execute();
}

/** The next role ids after one that users have, in order, including those of deleted roles. */
export async function findAssignedRoles(
  db: Db,
  afterId: number,
  limit: number,
): Promise<{ id: number; isDeleted: boolean }[]> {
  const next = (after: RawBuilder<unknown>) =>
    sql`(select min(role_id) from user_roles where role_id > ${after})`;
  const { rows } = await sql<{ id: number; is_deleted: number }>`
    with recursive assigned(id, place) as (
      select ${next(sql`${afterId}`)}, 1
      union all
      select ${next(sql.ref('assigned.id'))}, place + 1 from assigned
      where id is not null and place < ${limit})
    select id, case when exists (select 1 from roles where roles.id = assigned.id) then 0 else 1 end as is_deleted
    from assigned where id is not null`.execute(db);
  return rows.map((row) => ({ id: row.id, isDeleted: row.is_deleted === 1 }));
}

/** Unassigns a deleted role from some of its users; returns from how many. */
export async function unassignDeletedRole(db: Db, id: number, limit: number): Promise<number> {
  const result = await db
    .deleteFrom('user_roles')
    .where('role_id', '=', id)
    .where('user_id', 'in', (eb) =>
      eb
        .selectFrom('user_roles as some')
        .select('some.user_id')
        .where('some.role_id', '=', id)
        .orderBy('some.user_id')
        .limit(limit),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Roles that require a level or more, the oldest first. */
export function findRolesRequiring(db: Db, level: AuthLevel, most: number) {
  return db
    .selectFrom('roles')
    .select(['name', 'required_level as requiredLevel'])
    .where('required_level', '>=', level)
    .orderBy('id')
    .limit(most)
    .execute();
}
