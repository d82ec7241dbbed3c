import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';

/**
 * What the factors of a user are good for. An authenticator app counts once a code of it was shown. A passkey that has
 * never verified its user, as a security key without a PIN, is a second factor and no more. Passkeys that were made without
 * asking count with others alone: else a user would be asked for what they do not know of.
 */
export async function findFactorLevel(db: Db, userId: number): Promise<AuthLevel> {
  const passkeys = await db
    .selectFrom('passkeys')
    .select((eb) => eb.fn.max('is_user_verified').as('isVerified'))
    .select((eb) => eb.fn.min('is_upgrade').as('isUpgrade'))
    .where('user_id', '=', userId)
    .executeTakeFirst();
  const level = passkeys && passkeys.isVerified !== null ? (passkeys.isVerified ? 3 : 2) : 1;
  if (level > 1 && passkeys?.isUpgrade === 0) return level;
  const app = await db
    .selectFrom('authenticator_apps')
    .select('id')
    .where('user_id', '=', userId)
    .where('confirmed_at_ms', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  if (!app) return 1;
  return level === 3 ? 3 : 2;
}

/** Whether a user has a factor that was there before a moment. */
export async function hasFactorBefore(db: Db, userId: number, beforeMs: number): Promise<boolean> {
  const app = await db
    .selectFrom('authenticator_apps')
    .select('id')
    .where('user_id', '=', userId)
    .where('confirmed_at_ms', '<', beforeMs)
    .limit(1)
    .executeTakeFirst();
  if (app) return true;
  const passkey = await db
    .selectFrom('passkeys')
    .select('id')
    .where('user_id', '=', userId)
    .where('created_at_ms', '<', beforeMs)
    .limit(1)
    .executeTakeFirst();
  return passkey !== undefined;
}

/** How strongly a user can sign in; 1 for nobody. */
export async function readFactorLevel(db: Db, userId: number): Promise<AuthLevel> {
  const user = await db
    .selectFrom('users')
    .select('factor_level')
    .where('id', '=', userId)
    .executeTakeFirst();
  return user?.factor_level ?? 1;
}

export async function setFactorLevel(db: Db, userId: number, level: AuthLevel): Promise<void> {
  await db
    .updateTable('users')
    .set({ factor_level: level })
    .where('id', '=', userId)
    .where('factor_level', '<>', level)
    .execute();
}

export async function raiseFactorEpoch(db: Db, userId: number): Promise<void> {
  await db
    .updateTable('users')
    .set({ factor_epoch: sql<number>`factor_epoch + 1` })
    .where('id', '=', userId)
    .execute();
}

export async function deleteRecoveryCodes(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
}
