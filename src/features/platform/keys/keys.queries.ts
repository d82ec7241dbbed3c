import type { Selectable } from 'kysely';
import type { Database, Db } from '../../../db/database.ts';
import { prepareQuery } from '../../../db/prepared.ts';
import type { SigningKeyTable } from '../../../db/schema.ts';

export type SigningKeyRow = Selectable<SigningKeyTable>;

/** One row that is another whenever a key was made, revoked or removed. */
export function prepareKeyMarker(database: Database) {
  return prepareQuery<
    Record<string, never>,
    { keys: number; created: number | null; revoked: number }
  >(database, () =>
    database.db
      .selectFrom('signing_keys')
      .select((eb) => [
        eb.fn.countAll<number>().as('keys'),
        eb.fn.max('created_at_ms').as('created'),
        eb.fn.count<number>('revoked_at_ms').as('revoked'),
      ]),
  );
}

/** The oldest first. */
export function findSigningKeys(db: Db) {
  return db
    .selectFrom('signing_keys')
    .selectAll()
    .orderBy('algorithm')
    .orderBy('sequence')
    .execute();
}

/** @returns whether it was this one, and not another process, to make the key of this sequence */
export async function insertSigningKey(db: Db, key: SigningKeyRow): Promise<boolean> {
  const result = await db
    .insertInto('signing_keys')
    .values(key)
    .onConflict((conflict) => conflict.columns(['algorithm', 'sequence']).doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** @returns its algorithm; undefined if there was no such key to revoke */
export async function revokeSigningKey(
  db: Db,
  kid: string,
  nowMs: number,
): Promise<string | undefined> {
  const row = await db
    .updateTable('signing_keys')
    .set({ revoked_at_ms: nowMs })
    .where('kid', '=', kid)
    .where('revoked_at_ms', 'is', null)
    .returning('algorithm')
    .executeTakeFirst();
  return row?.algorithm;
}

/** Replaces a sealed private key, unless another process has done so. */
export function replaceSealedKey(
  db: Db,
  kid: string,
  sealed: { readonly from: string; readonly to: string },
) {
  return db
    .updateTable('signing_keys')
    .set({ sealed_private_key: sealed.to })
    .where('kid', '=', kid)
    .where('sealed_private_key', '=', sealed.from)
    .execute();
}

export function deleteSigningKeys(db: Db, kids: readonly string[]) {
  return db.deleteFrom('signing_keys').where('kid', 'in', kids).execute();
}
