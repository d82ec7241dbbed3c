import type { Db } from '../../../db/database.ts';
import type { EndCause } from '../../../errors/index.ts';
import type { Notices } from '../../identity/notices/index.ts';
import { findPasswordHash, type User, updateUser } from '../../identity/users/index.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import { dropFactors, hasFactorBefore, readFactorLevel } from '../factors/index.ts';
import { endUserSessions } from '../sessions/index.ts';

/**
 * From when on the factors of a user are removed by the first proof of their email: since they entered it, as somebody else
 * may have registered with it. Older ones stay: an account does not lose them because it was given another email.
 *
 * @returns undefined if none are removed: the email is proven, or the operator, an administrator or an import gave it to the
 *   user, so that no stranger entered it
 */
export function factorsDroppedSince({
  emailVerifiedAtMs,
  isEmailGiven,
  emailSetAtMs,
}: User): number | undefined {
  if (emailVerifiedAtMs !== null || isEmailGiven === 1) return undefined;
  return emailSetAtMs ?? 0;
}

/** Whether a user has a factor that the first proof of their email does not remove: the proof alone is not enough then. */
export async function keepsFactor(db: Db, user: User): Promise<boolean> {
  if ((await readFactorLevel(db, user.id)) === 1) return false;
  const sinceMs = factorsDroppedSince(user);
  return sinceMs === undefined || hasFactorBefore(db, user.id, sinceMs);
}

/** Who proves an email, and when. */
interface By {
  readonly actor: Actor;
  readonly nowMs: number;
}

/**
 * Notes that somebody who reads the mail of an account has proved its email without a session of it, by a reset or by
 * a mailed code, in the transaction that uses the proof. Before the first proof, somebody else may have registered
 * the account, and must keep nothing of it: its sessions end, and its password and its factors are removed
 * (`factorsDroppedSince`). The user is told of factors that are removed: they may have been their own. A new password is
 * set after this. Nobody else registered an account that was made with an email that was given, so it keeps all; of an import not
 * the password, because the system that it is from may have let anybody register. Where the email was set later, a stranger
 * may have registered the account before: it keeps its factors alone.
 *
 * Who `keepsFactor` has to have shown it before this.
 *
 * @param cause why its sessions end
 */
export async function dropUnproven(
  trx: Db,
  { notices }: { readonly notices: Notices },
  user: User,
  by: By,
  cause: EndCause,
): Promise<void> {
  if (!(await proveEmail(trx, user, by))) return;
  const sinceMs = factorsDroppedSince(user);
  const isGivenAccount = user.isEmailGiven === 1 && user.emailSetAtMs === null;
  const isKept = isGivenAccount && user.importedAtMs === null;
  if (isKept) return;
  const { nowMs, actor } = by;
  if ((await findPasswordHash(trx, user.id)) !== null) {
    await updateUser(trx, user.id, { passwordHash: null, updatedAtMs: nowMs });
    await record(trx, { kind: 'password.dropped', actor, atMs: nowMs, userId: user.id });
  }
  if (sinceMs !== undefined) {
    const dropped = await dropFactors(trx, user.id, by, sinceMs);
    if (dropped.authenticatorApps + dropped.passkeys > 0) {
      const ip = actor.kind === 'user' ? actor.ip : null;
      await notices.write(trx, { kind: 'factors_dropped', user, nowMs, ip });
    }
  }
  await endUserSessions(trx, user.id, cause, by);
}

/**
 * Sets that an email is proven, and records the first time.
 *
 * @returns whether it was the first
 */
export async function proveEmail(
  trx: Db,
  user: Pick<User, 'id' | 'emailVerifiedAtMs' | 'emailBouncedAtMs'>,
  { actor, nowMs }: By,
): Promise<boolean> {
  const isFirst = user.emailVerifiedAtMs === null;
  // One that mail came back from is proven again.
  if (!isFirst && user.emailBouncedAtMs === null) return false;
  const emailVerifiedAtMs = user.emailVerifiedAtMs ?? nowMs;
  await updateUser(trx, user.id, { emailVerifiedAtMs, updatedAtMs: nowMs });
  if (isFirst) await record(trx, { kind: 'email.verified', actor, atMs: nowMs, userId: user.id });
  return isFirst;
}
