import type { Db } from './database.ts';

/** A table whose rows end at `expires_at_ms`, which has an index. */
export type ExpiringTable =
  | 'flows'
  | 'former_emails'
  | 'notices'
  | 'sign_in_flows'
  | 'spent_challenges'
  | 'trusted_devices';

/**
 * Removes what has expired, some at a time; mostly there is nothing to write for.
 *
 * @returns how many rows there were
 */
export async function deleteExpired(
  db: Db,
  table: ExpiringTable,
  nowMs: number,
  limit: number,
): Promise<number> {
  if (table === 'spent_challenges') return deleteByHash(db, table, nowMs, limit);
  const expired = await db
    .selectFrom(table)
    .select('id')
    .where('expires_at_ms', '<=', nowMs)
    .orderBy('expires_at_ms')
    .limit(limit)
    .execute();
  if (expired.length === 0) return 0;
  const ids = expired.map(({ id }) => id);
  await db.deleteFrom(table).where('id', 'in', ids).execute();
  return expired.length;
}

/** The same of a table whose key is a hash. */
async function deleteByHash(
  db: Db,
  table: 'spent_challenges',
  nowMs: number,
  limit: number,
): Promise<number> {
  const expired = await db
    .selectFrom(table)
    .select('hash')
    .where('expires_at_ms', '<=', nowMs)
    .orderBy('expires_at_ms')
    .limit(limit)
    .execute();
  if (expired.length === 0) return 0;
  const hashes = expired.map(({ hash }) => hash);
  await db.deleteFrom(table).where('hash', 'in', hashes).execute();
  return expired.length;
}
