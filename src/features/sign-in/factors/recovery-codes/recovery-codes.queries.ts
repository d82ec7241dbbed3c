import type { Db } from '../../../../db/database.ts';
import { resetWaits, type SpentFactor } from '../resets/factor-resets.queries.ts';

export interface RecoveryCodeRow {
  readonly id: number;
  readonly hash: string;
}

export function findRecoveryCode(
  db: Db,
  userId: number,
  number: number,
): Promise<RecoveryCodeRow | undefined> {
  return db
    .selectFrom('recovery_codes')
    .select(['id', 'hash'])
    .where('user_id', '=', userId)
    .where('number', '=', number)
    .executeTakeFirst();
}

/** Spends a code: of any number at once one is told that it did. */
export async function deleteRecoveryCode(
  trx: Db,
  { id, hash }: RecoveryCodeRow,
): Promise<SpentFactor | undefined> {
  return await trx
    .deleteFrom('recovery_codes')
    .where('id', '=', id)
    .where('hash', '=', hash)
    .returning(resetWaits('recovery_codes.user_id'))
    .executeTakeFirst();
}

export async function countRecoveryCodes(db: Db, userId: number): Promise<number> {
  const row = await db
    .selectFrom('recovery_codes')
    .select((eb) => eb.fn.countAll().as('n'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** A code that is to be stored. */
export interface HashedCode {
  readonly number: number;
  /** Argon2id. */
  readonly hash: string;
}

/** Gives a user these codes in place of all others. */
export async function replaceRecoveryCodes(
  trx: Db,
  userId: number,
  codes: readonly HashedCode[],
  nowMs: number,
): Promise<void> {
  await trx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  await trx
    .insertInto('recovery_codes')
    .values(
      codes.map(({ number, hash }) => ({ user_id: userId, number, hash, created_at_ms: nowMs })),
    )
    .execute();
}
