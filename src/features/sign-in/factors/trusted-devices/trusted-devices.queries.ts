import type { Db } from '../../../../db/database.ts';
import { compiledOnce } from '../../../../db/prepared.ts';

/** Devices on which the second factor is not asked for, by the hash of their token. */

interface DeviceUse {
  readonly userId: number;
  readonly tokenHash: string;
  readonly nowMs: number;
  /** Remembered before this time, a device is not valid any more. */
  readonly sinceMs: number;
}

const useDeviceOf = compiledOnce<DeviceUse, { id: number }>((db, param) =>
  db
    .updateTable('trusted_devices')
    .set({ last_used_at_ms: param('nowMs') })
    .where('token_hash', '=', param('tokenHash'))
    .where('user_id', '=', param('userId'))
    .where('expires_at_ms', '>', param('nowMs'))
    .where('created_at_ms', '>', param('sinceMs'))
    .where('factor_epoch', '=', (eb) =>
      eb.selectFrom('users').select('users.factor_epoch').where('users.id', '=', param('userId')),
    )
    .returning('id'),
);

/** The id of a device that is remembered, whose use is noted; undefined if it is not. */
export async function useDevice(trx: Db, use: DeviceUse): Promise<number | undefined> {
  const { rows } = await useDeviceOf(trx, use);
  return rows[0]?.id;
}

/** @returns its id; undefined if the user is gone */
export async function insertDevice(
  trx: Db,
  device: {
    readonly userId: number;
    readonly tokenHash: string;
    readonly device: string | null;
    readonly ip: string | null;
    readonly nowMs: number;
    readonly expiresAtMs: number;
  },
): Promise<number | undefined> {
  const user = await trx
    .selectFrom('users')
    .select('factor_epoch')
    .where('id', '=', device.userId)
    .executeTakeFirst();
  if (!user) return undefined;
  const { id } = await trx
    .insertInto('trusted_devices')
    .values({
      user_id: device.userId,
      token_hash: device.tokenHash,
      factor_epoch: user.factor_epoch,
      device: device.device,
      ip: device.ip,
      last_used_at_ms: device.nowMs,
      created_at_ms: device.nowMs,
      expires_at_ms: device.expiresAtMs,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Forgets all but the devices of a user that were remembered last. */
export async function deleteOldestDevices(trx: Db, userId: number, keep: number): Promise<void> {
  await trx
    .deleteFrom('trusted_devices')
    .where('user_id', '=', userId)
    .where('id', 'not in', (eb) =>
      eb
        .selectFrom('trusted_devices as newest')
        .select('newest.id')
        .where('newest.user_id', '=', userId)
        .orderBy('newest.id', 'desc')
        .limit(keep),
    )
    .execute();
}

interface DeviceQuery {
  readonly nowMs: number;
  /** Those remembered before are so no longer. */
  readonly sinceMs: number;
  /** Whose device is the current one. */
  readonly sessionId: number | undefined;
}

/** The devices of a user that are good, the last used first. */
export function findDevices(db: Db, userId: number, { nowMs, sinceMs, sessionId }: DeviceQuery) {
  return db
    .selectFrom('trusted_devices')
    .innerJoin('users', (join) =>
      join
        .onRef('users.id', '=', 'trusted_devices.user_id')
        .onRef('users.factor_epoch', '=', 'trusted_devices.factor_epoch'),
    )
    .select(['trusted_devices.id', 'trusted_devices.device', 'trusted_devices.ip'])
    .select('trusted_devices.created_at_ms as createdAtMs')
    .select('trusted_devices.last_used_at_ms as lastUsedAtMs')
    .select('trusted_devices.expires_at_ms as expiresAtMs')
    .select((eb) =>
      eb
        .selectFrom('sessions')
        .select('sessions.trusted_device_id')
        .where('sessions.id', '=', sessionId ?? null)
        .as('currentId'),
    )
    .where('trusted_devices.user_id', '=', userId)
    .where('trusted_devices.expires_at_ms', '>', nowMs)
    .where('trusted_devices.created_at_ms', '>', sinceMs)
    .orderBy('trusted_devices.last_used_at_ms', 'desc')
    .orderBy('trusted_devices.id', 'desc')
    .execute();
}

/** Forgets one device of a user, or all; returns which there were. */
export async function deleteDevices(trx: Db, userId: number, id?: number): Promise<number[]> {
  const query = trx.deleteFrom('trusted_devices').where('user_id', '=', userId);
  const rows = await (id === undefined ? query : query.where('id', '=', id))
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}
