import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import { batchInteger, batchItems } from '../../../db/batch.ts';
import { byteOrder } from '../../../db/byte-order.ts';
import type { Database, Db } from '../../../db/database.ts';
import { emailDomain } from '../../../db/email-domain.ts';
import { factorLevelTerm } from '../../../db/factor-level-term.ts';
import type { Schema } from '../../../db/schema.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';

/** The orders of a list. Each has an index, and ends with a column that no two users share. */
export type Order = 'id' | 'email' | 'domain' | 'username' | 'created_at';
/** The columns that a text is searched in. */
export type TextOrder = 'email' | 'domain' | 'username';

/** The values of an order's terms, of one user. */
export type Key = readonly (string | number)[];

/** Texts that begin alike: from the first of them up to, not with, the end; undefined: to the last. */
export interface Prefix {
  readonly from: string;
  readonly end: string | undefined;
}

/** The target of a search: one of these. */
export interface Search {
  readonly id: number | undefined;
  /** The beginning of the email, or of its domain if the search begins with `@`. */
  readonly email: Prefix & { readonly by: 'email' | 'domain' };
  readonly username: Prefix;
}

/** Which users are wanted. */
export interface UserFilters {
  readonly matching?: Search | undefined;
  readonly isActive?: boolean | undefined;
  readonly isSuperuser?: boolean | undefined;
  readonly roleId?: number | undefined;
  readonly factorLevel?: AuthLevel | undefined;
  /** Not these: another part of the same list has them. */
  readonly exceptId?: number | undefined;
  readonly exceptEmail?: Search['email'] | undefined;
}

/** A stretch of an index. */
export interface Stretch {
  readonly order: Order;
  readonly isDescending: boolean;
  /** With the order of emails, or of user names, ascending: what they begin with. */
  readonly prefix?: Prefix | undefined;
  /** Where it begins: after this one, which has the prefix. */
  readonly after?: Key | undefined;
  /** Where it ends: with this one, which has the prefix. */
  readonly through?: Key | undefined;
}

type UserQuery<Row> = SelectQueryBuilder<Schema, 'users', Row>;

function userRows(db: Db) {
  return db
    .selectFrom('users')
    .select([
      'users.id',
      'email',
      'email_normalized as emailNormalized',
      'username',
      'is_active as isActive',
      'is_superuser as isSuperuser',
    ])
    .select([
      'created_at_ms as createdAtMs',
      'updated_at_ms as updatedAtMs',
      'last_sign_in_at_ms as lastSignInAtMs',
      'version',
    ])
    .select([
      'email_verified_at_ms as emailVerifiedAtMs',
      'email_bounced_at_ms as emailBouncedAtMs',
      'locale',
      'factor_level as factorLevel',
    ])
    .select(sql<number>`case when password_hash is null then 0 else 1 end`.as('hasPassword'));
}

export type UserRow = Awaited<ReturnType<ReturnType<typeof userRows>['execute']>>[number];

/** The key of a user in an order. */
export function keyOf(order: Order, user: UserRow): Key {
  switch (order) {
    case 'id':
      return [user.id];
    case 'email':
      return [user.emailNormalized];
    case 'domain':
      return [user.emailNormalized.slice(user.emailNormalized.lastIndexOf('@') + 1), user.id];
    case 'username':
      return [user.username];
    case 'created_at':
      return [user.createdAtMs, user.id];
  }
}

function termsOf(db: Db, order: Order) {
  switch (order) {
    case 'id':
      return [sql<number>`users.id`];
    case 'email':
      return [byteOrder(db, 'users.email_normalized')];
    case 'domain':
      return [emailDomain(db), sql<number>`users.id`];
    case 'username':
      return [byteOrder(db, 'users.username')];
    case 'created_at':
      return [sql<number>`users.created_at_ms`, sql<number>`users.id`];
  }
}

/** Compares the terms of an order with a key, as one row. */
function compare(db: Db, order: Order, operator: '<' | '<=' | '>' | '>=', key: Key) {
  const [term, ...more] = termsOf(db, order);
  if (more.length === 0) return sql<SqlBool>`${term} ${sql.raw(operator)} ${key[0]}`;
  const terms = sql.join([term, ...more]);
  return sql<SqlBool>`(${terms}) ${sql.raw(operator)} (${sql.join([...key])})`;
}

