import type { Database } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Actor } from '../../platform/audit/index.ts';
import {
  endImportedSessions,
  findUnusedTokensAfter,
  type UnusedToken,
} from '../../sign-in/sessions/index.ts';
import { inBatches } from './in-batches.ts';

const pageSize = 1_000;

interface Options {
  readonly actor: Actor;
  readonly dryRun: boolean;
  /** Whether the dump has a token, and it can still be used. */
  readonly isLive: (tokenHash: string) => boolean;
}

/**
 * Ends the sessions of tokens that were imported before, were not used here, and cannot be used any more in the
 * previous system: its dump has them as revoked, used or expired, or does not have them.
 *
 * @returns how many sessions ended, or in a dry run would end
 */
export async function endRevokedTokens(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  { actor, dryRun, isLive }: Options,
): Promise<number> {
  let count = 0;

  async function* revokedTokens(): AsyncGenerator<UnusedToken> {
    let page: UnusedToken[];
    let afterId = 0;
    do {
      page = await findUnusedTokensAfter(database.db, {
        afterId,
        nowMs: clock.nowMs(),
        limit: pageSize,
      });
      afterId = page.at(-1)?.id ?? afterId;
      yield* page.filter(({ tokenHash }) => !isLive(tokenHash));
    } while (page.length === pageSize);
  }

  async function endBatch(batch: readonly UnusedToken[]): Promise<void> {
    const ids = batch.map(({ sessionId }) => sessionId);
    const by = { actor, nowMs: clock.nowMs() };
    count += dryRun
      ? ids.length
      : await database.transact((trx) => endImportedSessions(trx, database, ids, by));
  }

  await inBatches(revokedTokens(), endBatch, { pauses: !dryRun });
  return count;
}
