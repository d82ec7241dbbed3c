import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import type { Notices } from '../../identity/notices/index.ts';
import {
  findPasswordHash,
  findUserForUpdate,
  isReachedByMail,
  type User,
} from '../../identity/users/index.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import { endUserSessions, raiseSession } from '../sessions/index.ts';
import { bumpFactorEpoch, updateFactorLevel } from './factor-level.ts';
import { findUsableLevel } from './methods.queries.ts';
import { hasPasskeyAlone } from './passkeys/passkeys.queries.ts';
import { requiredLevel } from './policy/required-level.ts';
import { cancelFactorReset } from './resets/cancel-reset.ts';

/** What belongs to the adding and removing of any factor, in the transaction that does it. */

/** The user whose factors change, and who changes them. */
export interface FactorOwner {
  readonly id: number;
  /** The session that they are changed in; undefined: none. */
  readonly sessionId: number | undefined;
  readonly actor: Actor;
}

/** A factor that has been added, or removed. */
export interface FactorChange {
  readonly factor: 'totp' | 'passkey';
  readonly factorId: number;
  readonly endsOtherSessions: boolean;
  readonly nowMs: number;
}

/** What the factors of a user are good for: all of them, and those that work on this server. */
interface FactorLevels {
  readonly factorLevel: AuthLevel;
  readonly usableLevel: AuthLevel;
}

/** A factor that its user has shown, and that is not theirs yet. */
export interface NewFactor {
  readonly level: 2 | 3;
  /** Of the factor alone (RFC 8176). */
  readonly amr: readonly string[];
  /** Makes it theirs, in a transaction; gives the recovery codes, where it is their first. */
  add(trx: Db): Promise<readonly string[]>;
}

export type FactorChangeDeps = Pick<
  Deps,
  'database' | 'settings' | 'mailDelivery' | 'relyingParty'
> & {
  readonly notices: Notices;
};

/**
 * Begins a change of a user's factors: nobody else changes them until the transaction ends.
 *
 * @throws AppError `user_inactive` if the user is gone, or deactivated
 */
export async function lockFactorOwner(trx: Db, { id }: FactorOwner): Promise<User> {
  const user = await findUserForUpdate(trx, id);
  if (user?.isActive !== 1) throw new AppError('user_inactive');
  return user;
}

/**
 * Ends the adding of a factor. If the user has just shown it, their session counts as signed in with it.
 *
 * @param shown how strong it is, and what it is called (RFC 8176); undefined: they have not shown it
 */
export async function noteFactorAdded(
  trx: Db,
  deps: FactorChangeDeps,
  owner: FactorOwner,
  change: FactorChange & {
    readonly user: User;
    readonly shown: { readonly level: 2 | 3; readonly amr: readonly string[] } | undefined;
  },
): Promise<void> {
  const { id: userId, sessionId: id } = owner;
  const { shown, nowMs } = change;
  await updateFactorLevel(trx, userId);
  if (id !== undefined && shown) {
    const amr = [...shown.amr, 'mfa'];
    await raiseSession(trx, { id, userId, level: shown.level, amr, nowMs });
  }
  const by = { actor: owner.actor, nowMs, why: 'factor_added' } as const;
  await cancelFactorReset(trx, deps, userId, by);
  await tell(trx, deps, owner, change, { event: 'factor.added', notice: 'factor_added' });
}

/**
 * Ends the removing of a factor. Remembered devices are forgotten; recovery codes go with the last factor.
 *
 * @param change `before`: what the factors of the user were good for, and on this server
 * @throws AppError `factor_required` if the user is obliged to have a factor, and no other is good enough; or if they could
 *   not sign in any more
 */
export async function noteFactorRemoved(
  trx: Db,
  deps: FactorChangeDeps,
  owner: FactorOwner,
  change: FactorChange & { readonly user: User; readonly before: FactorLevels },
): Promise<void> {
  const { before } = change;
  const level = await updateFactorLevel(trx, owner.id);
  const required = await requiredLevel(deps, owner.id, trx);
  // A user with less than is required may remove a factor that does not change that.
  if (level < Math.min(required, before.factorLevel)) throw new AppError('factor_required');
  // Who keeps a factor is asked for one at every sign-in, which then has to work on this server.
  const needed = Math.max(required, level > 1 ? 2 : 1);
  const usable = await findUsableLevel(deps, trx, { userId: owner.id, factorLevel: level });
  if (usable < Math.min(needed, before.usableLevel)) {
    throw new AppError('factor_required', { detail: keepsOthersAlone });
  }
  if (change.factor === 'passkey') await requireWayIn(trx, deps, change);
  await bumpFactorEpoch(trx, owner.id);
  await tell(trx, deps, owner, change, { event: 'factor.removed', notice: 'factor_removed' });
}

const keepsOthersAlone =
  'The passkeys that you would keep are for another domain, and cannot be used here. Remove them first, or add another factor.';

/**
 * A user who has no password, and whom no mail reaches by which they could set one, keeps a passkey that signs in alone.
 *
 * @throws AppError `factor_required`
 */
async function requireWayIn(
  trx: Db,
  { mailDelivery }: FactorChangeDeps,
  { user, nowMs }: { readonly user: User; readonly nowMs: number },
): Promise<void> {
  if (mailDelivery && isReachedByMail(user, nowMs)) return;
  if ((await findPasswordHash(trx, user.id)) !== null) return;
  if (await hasPasskeyAlone(trx, user.id)) return;
  throw new AppError('factor_required', {
    detail: 'You have no password, and this passkey is how you sign in. Set a password first.',
  });
}

async function tell(
  trx: Db,
  { notices }: FactorChangeDeps,
  { id: userId, sessionId, actor }: FactorOwner,
  { user, factor, factorId, endsOtherSessions, nowMs }: FactorChange & { readonly user: User },
  as:
    | { readonly event: 'factor.added'; readonly notice: 'factor_added' }
    | { readonly event: 'factor.removed'; readonly notice: 'factor_removed' },
): Promise<void> {
  const details = { factor, factor_id: factorId };
  await record(trx, { kind: as.event, actor, atMs: nowMs, userId, details });
  const ip = actor.kind === 'user' ? actor.ip : null;
  await notices.write(trx, { kind: as.notice, user, nowMs, ip, sessionId, factor });
  if (!endsOtherSessions) return;
  const by = { actor, nowMs };
  await endUserSessions(trx, userId, 'session_revoked', by, { exceptId: sessionId });
}
