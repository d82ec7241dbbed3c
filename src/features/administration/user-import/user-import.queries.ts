import { type RawBuilder, sql } from 'kysely';
import { batchInteger, batchItems, batchText } from '../../../db/batch.ts';
import type { Database, Db } from '../../../db/database.ts';
import { continueIdsAfter, largestIdEver, lockNumbering } from '../../../db/numbering.ts';
import type { Candidate } from './check-record.ts';

export interface KnownUser {
  readonly id: number;
  readonly emailNormalized: string;
  readonly username: string;
  readonly updatedAtMs: number;
  readonly lastSignInAtMs: number | null;
  readonly importedAtMs: number | null;
  readonly isSuperuser: number;
  readonly isActive: number;
}

/** The columns of a known user that are those of the account in any case. */
const ofUser = sql`users.username, users.updated_at_ms as "updatedAtMs",
  users.last_sign_in_at_ms as "lastSignInAtMs", users.imported_at_ms as "importedAtMs",
  users.is_superuser as "isSuperuser", users.is_active as "isActive"`;

/** An account that is to be set to what the file says, and how it was when that was decided. */
export interface Reset {
  readonly candidate: Candidate;
  readonly known: KnownUser;
}

/** The users that have an email, a user name or an id of the candidates. */
export async function findKnownUsers(
  db: Db,
  database: Database,
  candidates: readonly Candidate[],
): Promise<KnownUser[]> {
  const find = async (column: 'id' | 'email_normalized' | 'username', values: unknown[]) => {
    if (values.length === 0) return [];
    const value: RawBuilder<unknown> = column === 'id' ? batchInteger(0) : batchText(0);
    const items = batchItems(database, JSON.stringify(values.map((one) => [one])));
    const { rows } = await sql<KnownUser>`
      select users.id, users.email_normalized as "emailNormalized", ${ofUser}
      from ${items}
      join users on users.${sql.ref(column)} = ${value}
      ${column === 'username' ? sql`and users.username <> ''` : sql``}`.execute(db); // its index is partial
    return rows;
  };
  const emails = candidates.map(({ emailNormalized }) => emailNormalized);
  return [
    ...(await findKeepers(db, database, emails)),
    ...(await find('email_normalized', emails)),
    ...(await find('username', candidates.map(({ username }) => username).filter(Boolean))),
    ...(await find(
      'id',
      candidates.map(({ id }) => id).filter((id) => id !== undefined),
    )),
  ];
}

/** The users for whom emails are kept that they had until lately: as if they had them still. */
async function findKeepers(
  db: Db,
  database: Database,
  emails: readonly string[],
): Promise<KnownUser[]> {
  if (emails.length === 0) return [];
  const items = batchItems(database, JSON.stringify(emails.map((email) => [email])));
  const { rows } = await sql<KnownUser>`
    select users.id, former_emails.email_normalized as "emailNormalized", ${ofUser} from ${items}
    join former_emails on former_emails.email_normalized = ${batchText(0)}
    join users on users.id = former_emails.user_id`.execute(db);
  return rows;
}

/**
 * Adds users, except for those whose email, username or id is taken.
 *
 * @returns the added ones
 */
export async function insertImportedUsers(
  trx: Db,
  database: Database,
  candidates: readonly Candidate[],
  nowMs: number,
): Promise<{ id: number; emailNormalized: string }[]> {
  if (candidates.length === 0) return [];
  const keepIds = candidates.some(({ id }) => id !== undefined);
  const rows = candidates.map((user) => [
    ...[user.email, user.emailNormalized, user.username, user.passwordHash],
    ...[user.isActive ? 1 : 0, user.isSuperuser ? 1 : 0, user.createdAtMs, nowMs],
    user.lastSignInAtMs,
    ...(keepIds ? [user.id] : []),
  ]);
  const texts = [0, 1, 2, 3].map(batchText);
  const integers = [
    ...[4, 5, 6, 7, 7, 8].map(batchInteger),
    sql.lit(1), // the file says whose email it is
    ...(keepIds ? [batchInteger(9)] : []),
  ];
  const isIdentity = keepIds && database.engine === 'postgres';
  const added = await sql<{ id: number; emailNormalized: string }>`
    insert into users (email, email_normalized, username, password_hash, is_active, is_superuser,
      created_at_ms, updated_at_ms, imported_at_ms, last_sign_in_at_ms, is_email_given ${keepIds ? sql`, id` : sql``})
    ${isIdentity ? sql`overriding system value` : sql``}
    select ${sql.join([...texts, ...integers])} from ${batchItems(database, JSON.stringify(rows))}
    where true on conflict do nothing returning id, email_normalized as "emailNormalized"`.execute(
    trx,
  );
  return added.rows;
}

/**
 * Sets accounts to the data of the file, unless they were used or changed since they were read. A superuser whom no
 * import made stays one.
 *
 * @returns the ids of the accounts that were set
 */
