import { type RawBuilder, sql } from 'kysely';
import { batchInteger, batchItems, batchText } from '../../../db/batch.ts';
import type { Database, Db } from '../../../db/database.ts';
import { continueIdsAfter, largestIdEver, lockNumbering } from '../../../db/numbering.ts';
import type { Candidate } from './check-record.ts';

export interface KnownUser {
  readonly id: number;
  readonly email_normalized: string;
  readonly username: string;
}

/** The users that have an address, a user name or an id of the candidates. */
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
      select users.id, users.email_normalized, users.username from ${items}
      join users on users.${sql.ref(column)} = ${value}
      ${column === 'username' ? sql`and users.username <> ''` : sql``}`.execute(db); // its index is partial
    return rows;
  };
  return [
    ...(await find(
      'email_normalized',
      candidates.map(({ emailNormalized }) => emailNormalized),
    )),
    ...(await find('username', candidates.map(({ username }) => username).filter(Boolean))),
    ...(await find(
      'id',
      candidates.map(({ id }) => id).filter((id) => id !== undefined),
    )),
  ];
}

/**
 * Adds users, those aside whose address, user name or id is taken.
 *
 * @returns those that were added
 */
export async function insertImportedUsers(
  trx: Db,
  database: Database,
  candidates: readonly Candidate[],
  nowMs: number,
): Promise<KnownUser[]> {
  const keepIds = candidates.some(({ id }) => id !== undefined);
  const rows = candidates.map((user) => [
    ...[user.email, user.emailNormalized, user.username, user.passwordHash],
    ...[user.isActive ? 1 : 0, user.isSuperuser ? 1 : 0, user.createdAtMs, nowMs],
    ...(keepIds ? [user.id] : []),
  ]);
  const texts = [0, 1, 2, 3].map(batchText);
  const integers = [4, 5, 6, 7, ...(keepIds ? [8] : [])].map(batchInteger);
  const isIdentity = keepIds && database.engine === 'postgres';
  const added = await sql<KnownUser>`
    insert into users (email, email_normalized, username, password_hash, is_active, is_superuser,
      created_at_ms, updated_at_ms ${keepIds ? sql`, id` : sql``})
    ${isIdentity ? sql`overriding system value` : sql``}
    select ${sql.join([...texts, ...integers])} from ${batchItems(database, JSON.stringify(rows))}
    where true on conflict do nothing returning id, email_normalized, username`.execute(trx);
  return added.rows;
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
