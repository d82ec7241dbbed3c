import { sql } from 'kysely';
import type { Db } from '../../../../db/database.ts';
import { compiledOnce } from '../../../../db/prepared.ts';
import { resetWaits, type SpentFactor } from '../resets/factor-resets.queries.ts';

/** A passkey, and its user, as an answer of an authenticator is checked against. */
export interface KnownPasskey {
  readonly id: number;
  readonly userId: number;
  readonly email: string;
  readonly isActive: number;
  /** Null: it was taken from the account, and no passkey of it is good. */
  readonly handle: string | null;
  readonly rpId: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly isBackupEligible: number;
  readonly isUserVerified: number;
}

const findPasskeyOf = compiledOnce<{ readonly credentialId: string }, KnownPasskey>((db, param) =>
  db
    .selectFrom('passkeys')
    .innerJoin('users', 'users.id', 'passkeys.user_id')
    .select(['passkeys.id', 'passkeys.user_id as userId', 'passkeys.rp_id as rpId'])
    .select(['users.email', 'users.is_active as isActive', 'users.passkey_handle as handle'])
    .select(['passkeys.public_key as publicKey', 'passkeys.counter'])
    .select('passkeys.is_backup_eligible as isBackupEligible')
    .select('passkeys.is_user_verified as isUserVerified')
    .where('passkeys.credential_id', '=', param('credentialId')),
);

export async function findPasskey(db: Db, credentialId: string): Promise<KnownPasskey | undefined> {
  const { rows } = await findPasskeyOf(db, { credentialId });
  return rows[0];
}

/** A use of a passkey. */
interface PasskeyUse {
  readonly id: number;
  readonly counter: number;
  /** 1: its counter has to grow. */
  readonly isCounted: number;
  readonly isBackedUp: number;
  readonly isUserVerified: number;
  readonly nowMs: number;
}

const notePasskeyUseOf = compiledOnce<PasskeyUse, SpentFactor>((db, param) =>
  db
    .updateTable('passkeys')
    .set({
      counter: param('counter'),
      is_backed_up: param('isBackedUp'),
      is_user_verified: sql<number>`case when cast(${param('isUserVerified')} as bigint) = 1 then 1 else is_user_verified end`,
      last_used_at_ms: param('nowMs'),
    })
    .where('id', '=', param('id'))
    .where((eb) =>
      eb.or([
        eb('counter', '<', param('counter')),
        sql<boolean>`cast(${param('isCounted')} as bigint) = 0`,
      ]),
    )
    .returning(resetWaits('passkeys.user_id')),
);

/** @returns undefined if it is gone, or was used meanwhile with a higher counter */
export async function notePasskeyUse(trx: Db, use: PasskeyUse): Promise<SpentFactor | undefined> {
  const { rows } = await notePasskeyUseOf(trx, use);
  return rows[0];
}

export interface NewPasskeyRow {
  readonly userId: number;
  readonly credentialId: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: string;
  readonly rpId: string;
  readonly aaguid: string;
  readonly name: string;
  readonly isDiscoverable: number;
  readonly isBackupEligible: number;
  readonly isBackedUp: number;
  readonly isUserVerified: number;
  readonly isUpgrade: number;
  readonly createdAtMs: number;
}

/** @returns its id; undefined if there is one with this credential id */
export async function insertPasskey(trx: Db, row: NewPasskeyRow): Promise<number | undefined> {
  const inserted = await trx
    .insertInto('passkeys')
    .values({
      user_id: row.userId,
      credential_id: row.credentialId,
      public_key: row.publicKey,
      counter: row.counter,
      transports: row.transports,
      rp_id: row.rpId,
      aaguid: row.aaguid,
      name: row.name,
      is_discoverable: row.isDiscoverable,
      is_backup_eligible: row.isBackupEligible,
      is_backed_up: row.isBackedUp,
      is_user_verified: row.isUserVerified,
      is_upgrade: row.isUpgrade,
      created_at_ms: row.createdAtMs,
    })
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted?.id;
}

/** The passkeys of a user, the oldest first. */
export function findPasskeys(db: Db, userId: number) {
  return db
    .selectFrom('passkeys')
    .select([
      'id',
      'name',
      'aaguid',
      'transports',
      'rp_id as rpId',
      'credential_id as credentialId',
    ])
    .select(['created_at_ms as createdAtMs', 'last_used_at_ms as lastUsedAtMs'])
    .select(['is_discoverable as isDiscoverable', 'is_backed_up as isBackedUp'])
    .select('is_user_verified as isUserVerified')
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();
}

interface OwnPasskey {
  readonly id: number;
  readonly userId: number;
}

/** @returns whether there is such a passkey */
export async function renamePasskey(
  trx: Db,
  { id, userId }: OwnPasskey,
  name: string,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('passkeys')
    .set({ name })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** @returns whether there was such a passkey */
export async function deletePasskey(trx: Db, { id, userId }: OwnPasskey): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('passkeys')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Whether a user has a passkey that signs in alone. */
export async function hasPasskeyAlone(db: Db, userId: number): Promise<boolean> {
  const passkey = await db
    .selectFrom('passkeys')
    .select('id')
    .where('user_id', '=', userId)
    .where('is_discoverable', '=', 1)
    .where('is_user_verified', '=', 1)
    .limit(1)
    .executeTakeFirst();
  return passkey !== undefined;
}

/** What passkeys say of their user. */
export function findPasskeyUser(db: Db, userId: number) {
  return db
    .selectFrom('users')
    .select(['id', 'email', 'username', 'passkey_handle as handle'])
    .where('id', '=', userId)
    .executeTakeFirst();
}

/** Gives a user the handle, unless they have one. */
export async function setPasskeyHandle(db: Db, userId: number, handle: string): Promise<void> {
  await db
    .updateTable('users')
    .set({ passkey_handle: handle })
    .where('id', '=', userId)
    .where('passkey_handle', 'is', null)
    .execute();
}

/** Notes that a passkey was offered. @returns false if one was after `sinceMs` */
export async function notePasskeyOffer(
  db: Db,
  userId: number,
  { nowMs, sinceMs }: { readonly nowMs: number; readonly sinceMs: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({ passkey_offered_at_ms: nowMs })
    .where('id', '=', userId)
    .where((eb) =>
      eb.or([eb('passkey_offered_at_ms', 'is', null), eb('passkey_offered_at_ms', '<=', sinceMs)]),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * How the session of a user was signed in (RFC 8176), if they have no passkey and were offered none of late.
 *
 * @returns undefined if they are offered none
 */
export async function findOfferedSession(
  db: Db,
  { userId, sessionId }: { readonly userId: number; readonly sessionId: number },
  sinceMs: number,
): Promise<string | null | undefined> {
  const found = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .leftJoin('passkeys', 'passkeys.user_id', 'users.id')
    .select('sessions.amr')
    .where('sessions.id', '=', sessionId)
    .where('users.id', '=', userId)
    .where('passkeys.id', 'is', null)
    .where((eb) =>
      eb.or([
        eb('users.passkey_offered_at_ms', 'is', null),
        eb('users.passkey_offered_at_ms', '<=', sinceMs),
      ]),
    )
    .executeTakeFirst();
  return found?.amr;
}
