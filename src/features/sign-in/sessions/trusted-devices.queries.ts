import type { Db } from '../../../db/database.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';

/**
 * Forgets the devices on which a user is not asked for the second factor: all, that of one session, or all but that of
 * one session. In the transaction that ends the sessions.
 */
export async function forgetTrustedDevices(
  trx: Db,
  userId: number,
  { id, exceptId }: { readonly id?: number; readonly exceptId?: number | undefined } = {},
): Promise<void> {
  const deviceOf = (sessionId: number) =>
    trx
      .selectFrom('sessions')
      .select('trusted_device_id')
      .where('id', '=', sessionId)
      .where('trusted_device_id', 'is not', null);
  let forgotten = trx.deleteFrom('trusted_devices').where('user_id', '=', userId);
  if (id !== undefined) forgotten = forgotten.where('id', 'in', deviceOf(id));
  if (exceptId !== undefined) forgotten = forgotten.where('id', 'not in', deviceOf(exceptId));
  await forgotten.execute();
}

/** Notes on which remembered device a session was started. */
export async function setSessionDevice(
  trx: Db,
  sessionId: number,
  deviceId: number,
): Promise<void> {
  await trx
    .updateTable('sessions')
    .set({ trusted_device_id: deviceId })
    .where('id', '=', sessionId)
    .execute();
}

/**
 * What the factors of the user of a session are good for, if it was started on a device that is remembered still.
 *
 * @param on `sinceMs`: remembered before this time, a device is not valid any more
 */
export async function findLevelOnTrustedDevice(
  db: Db,
  on: { readonly sessionId: number; readonly nowMs: number; readonly sinceMs: number },
): Promise<AuthLevel | undefined> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('trusted_devices', 'trusted_devices.id', 'sessions.trusted_device_id')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select('users.factor_level as factorLevel')
    .where('sessions.id', '=', on.sessionId)
    .where('trusted_devices.expires_at_ms', '>', on.nowMs)
    .where('trusted_devices.created_at_ms', '>', on.sinceMs)
    .whereRef('trusted_devices.user_id', '=', 'sessions.user_id')
    .whereRef('trusted_devices.factor_epoch', '=', 'users.factor_epoch')
    .executeTakeFirst();
  return row?.factorLevel;
}
