import type { Db } from '../../../../db/database.ts';

/** @returns whether it was not there */
export async function insertSpentChallenge(
  trx: Db,
  row: { readonly hash: string; readonly expiresAtMs: number },
): Promise<boolean> {
  const inserted = await trx
    .insertInto('spent_challenges')
    .values({ hash: row.hash, expires_at_ms: row.expiresAtMs })
    .onConflict((conflict) => conflict.doNothing())
    .returning('hash')
    .executeTakeFirst();
  return inserted !== undefined;
}
