import { type RawBuilder, sql } from 'kysely';
import { batchInteger, batchItems, batchText } from '../../../db/batch.ts';
import { byteOrder } from '../../../db/byte-order.ts';
import type { Database, Db } from '../../../db/database.ts';
import { isPostgres } from '../../../db/engine.ts';
import { prepareQuery } from '../../../db/prepared.ts';

/**
 * What users were granted, by their roles and beside them. Each query costs what is asked, not what a user
 * has: a permission is looked up by its name, and a list has a limit.
 */

/** A question: whether a user has a permission. */
export interface HeldQuestion {
  readonly userId: number;
  readonly permission: string;
}

/** The places of those questions of a batch whose answer is yes. Of a superuser it always is. */
function heldQuery(db: Db, engine: Pick<Database, 'engine'>, batch: string) {
  const userId = batchInteger(0);
  const permission = batchText(1);
  return db
    .selectFrom(batchItems(engine, batch))
    .select(batchInteger(2).as('place'))
    .where(
      sql<boolean>`(exists (select 1 from users where users.id = ${userId} and users.is_superuser = 1)
        or exists (select 1 from user_permissions as own
          where own.user_id = ${userId} and own.permission = ${permission})
        or exists (select 1 from user_roles
          join role_permissions as granted on granted.role_id = user_roles.role_id
          where user_roles.user_id = ${userId} and granted.permission = ${permission}))`,
    );
}

const batchOf = (questions: readonly HeldQuestion[]) =>
  JSON.stringify(questions.map(({ userId, permission }, place) => [userId, permission, place]));

const engineOf = (db: Db) => ({ engine: isPostgres(db) ? 'postgres' : 'sqlite' }) as const;

/** Which of the permissions a user has, as the transaction sees it. */
export async function findHeld(
  db: Db,
  userId: number,
  permissions: readonly string[],
): Promise<ReadonlySet<string>> {
  const questions = permissions.map((permission) => ({ userId, permission }));
  const rows = await heldQuery(db, engineOf(db), batchOf(questions)).execute();
  return new Set(rows.map(({ place }) => permissions[place] as string));
}

/** The same without a transaction, for many users at once; compiled once. Gives the places. */
export function prepareFindHeld(database: Database) {
  const find = prepareQuery<{ batch: string }, { place: number }>(database, (param) =>
    heldQuery(database.db, database, param('batch')),
  );
  return (questions: readonly HeldQuestion[]) => find({ batch: batchOf(questions) });
}

/** The permissions of a user, or of roles; a select of the column `permission`. */
const ownOf = (userId: number) =>
  sql`select permission from user_permissions where user_id = ${userId}`;
const byRolesOf = (userId: number) =>
  sql`select permission from user_roles
    join role_permissions on role_permissions.role_id = user_roles.role_id
    where user_roles.user_id = ${userId}`;
const ofRoles = (roleIds: readonly number[]) =>
  sql`select permission from role_permissions where role_id in (${sql.join([...roleIds])})`;

/** What somebody may be missing something of. */
export interface Wanted {
  readonly userId?: number;
  readonly roleIds?: readonly number[];
  readonly permissions?: readonly string[];
}

/**
 * The permissions that a user lacks, of the named ones or of those that another user or roles have; by name, at most
 * `limit`. It does not look whether somebody is a superuser.
 */
export async function findLacking(
  db: Db,
  userId: number,
  wanted: Wanted,
  limit: number,
): Promise<string[]> {
  const named = JSON.stringify((wanted.permissions ?? []).map((permission) => [permission]));
  const sources: RawBuilder<unknown>[] = [
    sql`select ${batchText(0)} as permission from ${batchItems(engineOf(db), named)}`,
    ...(wanted.roleIds?.length ? [ofRoles(wanted.roleIds)] : []),
    ...(wanted.userId === undefined ? [] : [ownOf(wanted.userId), byRolesOf(wanted.userId)]),
  ];
  const { rows } = await sql<{ permission: string }>`
    select permission from (
      select permission from (${sql.join(sources, sql` union `)}) as wanted
      except ${ownOf(userId)}
      except ${byRolesOf(userId)}
    ) as lacking
    order by ${byteOrder(db, 'permission')} limit ${limit}`.execute(db);
  return rows.map(({ permission }) => permission);
}

