import type { ExpressionBuilder } from 'kysely';
import type { Db } from '../../../../db/database.ts';
import type { Schema } from '../../../../db/schema.ts';

export interface RpIdCount {
  readonly rpId: string;
  readonly count: number;
}

/** How many passkeys there are for each RP ID, the most first. */
export function countByRpId(db: Db): Promise<RpIdCount[]> {
  return counts(db).orderBy('count', 'desc').execute();
}

/** The same without one RP ID, however many there are for it. */
export function findOtherRpIds(db: Db, rpId?: string): Promise<RpIdCount[]> {
  return counts(db).where(isOther(rpId)).orderBy('count', 'desc').execute();
}

/** Whether there is a passkey for another RP ID. */
export async function hasOtherRpIds(db: Db, rpId?: string): Promise<boolean> {
  const found = await db
    .selectFrom('passkeys')
    .select('id')
    .where(isOther(rpId))
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** Two ranges of the index: with <> all of it is read. */
const isOther =
  (rpId = '') =>
  (eb: ExpressionBuilder<Schema, 'passkeys'>) =>
    eb.or([eb('rp_id', '<', rpId), eb('rp_id', '>', rpId)]);

const counts = (db: Db) =>
  db
    .selectFrom('passkeys')
    .select((eb) => ['rp_id as rpId', eb.fn.countAll<number>().as('count')])
    .groupBy('rp_id');
