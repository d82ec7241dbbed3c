import type { Db } from '../../../../db/database.ts';
import type { Deps } from '../../../../deps.ts';
import { AppError } from '../../../../errors/index.ts';
import type { Notices } from '../../../identity/notices/index.ts';
import { lockUser, type User } from '../../../identity/users/index.ts';
import { type Actor, record } from '../../../platform/audit/index.ts';
import type { BackgroundWork } from '../../../platform/nodes/index.ts';
import { endUserSessions } from '../../sessions/index.ts';
import { removeFactors } from '../drop-factors.ts';
import { findMethods } from '../methods.queries.ts';
import {
  type FactorReset,
  findDueResets,
  findReset,
  insertReset,
  takeReset,
} from './factor-resets.queries.ts';

/**
 * An administrator resets the factors of a user who has lost them. The reset waits for `FACTOR_RESET_DELAY`, so that
 * the owner can read the mail about it and cancel it (`cancel-reset.ts`) if an attacker has asked for it. To cancel it
 * and to carry it out delete the same row, so only one of them happens. See docs/decisions/second-factor-policy.md.
 */

type ResetDeps = Pick<Deps, 'settings'> & { readonly notices: Notices };

/** Who resets, and why. */
export interface ResetBy {
  readonly actor: Actor;
  readonly reason: string;
  readonly nowMs: number;
}

/**
 * Resets the factors of a user, at once or after the delay, in a transaction. One that waits already stays as it is.
 *
 * @param delayMs another delay than `FACTOR_RESET_DELAY`
 * @throws AppError `no_factor` if there is nothing to reset
 */
export async function requestFactorReset(
  trx: Db,
  deps: ResetDeps,
  user: User,
  { actor, reason, nowMs }: ResetBy,
  delayMs = deps.settings.get('FACTOR_RESET_DELAY') * 1000,
): Promise<void> {
  if ((await findMethods(trx, user.id)).length === 0) throw new AppError('no_factor');
  if (delayMs === 0) return resetFactors(trx, deps, user, { actor, reason, nowMs });
  const requestedBy = actor.kind === 'user' ? actor.id : null;
  const dueAtMs = nowMs + delayMs;
  const times = { requestedAtMs: nowMs, dueAtMs };
  if (!(await insertReset(trx, { userId: user.id, requestedBy, reason, ...times }))) return;
  const details = { reason, due_at: new Date(dueAtMs).toISOString() };
  await record(trx, {
    ...{ kind: 'factors.reset_requested', actor, atMs: nowMs, userId: user.id, details },
  });
  await deps.notices.write(trx, { kind: 'factors_reset_requested', user, nowMs, dueAtMs });
}

/**
 * Removes the factors of a user, their recovery codes and remembered devices, and ends their sessions, in a transaction.
 */
async function resetFactors(
  trx: Db,
  { notices }: Pick<ResetDeps, 'notices'>,
  user: User,
  { actor, reason, nowMs }: ResetBy,
): Promise<void> {
  await takeReset(trx, user.id);
  const { authenticatorApps, passkeys } = await removeFactors(trx, user.id);
  await endUserSessions(trx, user.id, 'factors_reset', { actor, nowMs });
  const details = { reason, authenticator_apps: authenticatorApps, passkeys };
  await record(trx, { kind: 'factors.reset', actor, atMs: nowMs, userId: user.id, details });
  await notices.write(trx, { kind: 'factors_reset', user, nowMs });
}

export function findFactorReset(db: Db, userId: number): Promise<FactorReset | undefined> {
  return findReset(db, userId);
}

const stepSize = 50;
const pauseMs = 30_000;

/** Does the resets that are due. One that is cancelled at the same moment is not done. */
export function doFactorResets(
  deps: ResetDeps & Pick<Deps, 'database' | 'clock'>,
  pauseBetweenMs = pauseMs,
): BackgroundWork {
  const { database, clock } = deps;
  return {
    name: 'factor-resets',
    firstPauseMs: pauseBetweenMs,
    retryPauseMs: pauseBetweenMs,
    failure: 'could not reset factors that were to be reset',
    async run() {
      const due = await findDueResets(database.db, clock.nowMs(), stepSize);
      for (const userId of due) await doFactorReset(deps, userId);
      return due.length === stepSize ? 'more' : pauseBetweenMs;
    },
  };
}

/** @returns whether it was done: not if it was cancelled, or is not due */
export function doFactorReset(
  deps: ResetDeps & Pick<Deps, 'database' | 'clock'>,
  userId: number,
): Promise<boolean> {
  return deps.database.transact(async (trx) => {
    const nowMs = deps.clock.nowMs();
    const user = await lockUser(trx, userId);
    const taken = user && (await takeReset(trx, userId, nowMs));
    if (!taken) return false;
    const actor: Actor = { kind: 'system' };
    await resetFactors(trx, deps, user, { actor, reason: taken.reason, nowMs });
    return true;
  });
}
