import type { Db } from '../../../db/database.ts';
import type { EndCause } from '../../../errors/index.ts';
import type { Notices } from '../../identity/notices/index.ts';
import { findPasswordHash, type User, updateUser } from '../../identity/users/index.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import { dropFactors } from '../factors/index.ts';
import { endUserSessions } from '../sessions/index.ts';

/**
 * From when on the factors of a user are removed by the first proof of their email: since they entered it, as somebody else
 * may have registered with it. Older ones stay: an account does not lose them because it was given another email.
 *
 * @returns undefined if none are removed: the email is proven, or the operator, an administrator or an import gave it to the
 *   user, so that no stranger made the account
 */
export function factorsDroppedSince({
  emailVerifiedAtMs,
  isEmailGiven,
  emailSetAtMs,
}: User): number | undefined {
  if (emailVerifiedAtMs !== null || isEmailGiven === 1) return undefined;
  return emailSetAtMs ?? 0;
}

/**
 * Notes that somebody who reads the mail of an account has proved its email without a session of it, by a reset or by
 * a mailed code, in the transaction that uses the proof. Before the first proof, somebody else may have registered
 * the account, and must keep nothing of it: its sessions end, and its password and its factors are removed
 * (`factorsDroppedSince`). The user is told of factors that are removed: they may have been their own. A new password is
 * set after this.
 *
 * @param cause why its sessions end
 * @returns whether it was the first proof; if it was not, nothing is changed
 */
export async function dropUnproven(
  trx: Db,
  { notices }: { readonly notices: Notices },
  user: User,
  by: { readonly actor: Actor; readonly nowMs: number },
  cause: EndCause,
): Promise<boolean> {
  const { nowMs, actor } = by;
  const { emailVerifiedAtMs: verifiedAtMs } = user;
  if (verifiedAtMs !== null) {
    // One that mail came back from is proven again.
    const proof = { emailVerifiedAtMs: verifiedAtMs, updatedAtMs: nowMs };
    if (user.emailBouncedAtMs !== null) await updateUser(trx, user.id, proof);
    return false;
  }
  const event = { actor, atMs: nowMs, userId: user.id };
  const hadPassword = (await findPasswordHash(trx, user.id)) !== null;
  await updateUser(trx, user.id, {
    passwordHash: null,
    emailVerifiedAtMs: nowMs,
    updatedAtMs: nowMs,
  });
  await record(trx, { kind: 'email.verified', ...event });
  if (hadPassword) await record(trx, { kind: 'password.dropped', ...event });
  const sinceMs = factorsDroppedSince(user);
  if (sinceMs !== undefined) {
    const dropped = await dropFactors(trx, user.id, by, sinceMs);
    if (dropped.authenticatorApps + dropped.passkeys > 0) {
      const ip = actor.kind === 'user' ? actor.ip : null;
      await notices.write(trx, { kind: 'factors_dropped', user, nowMs, ip });
    }
  }
  await endUserSessions(trx, user.id, cause, by);
  return true;
}
