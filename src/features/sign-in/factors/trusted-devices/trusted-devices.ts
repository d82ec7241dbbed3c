import type { Db } from '../../../../db/database.ts';
import type { Deps } from '../../../../deps.ts';
import { newToken, sentTokenHash } from '../../../identity/link-tokens/index.ts';
import { type Actor, record } from '../../../platform/audit/index.ts';
import { sweepExpired } from '../../../platform/nodes/index.ts';
import { setSessionDevice } from '../../sessions/index.ts';
import {
  deleteDevices,
  deleteOldestDevices,
  findDevices,
  insertDevice,
  useDevice,
} from './trusted-devices.queries.ts';

/**
 * Remembered devices: on one of them a user is not asked for the second factor. It stands in for nothing else: not for
 * the password, not for a passkey where the policy wants one, and not for recent authentication. It is bound to the
 * factors that the user had (`users.factor_epoch`): where one is removed, all devices are forgotten.
 */

/** How many are remembered of a user: those remembered last. */
const maxDevices = 20;

type DeviceDeps = Pick<Deps, 'settings' | 'clock'>;

/**
 * The device whose token somebody sent, in the transaction that starts a session; its use is noted.
 *
 * @returns its id; undefined if it is not remembered
 */
export async function trustedDeviceOf(
  trx: Db,
  { settings, clock }: DeviceDeps,
  userId: number,
  token: string,
): Promise<number | undefined> {
  const lifetimeMs = settings.get('TRUSTED_DEVICE_LIFETIME') * 1000;
  if (lifetimeMs === 0) return undefined;
  const nowMs = clock.nowMs();
  const tokenHash = sentTokenHash(token);
  return await useDevice(trx, { userId, tokenHash, nowMs, sinceMs: nowMs - lifetimeMs });
}

/** A device whose user has just shown a second factor. */
export interface DeviceToRemember {
  readonly userId: number;
  /** The session that begins on it. */
  readonly sessionId: number;
  readonly device: string | null;
  readonly ip: string | null;
  readonly actor: Actor;
  readonly nowMs: number;
}

/**
 * Remembers a device, in the transaction that starts its session.
 *
 * @returns the token that the device keeps; undefined if devices are not remembered
 */
export async function rememberDevice(
  trx: Db,
  { settings }: Pick<DeviceDeps, 'settings'>,
  { userId, sessionId, device, ip, actor, nowMs }: DeviceToRemember,
): Promise<string | undefined> {
  const lifetimeMs = settings.get('TRUSTED_DEVICE_LIFETIME') * 1000;
  if (lifetimeMs === 0) return undefined;
  const { token, hash: tokenHash } = newToken();
  const expiresAtMs = nowMs + lifetimeMs;
  const id = await insertDevice(trx, { userId, tokenHash, device, ip, nowMs, expiresAtMs });
  if (id === undefined) return undefined;
  await setSessionDevice(trx, sessionId, id);
  await deleteOldestDevices(trx, userId, maxDevices);
  const details = { device, until: new Date(expiresAtMs).toISOString() };
  await record(trx, {
    ...{ kind: 'device.remembered', actor, atMs: nowMs, userId, sessionId, details },
  });
  return token;
}

export interface TrustedDevice {
  readonly id: number;
  readonly device: string | null;
  readonly ip: string | null;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
  readonly expiresAtMs: number;
  /** Whether this session is signed in on it. */
  readonly isCurrent: boolean;
}

/** The remembered devices of a user, the last used first. */
export async function listTrustedDevices(
  { database: { db }, settings, clock }: Pick<Deps, 'database' | 'settings' | 'clock'>,
  userId: number,
  sessionId: number | undefined,
): Promise<TrustedDevice[]> {
  const nowMs = clock.nowMs();
  const sinceMs = nowMs - settings.get('TRUSTED_DEVICE_LIFETIME') * 1000;
  const rows = await findDevices(db, userId, { nowMs, sinceMs, sessionId });
  return rows.map(({ currentId, ...row }) => ({ ...row, isCurrent: row.id === currentId }));
}

/**
 * Forgets a device of a user, or all, and records it. In a transaction.
 *
 * @returns how many there were
 */
export async function forgetDevices(
  trx: Db,
  userId: number,
  by: { readonly actor: Actor; readonly nowMs: number },
  id?: number,
): Promise<number> {
  const ids = await deleteDevices(trx, userId, id);
  if (ids.length === 0) return 0;
  const details = { count: ids.length };
  const event = { kind: 'device.forgotten', actor: by.actor, atMs: by.nowMs, userId } as const;
  await record(trx, { ...event, details });
  return ids.length;
}

/** Removes devices that are remembered no longer. */
export const sweepTrustedDevices = (deps: Pick<Deps, 'database' | 'clock'>) =>
  sweepExpired(deps, 'trusted_devices', {
    pauseMs: 600_000,
    failure: 'could not remove expired devices',
  });
