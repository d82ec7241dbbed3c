import type { Db } from '../../../db/database.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import {
  deleteRecoveryCodes,
  findFactorLevel,
  raiseFactorEpoch,
  setFactorLevel,
} from './factor-level.queries.ts';
import { deleteDevices } from './trusted-devices/trusted-devices.queries.ts';

/**
 * Notes how strongly a user can sign in from now on, in the transaction that adds a factor, or removes one. Recovery
 * codes go with the last factor: they stand in for one, and are none of their own.
 */
export async function updateFactorLevel(trx: Db, userId: number): Promise<AuthLevel> {
  const level = await findFactorLevel(trx, userId);
  await setFactorLevel(trx, userId, level);
  if (level === 1) await deleteRecoveryCodes(trx, userId);
  return level;
}

/** Voids what devices remember of a user's factors, in the transaction that removes or resets one. */
export async function bumpFactorEpoch(trx: Db, userId: number): Promise<void> {
  await raiseFactorEpoch(trx, userId);
  await deleteDevices(trx, userId);
}
