import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';
import { roleLevelOf } from '../../identity/roles/index.ts';

/** Passkeys as their user sees them, the oldest first. */
export function findListedPasskeys(db: Db, userId: number) {
  return db
    .selectFrom('passkeys')
    .select(['id', 'name', 'created_at_ms as createdAtMs', 'last_used_at_ms as lastUsedAtMs'])
    .select(['is_backed_up as isBackedUp', 'rp_id as rpId'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();
}

/** A user as their own pages tell of them: what passkeys say, what the policy asks for, and how many codes are left. */
export async function findFactorUser(db: Db, userId: number) {
  const user = await db
    .selectFrom('users')
    .select(['email', 'username', 'passkey_handle as handle'])
    .select(['factor_level as factorLevel', 'factor_due_at_ms as dueAtMs'])
    .select(roleLevelOf)
    .select((eb) =>
      eb
        .selectFrom('recovery_codes')
        .select(({ fn }) => fn.countAll().as('n'))
        .where('recovery_codes.user_id', '=', userId)
        .as('codesLeft'),
    )
    .where('id', '=', userId)
    .executeTakeFirst();
  return user && { ...user, codesLeft: Number(user.codesLeft) };
}

/** How many devices are remembered: no second factor is asked for on them. */
export async function countTrustedDevices(db: Db, userId: number, nowMs: number): Promise<number> {
  const row = await db
    .selectFrom('trusted_devices')
    .innerJoin('users', 'users.id', 'trusted_devices.user_id')
    .select((eb) => eb.fn.countAll().as('n'))
    .where('trusted_devices.user_id', '=', userId)
    .whereRef('trusted_devices.factor_epoch', '=', 'users.factor_epoch')
    .where('trusted_devices.expires_at_ms', '>', nowMs)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** Tables of what a user has to sign in with, besides the password. */
const factorTables = [
  'authenticator_apps',
  'passkeys',
  'recovery_codes',
  'trusted_devices',
] as const;

/**
 * Deletes what a user has of all that, where it came from a moment on.
 *
 * @returns how many factors there were
 */
export async function deleteFactorsSince(
  trx: Db,
  userId: number,
  sinceMs: number,
): Promise<{ readonly authenticatorApps: number; readonly passkeys: number }> {
  const counts = { authenticator_apps: 0, passkeys: 0, recovery_codes: 0, trusted_devices: 0 };
  for (const table of factorTables) {
    const { numDeletedRows } = await trx
      .deleteFrom(table)
      .where('user_id', '=', userId)
      .where(
        // An app is there from when it was confirmed on.
        table === 'authenticator_apps'
          ? sql`coalesce(confirmed_at_ms, created_at_ms)`
          : sql.ref('created_at_ms'),
        '>=',
        sinceMs,
      )
      .executeTakeFirst();
    counts[table] = Number(numDeletedRows);
  }
  return { authenticatorApps: counts.authenticator_apps, passkeys: counts.passkeys };
}
