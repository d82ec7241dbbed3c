import type { Db } from '../../../../db/database.ts';

export interface RpIdCount {
  readonly rpId: string;
  readonly count: number;
}

/** How many passkeys there are for each RP ID, the most first. */
export function countByRpId(db: Db): Promise<RpIdCount[]> {
  return counts(db).orderBy('count', 'desc').execute();
}

/** The same without one RP ID, however many there are for it. */
export function findOtherRpIds(db: Db, rpId = ''): Promise<RpIdCount[]> {
  // Two ranges of the index: with <> all of it is read.
  return counts(db)
    .where((eb) => eb.or([eb('rp_id', '<', rpId), eb('rp_id', '>', rpId)]))
    .orderBy('count', 'desc')
    .execute();
}

const counts = (db: Db) =>
  db
    .selectFrom('passkeys')
    .select((eb) => ['rp_id as rpId', eb.fn.countAll<number>().as('count')])
    .groupBy('rp_id');
