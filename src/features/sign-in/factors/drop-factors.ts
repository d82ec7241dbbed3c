import type { Db } from '../../../db/database.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import { bumpFactorEpoch, updateFactorLevel } from './factor-level.ts';
import { deleteFactorsSince } from './factors.queries.ts';

/** How many factors were removed. */
export interface DroppedFactors {
  readonly authenticatorApps: number;
  readonly passkeys: number;
}

/**
 * Removes the factors of a user, their recovery codes and remembered devices, in a transaction: all, or those that were
 * made from a moment on. Who calls it records why.
 */
export async function removeFactors(trx: Db, userId: number, sinceMs = 0): Promise<DroppedFactors> {
  const removed = await deleteFactorsSince(trx, userId, sinceMs);
  await updateFactorLevel(trx, userId);
  await bumpFactorEpoch(trx, userId);
  return removed;
}

/** The same of factors that somebody else may have added, and records it if there were any. */
export async function dropFactors(
  trx: Db,
  userId: number,
  by: { readonly actor: Actor; readonly nowMs: number },
  sinceMs = 0,
): Promise<DroppedFactors> {
  const dropped = await removeFactors(trx, userId, sinceMs);
  const { authenticatorApps, passkeys } = dropped;
  if (authenticatorApps + passkeys > 0) {
    const details = { authenticator_apps: authenticatorApps, passkeys };
    await record(trx, {
      ...{ kind: 'factors.dropped', actor: by.actor, atMs: by.nowMs, userId, details },
    });
  }
  return dropped;
}
