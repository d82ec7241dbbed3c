import type { Database, Db } from '../../../../db/database.ts';
import { AppError } from '../../../../errors/index.ts';
import type { Clock } from '../../../../lib/clock.ts';
import type { Notices } from '../../../identity/notices/index.ts';
import { hashSourceOf, type Passwords } from '../../../identity/passwords/index.ts';
import { type Actor, record } from '../../../platform/audit/index.ts';
import { type FactorOwner, lockFactorOwner } from '../factor-changes.ts';
import { findFactorLevel } from '../factor-level.queries.ts';
import { newRecoveryCodes, recoveryCodeText } from './recovery-code.ts';
import {
  countRecoveryCodes,
  type HashedCode,
  replaceRecoveryCodes,
} from './recovery-codes.queries.ts';

/** New recovery codes that are not the user's yet. */
interface PreparedCodes {
  /** As the user is told them, once. */
  readonly texts: readonly string[];
  readonly hashed: readonly HashedCode[];
}

interface PrepareDeps {
  readonly database: Database;
  readonly passwords: Passwords;
}

/**
 * Makes recovery codes and hashes them, which takes as long as ten passwords: outside of any transaction.
 *
 * @throws AppError `overloaded`
 */
async function prepareCodes({ passwords }: PrepareDeps, actor: Actor): Promise<PreparedCodes> {
  const codes = newRecoveryCodes();
  const source = hashSourceOf(actor);
  const hashed = await Promise.all(
    codes.map(async ({ number, secret }) => ({
      number,
      hash: await passwords.hash(secret, source),
    })),
  );
  return { texts: codes.map(recoveryCodeText), hashed };
}

/** Gives a user recovery codes in place of all others, and records it. */
async function storeCodes(
  trx: Db,
  userId: number,
  { hashed, texts }: PreparedCodes,
  { actor, nowMs }: { readonly actor: Actor; readonly nowMs: number },
): Promise<readonly string[]> {
  await replaceRecoveryCodes(trx, userId, hashed, nowMs);
  await record(trx, { kind: 'recovery_codes.created', actor, atMs: nowMs, userId });
  return texts;
}

/**
 * Recovery codes for users who add a factor, where they have none: with the first factor, and after an import. They are
 * made before the transaction that adds it.
 *
 * @returns stores them, in that transaction, and tells them; none if the user has some
 * @throws AppError `overloaded`
 */
export async function givesRecoveryCodes(
  deps: PrepareDeps,
  { id: userId, actor }: Pick<FactorOwner, 'id' | 'actor'>,
): Promise<(trx: Db, nowMs: number) => Promise<readonly string[]>> {
  const hasCodes = async (db: Db) => (await countRecoveryCodes(db, userId)) > 0;
  if (await hasCodes(deps.database.db)) return async () => [];
  const prepared = await prepareCodes(deps, actor);
  return async (trx, nowMs) =>
    // Another factor came first in between, with codes of its own.
    (await hasCodes(trx)) ? [] : storeCodes(trx, userId, prepared, { actor, nowMs });
}

/**
 * Replaces all recovery codes of a user.
 *
 * @returns the new ones
 * @throws AppError `no_factor`, `user_inactive`, `overloaded`
 */
export async function regenerateRecoveryCodes(
  deps: PrepareDeps & { readonly clock: Clock; readonly notices: Notices },
  owner: FactorOwner,
): Promise<readonly string[]> {
  const { database, clock, notices } = deps;
  const requireFactor = async (db: Db) => {
    if ((await findFactorLevel(db, owner.id)) === 1) throw new AppError('no_factor');
  };
  await requireFactor(database.db);
  const prepared = await prepareCodes(deps, owner.actor);
  return database.transact(async (trx) => {
    const user = await lockFactorOwner(trx, owner);
    await requireFactor(trx);
    const nowMs = clock.nowMs();
    const { actor, sessionId } = owner;
    const texts = await storeCodes(trx, owner.id, prepared, { actor, nowMs });
    const ip = actor.kind === 'user' ? actor.ip : null;
    await notices.write(trx, { kind: 'recovery_codes_replaced', user, nowMs, ip, sessionId });
    return texts;
  });
}