/** Where a list of names goes on, and how far. */
export interface NamePage {
  /** `''`: from the beginning. */
  readonly after: string;
  readonly limit: number;
}

/** The permissions of a user, those of the roles too; by name. */
export async function findGranted(
  db: Db,
  userId: number,
  { after, limit }: NamePage,
): Promise<string[]> {
  const { rows } = await sql<{ permission: string }>`
    select permission from (${ownOf(userId)} union ${byRolesOf(userId)}) as granted
    where ${byteOrder(db, 'permission')} > ${after}
    order by ${byteOrder(db, 'permission')} limit ${limit}`.execute(db);
  return rows.map(({ permission }) => permission);
}

/** The permissions that anybody has, or could have by a role; by name, by the index from one to the next. */
export async function findPermissionsInUse(db: Db, { after, limit }: NamePage): Promise<string[]> {
  const permission = byteOrder(db, 'permission');
  const chain = (table: 'user_permissions' | 'role_permissions') => {
    const next = (name: RawBuilder<unknown>) =>
      sql`(select min(${permission}) from ${sql.table(table)} where ${permission} > ${name})`;
    const name = sql.ref(`${table}_in_use.name`);
    return sql`${sql.raw(`${table}_in_use`)}(name, place) as (
      select ${next(sql`${after}`)}, 1
      union all
      select ${next(name)}, place + 1 from ${sql.raw(`${table}_in_use`)}
      where name is not null and place < ${limit})`;
  };
  const { rows } = await sql<{ name: string }>`
    with recursive ${chain('user_permissions')}, ${chain('role_permissions')}
    select name from (
      select name from user_permissions_in_use union select name from role_permissions_in_use
    ) as in_use
    where name is not null order by ${byteOrder(db, 'name')} limit ${limit}`.execute(db);
  return rows.map(({ name }) => name);
}

/** One thing that a user was granted. */
export interface GrantRow {
  readonly userId: number;
  readonly kind: 'superuser' | 'role' | 'permission';
  /** Of the permission or the role; `''` with `superuser`. */
  readonly name: string;
}

/**
 * What users were granted: whether they are superusers, their roles, and permissions by the roles and beside
 * them; of each no more than `limit` of a user.
 */
export function prepareFindGrants(database: Database, limit: number) {
  const some = (columns: RawBuilder<unknown>) =>
    sql`select * from (${columns} limit ${sql.lit(limit)}) as few`;
  const grants = (userId: RawBuilder<unknown>) => {
    const union = sql.join(
      [
        sql`select 'superuser' as kind, '' as name from users where id = ${userId} and is_superuser = 1`,
        some(sql`select 'role', roles.name from user_roles
          join roles on roles.id = user_roles.role_id where user_roles.user_id = ${userId}`),
        some(sql`select 'permission', permission from user_permissions where user_id = ${userId}`),
        // Each once, although roles share permissions. So all are found unless there are more than `limit`.
        some(sql`select distinct 'permission', permission from user_roles
          join role_permissions on role_permissions.role_id = user_roles.role_id
          where user_roles.user_id = ${userId}`),
      ],
      sql` union all `,
    );
    return sql<Pick<GrantRow, 'kind' | 'name'>>`(${union})`.as('granted');
  };
  if (database.engine === 'sqlite') {
    const find = prepareQuery<{ userId: number }, GrantRow>(database, (param) => {
      const userId = sql<number>`cast(${param('userId')} as integer)`;
      return database.db
        .selectFrom(grants(userId))
        .select([userId.as('userId'), 'granted.kind', 'granted.name']);
    });
    return { findOf: (userId: number) => find({ userId }) };
  }
  const find = prepareQuery<{ userIds: string }, GrantRow>(database, (param) => {
    const userId = sql<number>`cast(item.value as bigint)`;
    const userIds = sql<{
      value: string;
    }>`jsonb_array_elements_text(cast(${param('userIds')} as jsonb))`;
    return database.db
      .selectFrom(userIds.as<'item'>(sql`item(value)`))
      .crossJoinLateral(grants(userId))
      .select([userId.as('userId'), 'granted.kind', 'granted.name']);
  });
  return { findOfMany: (userIds: readonly number[]) => find({ userIds: JSON.stringify(userIds) }) };
}
