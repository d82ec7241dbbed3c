import type { Db } from '../../../db/database.ts';

/** Since when the environment pins a setting, as starts have noted it. */

export async function insertPinnedSince(db: Db, name: string, nowMs: number): Promise<void> {
  await db
    .insertInto('pinned_settings')
    .values({ name, since_ms: nowMs })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

export async function deletePinnedSince(db: Db, name: string): Promise<void> {
  await db.deleteFrom('pinned_settings').where('name', '=', name).execute();
}

/** 0: no start has noted it. */
export async function findPinnedSince(db: Db, name: string): Promise<number> {
  const row = await db
    .selectFrom('pinned_settings')
    .select('since_ms')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.since_ms ?? 0;
}
