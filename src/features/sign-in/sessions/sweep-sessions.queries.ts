import type { Db } from '../../../db/database.ts';

/** Reads the ids of the next rows of a table after one id, in order. */
export function findIdsAfter(table: 'sessions' | 'imported_refresh_tokens') {
  return async (db: Db, afterId: number, limit: number): Promise<number[]> => {
    const rows = await db
      .selectFrom(table)
      .select('id')
      .where('id', '>', afterId)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map((row) => row.id);
  };
}
