import type { Db } from '../../../../db/database.ts';
import type { Notices } from '../../../identity/notices/index.ts';
import { findUserById } from '../../../identity/users/index.ts';
import { type Actor, record } from '../../../platform/audit/index.ts';
import { type SpentFactor, takeReset } from './factor-resets.queries.ts';

/** A reset of factors that waits is cancelled. See docs/decisions/second-factor-policy.md. */

interface Cancellation {
  readonly actor: Actor;
  readonly nowMs: number;
  /** What the user did that shows that they need none; absent: it was asked for. */
  readonly why?: 'factor_used' | 'factor_added';
}

/**
 * Cancels the reset of a user that waits, and records it, in a transaction; tells nobody: it is for who has just read the mail
 * about it.
 *
 * @returns whether there was one
 */
export async function cancelResetSilently(
  trx: Db,
  userId: number,
  { actor, nowMs, why }: Cancellation,
): Promise<boolean> {
  const taken = await takeReset(trx, userId);
  if (!taken) return false;
  const details = { why: why ?? null };
  await record(trx, { kind: 'factors.reset_cancelled', actor, atMs: nowMs, userId, details });
  return true;
}

/**
 * The same, and the user is told: if it was a thief in their account, the owner waits for the reset.
 *
 * @returns whether there was one
 */
export async function cancelFactorReset(
  trx: Db,
  { notices }: { readonly notices: Notices },
  userId: number,
  by: Cancellation,
): Promise<boolean> {
  if (!(await cancelResetSilently(trx, userId, by))) return false;
  const user = await findUserById(trx, userId);
  if (!user) return true;
  const { actor, nowMs, why } = by;
  const notice = { kind: 'factors_reset_cancelled', user, nowMs } as const;
  const own = actor.kind === 'user' && actor.id === userId ? actor : undefined;
  if (own) {
    const { ip, sessionId } = own;
    await notices.write(trx, { ...notice, ip, sessionId, cancelledBy: why ?? 'session' });
  } else {
    await notices.write(trx, { ...notice, cancelledBy: 'administrator' });
  }
  return true;
}

/**
 * What follows the spending of a factor, in its transaction.
 *
 * @param spent undefined: somebody else has spent it
 * @returns whether it was spent
 */
export async function noteSpent(
  trx: Db,
  deps: { readonly notices: Notices },
  userId: number,
  spent: SpentFactor | undefined,
  by: { readonly actor: Actor; readonly nowMs: number },
): Promise<boolean> {
  if (!spent) return false;
  if (spent.resetWaits) await cancelFactorReset(trx, deps, userId, { ...by, why: 'factor_used' });
  return true;
}
