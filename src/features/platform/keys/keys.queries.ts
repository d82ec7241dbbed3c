import type { Database, Db } from '../../../db/database.ts';
import { prepareQuery } from '../../../db/prepared.ts';

/** As the table `signing_keys` has it. */
export interface SigningKeyRow {
  readonly kid: string;
  readonly algorithm: string;
  readonly sequence: number;
  readonly publicJwk: string;
  readonly sealedPrivateKey: string;
  readonly createdAtMs: number;
  readonly activeAtMs: number;
  readonly revokedAtMs: number | null;
}

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
    .select(['kid', 'algorithm', 'sequence', 'public_jwk as publicJwk'])
    .select(['sealed_private_key as sealedPrivateKey', 'created_at_ms as createdAtMs'])
    .select(['active_at_ms as activeAtMs', 'revoked_at_ms as revokedAtMs'])
    .orderBy('algorithm')
    .orderBy('sequence')
    .execute();
}

/** @returns whether it was this one, and not another process, to make the key of this sequence */
export async function insertSigningKey(db: Db, key: SigningKeyRow): Promise<boolean> {
  const result = await db
    .insertInto('signing_keys')
    .values({
      kid: key.kid,
      algorithm: key.algorithm,
      sequence: key.sequence,
      public_jwk: key.publicJwk,
      sealed_private_key: key.sealedPrivateKey,
      created_at_ms: key.createdAtMs,
      active_at_ms: key.activeAtMs,
      revoked_at_ms: key.revokedAtMs,
    })
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