function compareFirst(db: Db, order: Order, operator: '<' | '>=', value: string) {
  return sql<SqlBool>`${termsOf(db, order)[0]} ${sql.raw(operator)} ${value}`;
}

function beginsWith(db: Db, order: TextOrder, prefix: Prefix) {
  return sql<SqlBool>`(${sql.join(rangeOf(db, { order, isDescending: false, prefix }), sql` and `)})`;
}

/**
 * The conditions of a stretch: one lower bound and one upper bound. SQLite begins at one of several lower
 * bounds, whichever, and looks at all rows from there to the other; with the upper ones it goes too far.
 */
function rangeOf(db: Db, { order, isDescending, prefix, after, through }: Stretch) {
  const conditions: RawBuilder<SqlBool>[] = [];
  if (after) conditions.push(compare(db, order, isDescending ? '<' : '>', after));
  else if (prefix) conditions.push(compareFirst(db, order, '>=', prefix.from));
  if (through) conditions.push(compare(db, order, isDescending ? '>=' : '<=', through));
  else if (prefix?.end !== undefined) conditions.push(compareFirst(db, order, '<', prefix.end));
  // As the partial index says it: else SQLite does not use it.
  if (order === 'username') conditions.push(sql<SqlBool>`username <> ''`);
  return conditions;
}

/**
 * A stretch as ranges of an index, one after another. In an order of two terms SQLite begins at the first term only,
 * because the second is its row id: with a million users of one domain, or of one moment, each page would look at all
 * from the first. So the users who share the first term with the bound are a separate range.
 */
function rangesOf(db: Db, stretch: Stretch): RawBuilder<SqlBool>[][] {
  const { order, isDescending, prefix, after, through } = stretch;
  const [first, id] = termsOf(db, order);
  if (!id) return [rangeOf(db, stretch)];
  const [beyond, short, upTo] = isDescending ? ['<', '>', '>='] : ['>', '<', '<='];
  const where = (term: RawBuilder<unknown> | undefined, operator: string, value: unknown) =>
    sql<SqlBool>`${term} ${sql.raw(operator)} ${value}`;
  const begin = after && [where(first, '=', after[0]), where(id, beyond, after[1])];
  const end = through && [where(first, '=', through[0]), where(id, upTo, through[1])];
  if (begin && through && after[0] === through[0]) {
    return [[...begin, where(id, upTo, through[1])]];
  }
  const between: RawBuilder<SqlBool>[] = [];
  if (after) between.push(where(first, beyond, after[0]));
  else if (prefix) between.push(where(first, '>=', prefix.from));
  if (through) between.push(where(first, short, through[0]));
  else if (prefix?.end !== undefined) between.push(where(first, '<', prefix.end));
  return [begin, between, end].filter((range) => range !== undefined);
}

function alongStretch<Row>(
  db: Db,
  query: UserQuery<Row>,
  stretch: Stretch,
  range = rangeOf(db, stretch),
): UserQuery<Row> {
  const { order, isDescending } = stretch;
  let along = query;
  for (const condition of range) along = along.where(condition);
  for (const term of termsOf(db, order)) along = along.orderBy(term, isDescending ? 'desc' : 'asc');
  return along;
}

/** 1 and 0 are in the text, because a partial index is not used for a value that comes later. */
const literal = (value: boolean) => sql.lit(value ? 1 : 0);

