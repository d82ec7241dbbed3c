import { sql } from 'kysely';
import { batchInteger, batchItems } from '../../../db/batch.ts';
import type { Database, Db } from '../../../db/database.ts';
import { isPostgres } from '../../../db/engine.ts';
import { prepareQuery } from '../../../db/prepared.ts';

/** One thing that a user has: being a superuser, a role, a permission of their own or of a role. */
export interface GrantRow {
  readonly user_id: number;
  readonly kind: 'superuser' | 'role' | 'own' | 'by_role';
  /** Of the permission or the role; `''` with `superuser`. */
  readonly name: string;
}

const kind = (name: GrantRow['kind']) => sql<GrantRow['kind']>`${sql.lit(name)}`.as('kind');

/** All that the users of a batch have, in one statement. */
function grantsQuery(db: Db, engine: Pick<Database, 'engine'>, batch: () => string) {
  const items = () => db.selectFrom(batchItems(engine, batch()));
  const roles = () =>
    items().innerJoin('user_roles', (join) => join.on('user_roles.user_id', '=', batchInteger(0)));
  return items()
    .innerJoin('users', (join) => join.on('users.id', '=', batchInteger(0)))
    .where('users.is_superuser', '=', 1)
    .select(['users.id as user_id', kind('superuser'), sql<string>`''`.as('name')])
    .unionAll(
      roles()
        .innerJoin('roles', 'roles.id', 'user_roles.role_id')
        .select(['user_roles.user_id', kind('role'), 'roles.name']),
    )
    .unionAll(
      items()
        .innerJoin('user_permissions', (join) =>
          join.on('user_permissions.user_id', '=', batchInteger(0)),
        )
        .select(['user_permissions.user_id', kind('own'), 'user_permissions.permission as name']),
    )
    .unionAll(
      roles()
        .innerJoin('role_permissions', 'role_permissions.role_id', 'user_roles.role_id')
        .select(['user_roles.user_id', kind('by_role'), 'role_permissions.permission as name']),
    );
}

const batchOf = (userIds: readonly number[]) => JSON.stringify(userIds.map((id) => [id]));

/** What users have, as the database or the transaction sees it. */
export function findGrants(db: Db, userIds: readonly number[]): Promise<GrantRow[]> {
  const engine = isPostgres(db) ? 'postgres' : 'sqlite';
  return grantsQuery(db, { engine }, () => batchOf(userIds)).execute();
}

/** The same for the hot paths, compiled once. */
export function prepareFindGrants(database: Database) {
  const find = prepareQuery<{ batch: string }, GrantRow>(database, (param) =>
    grantsQuery(database.db, database, () => param('batch')),
  );
  return (userIds: readonly number[]) => find({ batch: batchOf(userIds) });
}

/** What the roles permit that are given. */
export function findRolePermissions(db: Db, roleIds: readonly number[]) {
  return db
    .selectFrom('role_permissions')
    .select(['role_id', 'permission'])
    .where('role_id', 'in', roleIds.length > 0 ? roleIds : [0])
    .execute();
}

/** The permissions that anybody has, or could have by a role; by the index, from one to the next. */
export async function findPermissionsInUse(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    with recursive own(name) as (
      select min(permission) from user_permissions
      union all
      select (select min(permission) from user_permissions where permission > own.name)
      from own where own.name is not null
    )
    select name from own where name is not null
    union
    select permission from role_permissions`.execute(db);
  return rows.map(({ name }) => name).sort();
}

/** The roles of users, by name. */
export function findRolesOfUsers(db: Db, userIds: readonly number[]) {
  return db
    .selectFrom('user_roles')
    .innerJoin('roles', 'roles.id', 'user_roles.role_id')
    .select(['user_roles.user_id', 'roles.id', 'roles.name'])
    .where('user_roles.user_id', 'in', userIds.length > 0 ? userIds : [0])
    .orderBy('roles.name')
    .execute();
}

/** The permissions that a user has beside the roles. */
export async function findOwnPermissions(db: Db, userId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('user_permissions')
    .select('permission')
    .where('user_id', '=', userId)
    .execute();
  return rows.map(({ permission }) => permission).sort();
}

/** Of the ids those that are of a role. Nobody deletes or changes one of them until the transaction ends. */
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

export async function giveRoles(db: Db, userId: number, roleIds: readonly number[]) {
  if (roleIds.length === 0) return;
  const rows = roleIds.map((role_id) => ({ user_id: userId, role_id }));
  await db.insertInto('user_roles').values(rows).execute();
}

export async function takeRoles(db: Db, userId: number, roleIds: readonly number[]) {
  if (roleIds.length === 0) return;
  await db
    .deleteFrom('user_roles')
    .where('user_id', '=', userId)
    .where('role_id', 'in', roleIds)
    .execute();
}

export async function givePermissions(db: Db, userId: number, permissions: readonly string[]) {
  if (permissions.length === 0) return;
  const rows = permissions.map((permission) => ({ user_id: userId, permission }));
  await db.insertInto('user_permissions').values(rows).execute();
}

export async function takePermissions(db: Db, userId: number, permissions: readonly string[]) {
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
  'created_at_ms',
  'updated_at_ms',
  'version',
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

/** As `findRole`, and nobody else changes, gives or deletes it until the transaction ends. */
export function lockRole(trx: Db, id: number) {
  return trx
    .selectFrom('roles')
    .select(roleColumns)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

/** How many users have each role; none where nobody has. */
export async function countRoleUsers(db: Db, ids: readonly number[]): Promise<Map<number, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('user_roles')
    .select((eb) => ['role_id', eb.fn.countAll().as('n')])
    .where('role_id', 'in', ids)
    .groupBy('role_id')
    .execute();
  return new Map(rows.map((row) => [row.role_id, Number(row.n)]));
}

/** Undefined where the name is taken. */
export function insertRole(db: Db, role: { name: string; description: string; nowMs: number }) {
  const { nowMs, ...rest } = role;
  return db
    .insertInto('roles')
    .values({ ...rest, created_at_ms: nowMs, updated_at_ms: nowMs })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst();
}

export async function updateRole(
  db: Db,
  id: number,
  change: { name?: string; description?: string; updated_at_ms: number },
) {
  const next = { ...change, version: sql<number>`version + 1` };
  await db.updateTable('roles').set(next).where('id', '=', id).execute();
}

export async function permitRole(db: Db, roleId: number, permissions: readonly string[]) {
  if (permissions.length === 0) return;
  const rows = permissions.map((permission) => ({ role_id: roleId, permission }));
  await db.insertInto('role_permissions').values(rows).execute();
}

export async function forbidRole(db: Db, roleId: number, permissions: readonly string[]) {
  if (permissions.length === 0) return;
  await db
    .deleteFrom('role_permissions')
    .where('role_id', '=', roleId)
    .where('permission', 'in', permissions)
    .execute();
}

/** Takes it from all who have it. */
export async function deleteRole(db: Db, id: number) {
  await db.deleteFrom('roles').where('id', '=', id).execute();
}