export async function resetUsers(
  trx: Db,
  database: Database,
  resets: readonly Reset[],
  nowMs: number,
): Promise<number[]> {
  if (resets.length === 0) return [];
  const rows = resets.map(({ candidate: user, known }) => [
    ...[known.id, known.updatedAtMs, known.lastSignInAtMs],
    ...[user.username, user.passwordHash, user.isActive ? 1 : 0, user.isSuperuser ? 1 : 0],
    ...[user.createdAtMs, user.lastSignInAtMs, nowMs, user.email, user.emailNormalized],
  ]);
  const reset = await trx
    .updateTable('users')
    .from(batchItems(database, JSON.stringify(rows)))
    .set({
      email: sql<string>`${batchText(10)}`,
      email_normalized: sql<string>`${batchText(11)}`,
      // A proof is of one email.
      email_verified_at_ms: sql<number | null>`case when users.email_normalized = ${batchText(11)}
        then users.email_verified_at_ms end`,
      email_set_at_ms: sql<number | null>`case when users.email_normalized = ${batchText(11)}
        then users.email_set_at_ms else ${batchInteger(9)} end`,
      is_email_given: 1,
      mail_recovery_from_ms: null,
      username: sql<string>`${batchText(3)}`,
      password_hash: batchText(4),
      is_active: batchInteger(5),
      is_superuser: sql<number>`case when users.is_superuser = 1 and users.imported_at_ms is null
        then 1 else ${batchInteger(6)} end`,
      created_at_ms: batchInteger(7),
      last_sign_in_at_ms: batchInteger(8),
      updated_at_ms: batchInteger(9),
      imported_at_ms: batchInteger(9),
      version: sql<number>`users.version + 1`,
    })
    .where('users.id', '=', batchInteger(0))
    .where('users.updated_at_ms', '=', batchInteger(1))
    .where('users.last_sign_in_at_ms', 'is not distinct from', batchInteger(2))
    .returning('users.id')
    .execute();
  const ids = reset.map(({ id }) => id);
  // What the file says of them is what counts: no earlier email undoes it.
  if (ids.length > 0) await trx.deleteFrom('former_emails').where('user_id', 'in', ids).execute();
  return ids;
}

export interface Assignment {
  readonly userId: number;
  readonly roleId: number;
}

/** Assigns roles; returns those that the users did not have. */
export async function assignRoles(
  trx: Db,
  database: Database,
  assignments: readonly Assignment[],
): Promise<Assignment[]> {
  if (assignments.length === 0) return [];
  const batch = JSON.stringify(assignments.map(({ userId, roleId }) => [userId, roleId]));
  const { rows } = await sql<Assignment>`
    insert into user_roles (user_id, role_id)
    select ${batchInteger(0)}, ${batchInteger(1)} from ${batchItems(database, batch)}
    where true on conflict do nothing
    returning user_id as "userId", role_id as "roleId"`.execute(trx);
  return rows;
}

/** The roles that users have. */
export async function findAssignments(
  trx: Db,
  database: Database,
  userIds: readonly number[],
): Promise<Assignment[]> {
  if (userIds.length === 0) return [];
  return trx
    .selectFrom(batchItems(database, JSON.stringify(userIds.map((id) => [id]))))
    .innerJoin('user_roles', (join) => join.on('user_roles.user_id', '=', batchInteger(0)))
    .select(['user_roles.user_id as userId', 'user_roles.role_id as roleId'])
    .execute();
}

export async function unassignRoles(
  trx: Db,
  database: Database,
  assignments: readonly Assignment[],
): Promise<void> {
  if (assignments.length === 0) return;
  const batch = JSON.stringify(assignments.map(({ userId, roleId }) => [userId, roleId]));
  await sql`
    delete from user_roles where (user_id, role_id) in
      (select ${batchInteger(0)}, ${batchInteger(1)} from ${batchItems(database, batch)})`.execute(
    trx,
  );
}

export interface IdRange {
  readonly afterId: number;
  readonly throughId: number;
}

/** The ids that imports may use: those that were reserved for them. */
export async function findReservations(db: Db): Promise<IdRange[]> {
  const rows = await db.selectFrom('user_id_reservations').selectAll().execute();
  return rows.map((row) => ({ afterId: row.after_id, throughId: row.through_id }));
}

export function largestUserIdEver(db: Db, database: Database): Promise<number> {
  return largestIdEver(db, database, 'users');
}

/** Keeps every id that nobody ever had, up to this one, for imports: users who register get higher ones. */
export async function reserveUserIds(
  trx: Db,
  database: Database,
  throughId: number,
  nowMs: number,
): Promise<void> {
  await lockNumbering(trx, database, 'users');
  const afterId = await largestIdEver(trx, database, 'users');
  if (throughId <= afterId) return;
  await trx
    .insertInto('user_id_reservations')
    .values({ after_id: afterId, through_id: throughId, reserved_at_ms: nowMs })
    .execute();
  await continueIdsAfter(trx, database, 'users', throughId);
}