function filtered<Row>(db: Db, query: UserQuery<Row>, filters: UserFilters): UserQuery<Row> {
  const { matching, isActive, isSuperuser, roleId, factorLevel, exceptId, exceptEmail } = filters;
  let kept = query;
  if (matching) {
    const { id = 0, email, username } = matching;
    kept = kept.where(sql<SqlBool>`(users.id = ${id} or ${beginsWith(db, email.by, email)}
      or ${beginsWith(db, 'username', username)})`);
  }
  if (isActive !== undefined) kept = kept.where('is_active', '=', literal(isActive));
  if (isSuperuser !== undefined) kept = kept.where('is_superuser', '=', literal(isSuperuser));
  if (factorLevel !== undefined) kept = kept.where('factor_level', '=', factorLevel);
  if (roleId !== undefined) {
    kept = kept.where((eb) =>
      eb.exists(
        eb
          .selectFrom('user_roles')
          .select('user_roles.user_id')
          .whereRef('user_roles.user_id', '=', 'users.id')
          .where('user_roles.role_id', '=', roleId),
      ),
    );
  }
  if (exceptId !== undefined) kept = kept.where('users.id', '<>', exceptId);
  if (exceptEmail)
    kept = kept.where(sql<SqlBool>`not ${beginsWith(db, exceptEmail.by, exceptEmail)}`);
  return kept;
}

/** The wanted users of a stretch, in its order. */
export async function findUsersAlong(
  db: Db,
  stretch: Stretch,
  filters: UserFilters,
  limit: number,
): Promise<UserRow[]> {
  const rows: UserRow[] = [];
  for (const range of rangesOf(db, stretch)) {
    if (rows.length === limit) break;
    const along = filtered(db, alongStretch(db, userRows(db), stretch, range), filters);
    rows.push(...(await along.limit(limit - rows.length).execute()));
  }
  return rows;
}

/** The key of the user that many places into a stretch; undefined if it is shorter. */
export async function findKeyAhead(
  db: Db,
  stretch: Stretch,
  places: number,
): Promise<Key | undefined> {
  const terms = termsOf(db, stretch.order).map((term, index) => term.as(`key_${index}`));
  let left = places;
  for (const range of rangesOf(db, stretch)) {
    const along = alongStretch(db, db.selectFrom('users').select(terms), stretch, range);
    const row = await along
      .offset(left - 1)
      .limit(1)
      .executeTakeFirst();
    if (row) return Object.values(row) as Key;
    const { count } = await db
      .selectFrom(along.limit(left).as('range'))
      .select((eb) => eb.fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    left -= Number(count);
  }
  return undefined;
}

/** The wanted users among some, in an order. */
export function findUsersAmong(
  database: Database,
  ids: readonly number[],
  stretch: Stretch,
  filters: UserFilters,
  limit: number,
): Promise<UserRow[]> {
  const { db } = database;
  const among = db
    .selectFrom(batchItems(database, JSON.stringify(ids.map((id) => [id]))))
    .select(batchInteger(0).as('id'));
  const query = userRows(db).where('users.id', 'in', among);
  return filtered(db, alongStretch(db, query, stretch), filters)
    .limit(limit)
    .execute();
}

/** The ids of users whose email or username begins with a text. */
export async function findIdsByPrefix(
  db: Db,
  order: TextOrder,
  prefix: Prefix,
  limit: number,
): Promise<number[]> {
  const stretch = { order, isDescending: false, prefix };
  const query = alongStretch(db, db.selectFrom('users').select('users.id'), stretch);
  return (await query.limit(limit).execute()).map((row) => row.id);
}

/** The ids of users that a filter selects if they are few: not active, or superusers. */
export async function findIdsByFilter(
  db: Db,
  filter: Pick<UserFilters, 'isActive' | 'isSuperuser'>,
  limit: number,
): Promise<number[]> {
  const query = filtered(db, db.selectFrom('users').select('users.id'), filter);
  return (await query.orderBy('users.id').limit(limit).execute()).map((row) => row.id);
}

/** The ids of users who have a role. */
export async function findIdsByRole(db: Db, roleId: number, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('user_roles')
    .select('user_id')
    .where('role_id', '=', roleId)
    .limit(limit)
    .execute();
  return rows.map((row) => row.user_id);
}

/** The ids of users who can sign in as strongly as that, and no more. */
export async function findIdsByFactorLevel(
  db: Db,
  level: AuthLevel,
  limit: number,
): Promise<number[]> {
  const rows = await db
    .selectFrom('users')
    .select('id')
    .where(sql<SqlBool>`${factorLevelTerm} = ${level}`)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

export function findUserRow(db: Db, id: number): Promise<UserRow | undefined> {
  return userRows(db).where('users.id', '=', id).executeTakeFirst();
}
